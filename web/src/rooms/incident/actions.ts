// SPDX-License-Identifier: Apache-2.0
// What a person can do to the incident, each act one call.
import type { Invitation, NewCredential, NewExemption, NewIncident, NewPerson, NewSigner } from "../../api";
import { keyed, useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

type Reasoned = { id: number; reason: string };
const on = (id: number, key: string) => ({ path: { id }, ...keyed(key) });

export const useStop = (done: () => void) =>
  useAct((_: null, key) => take(api.POST("/api/stop-everything", { params: keyed(key) })), [keys.now, keys.campaigns], done);
export const useResumeAll = (done?: () => void) =>
  useAct(
    (reason: string, key) => take(api.POST("/api/resume-everything", { params: keyed(key), body: { reason } })),
    [keys.now, keys.campaigns],
    done,
  );

export const useAskExemption = (done?: () => void) =>
  useAct(
    (body: NewExemption, key) => take(api.POST("/api/exemptions", { params: keyed(key), body })),
    [keys.exemptions, keys.now, keys.assets, ["asset"]],
    done,
  );
export const useApproveExemption = (done?: () => void) =>
  useAct(
    (id: number, key) => take(api.POST("/api/exemptions/{id}/approve", { params: on(id, key) })),
    [keys.exemptions, keys.now, keys.assets, ["asset"]],
    done,
  );
export const useDeclineExemption = (done?: () => void) =>
  useAct(
    ({ id, reason }: Reasoned, key) => take(api.POST("/api/exemptions/{id}/decline", { params: on(id, key), body: { reason } })),
    [keys.exemptions, keys.now, ["asset"]],
    done,
  );
export const useAcceptHostKey = (done?: () => void) =>
  useAct(
    ({ id, reason }: Reasoned, key) => take(api.POST("/api/host-keys/{id}/accept", { params: on(id, key), body: { reason } })),
    [keys.hostKeys, keys.now],
    done,
  );

export const useAddPerson = (done: (invitation: Invitation) => void) =>
  useAct((body: NewPerson) => take(api.POST("/api/people", { body })), [keys.people], done);
export const useInvitePerson = (done: (invitation: Invitation) => void) =>
  useAct((id: number) => take(api.POST("/api/people/{id}/invite", { params: { path: { id } } })), [keys.people], done);
export const useOpenIncident = (done: () => void) =>
  useAct(
    (body: NewIncident, key) => take(api.POST("/api/incident", { params: keyed(key), body })),
    [keys.now, keys.scope, keys.assets],
    done,
  );
export const useCloseIncident = (done: () => void) =>
  useAct(
    (reason: string, key) => take(api.POST("/api/incident/close", { params: keyed(key), body: { reason } })),
    [keys.now],
    done,
  );
export const useAddScope = (done: () => void) =>
  useAct(
    (ranges: string[], key) => take(api.POST("/api/scope", { params: keyed(key), body: { ranges } })),
    [keys.scope, keys.now, keys.assets],
    done,
  );
export const useRemoveScope = (done?: () => void) =>
  useAct(
    (ranges: string[], key) => take(api.POST("/api/scope/remove", { params: keyed(key), body: { ranges } })),
    [keys.scope, keys.now, keys.assets],
    done,
  );
export const useAddCredential = (done: () => void) =>
  useAct(
    (body: NewCredential, key) => take(api.POST("/api/credentials", { params: keyed(key), body })),
    [keys.credentials],
    done,
  );
export const useAddSigner = (done: () => void) =>
  useAct(
    (body: NewSigner, key) => take(api.POST("/api/signers", { params: keyed(key), body })),
    [keys.signers, keys.playbooks],
    done,
  );
export const useVerifyLedger = (
  done: (check: { verified: boolean; rows: number; first_broken?: number | null; why?: string }) => void,
) => useAct((_: null) => take(api.GET("/api/ledger/verify")), [], done);

export const signIn = (link: string) => take(api.POST("/api/sign-in", { body: { link } }));
export const isSignedIn = () =>
  take(api.GET("/api/me")).then(
    () => true,
    () => false,
  );
export const signOut = () => take(api.POST("/api/sign-out"));
