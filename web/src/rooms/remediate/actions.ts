// SPDX-License-Identifier: Apache-2.0
// Campaigns: planned by one person, approved by another, started, paused, stopped; a gated wave is settled by a person.
import type { Campaign, Settlement } from "../../api";
import { keyed, useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";
import { go } from "../../kit/url";

const touched = [keys.campaigns, keys.now, keys.assets, ["asset"]] as const;
const on = (id: number, key: string) => ({ path: { id }, ...keyed(key) });
const openPage = (campaign: Campaign) => go(`/campaigns/${campaign.summary.id}`);

// No list means: all infected, vulnerable and unknown machines without a task in needs_hands.
export const usePlan = () =>
  useAct(
    (assets: number[] | null, key) => take(api.POST("/api/campaigns", { params: keyed(key), body: assets ? { assets } : {} })),
    touched,
    openPage,
  );

export const useApprove = (done?: () => void) =>
  useAct(
    ({ id, plan_hash }: { id: number; plan_hash: string }, key) =>
      take(api.POST("/api/campaigns/{id}/approve", { params: on(id, key), body: { plan_hash } })),
    touched,
    done,
  );
export const useStart = (done?: () => void) =>
  useAct((id: number, key) => take(api.POST("/api/campaigns/{id}/start", { params: on(id, key) })), touched, done);
export const usePause = (done?: () => void) =>
  useAct((id: number, key) => take(api.POST("/api/campaigns/{id}/pause", { params: on(id, key) })), touched, done);
export const useResume = (done?: () => void) =>
  useAct((id: number, key) => take(api.POST("/api/campaigns/{id}/resume", { params: on(id, key) })), touched, done);
export const useEnd = (done?: () => void) =>
  useAct((id: number, key) => take(api.POST("/api/campaigns/{id}/stop", { params: on(id, key) })), touched, done);
export const useRetry = () =>
  useAct((id: number, key) => take(api.POST("/api/campaigns/{id}/retry", { params: on(id, key) })), touched, openPage);
export const useSettle = (done?: () => void) =>
  useAct(
    ({ id, ...body }: Settlement & { id: number }, key) =>
      take(api.POST("/api/campaigns/{id}/settle", { params: on(id, key), body })),
    touched,
    done,
  );
