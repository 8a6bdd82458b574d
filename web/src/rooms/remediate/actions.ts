// SPDX-License-Identifier: Apache-2.0
// Campaigns: planned by one person, approved by another, started, paused, stopped; a gated wave is settled by a person.
import type { Campaign, Settlement } from "../../api";
import { useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";
import { go } from "../../kit/url";

const touched = [keys.campaigns, keys.now, keys.assets, ["asset"]] as const;
const path = (id: number) => ({ path: { id } });
const openPage = (campaign: Campaign) => go(`/campaigns/${campaign.summary.id}`);

// No list means: all infected, vulnerable and unknown machines without a task in needs_hands.
export const usePlan = () =>
  useAct(
    (assets: number[] | null, key) =>
      take(api.POST("/api/campaigns", { params: { header: { "Idempotency-Key": key } }, body: assets ? { assets } : {} })),
    touched,
    openPage,
  );

export const useApprove = (done?: () => void) =>
  useAct(
    ({ id, plan_hash }: { id: number; plan_hash: string }) =>
      take(api.POST("/api/campaigns/{id}/approve", { params: path(id), body: { plan_hash } })),
    touched,
    done,
  );
export const useStart = (done?: () => void) =>
  useAct(
    (id: number, key) =>
      take(api.POST("/api/campaigns/{id}/start", { params: { path: { id }, header: { "Idempotency-Key": key } } })),
    touched,
    done,
  );
export const usePause = (done?: () => void) =>
  useAct((id: number) => take(api.POST("/api/campaigns/{id}/pause", { params: path(id) })), touched, done);
export const useResume = (done?: () => void) =>
  useAct((id: number) => take(api.POST("/api/campaigns/{id}/resume", { params: path(id) })), touched, done);
export const useEnd = (done?: () => void) =>
  useAct((id: number) => take(api.POST("/api/campaigns/{id}/stop", { params: path(id) })), touched, done);
export const useRetry = () =>
  useAct((id: number) => take(api.POST("/api/campaigns/{id}/retry", { params: path(id) })), touched, openPage);
export const useSettle = (done?: () => void) =>
  useAct(
    ({ id, ...body }: Settlement & { id: number }) => take(api.POST("/api/campaigns/{id}/settle", { params: path(id), body })),
    touched,
    done,
  );
