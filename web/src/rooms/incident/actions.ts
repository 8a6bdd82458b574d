// SPDX-License-Identifier: Apache-2.0
// What a person can do to the incident, each act one call.
import type { NewCredential, NewExemption, NewIncident, NewPerson, NewSigner, Role } from "../../api";
import { useAct } from "../../kit/act";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";

type Reasoned = { id: number; reason: string };
const path = (id: number) => ({ path: { id } });

export const useStop = (done: () => void) =>
  useAct((_: null) => take(api.POST("/api/stop-everything")), [keys.now, keys.campaigns], done);
export const useResumeAll = (done?: () => void) =>
  useAct((reason: string) => take(api.POST("/api/resume-everything", { body: { reason } })), [keys.now, keys.campaigns], done);

export const useAskExemption = (done?: () => void) =>
  useAct(
    (body: NewExemption) => take(api.POST("/api/exemptions", { body })),
    [keys.exemptions, keys.now, keys.assets, ["asset"]],
    done,
  );
export const useApproveExemption = (done?: () => void) =>
  useAct(
    (id: number) => take(api.POST("/api/exemptions/{id}/approve", { params: path(id) })),
    [keys.exemptions, keys.now, keys.assets, ["asset"]],
    done,
  );
export const useDeclineExemption = (done?: () => void) =>
  useAct(
    ({ id, reason }: Reasoned) => take(api.POST("/api/exemptions/{id}/decline", { params: path(id), body: { reason } })),
    [keys.exemptions, keys.now, ["asset"]],
    done,
  );
export const useAcceptHostKey = (done?: () => void) =>
  useAct(
    ({ id, reason }: Reasoned) => take(api.POST("/api/host-keys/{id}/accept", { params: path(id), body: { reason } })),
    [keys.hostKeys, keys.now],
    done,
  );

export const useAddPerson = (done: (invitation: { person: { name: string; role: Role }; link: string }) => void) =>
  useAct((body: NewPerson) => take(api.POST("/api/people", { body })), [keys.people], done);
export const useOpenIncident = (done: () => void) =>
  useAct((body: NewIncident) => take(api.POST("/api/incident", { body })), [keys.now, keys.scope, keys.assets], done);
export const useCloseIncident = (done: () => void) =>
  useAct((reason: string) => take(api.POST("/api/incident/close", { body: { reason } })), [keys.now], done);
export const useAddScope = (done: () => void) =>
  useAct((ranges: string[]) => take(api.POST("/api/scope", { body: { ranges } })), [keys.scope, keys.now, keys.assets], done);
export const useRemoveScope = (done?: () => void) =>
  useAct(
    (ranges: string[]) => take(api.POST("/api/scope/remove", { body: { ranges } })),
    [keys.scope, keys.now, keys.assets],
    done,
  );
export const useAddCredential = (done: () => void) =>
  useAct((body: NewCredential) => take(api.POST("/api/credentials", { body })), [keys.credentials], done);
export const useAddSigner = (done: () => void) =>
  useAct((body: NewSigner) => take(api.POST("/api/signers", { body })), [keys.signers, keys.playbooks], done);
export const useVerifyLedger = (
  done: (check: { verified: boolean; rows: number; first_broken?: number | null; why?: string }) => void,
) => useAct((_: null) => take(api.GET("/api/ledger/verify")), [], done);

export const signIn = (link: string) => take(api.POST("/api/sign-in", { body: { link } }));
export const signOut = () => take(api.POST("/api/sign-out"));
