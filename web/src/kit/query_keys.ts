// SPDX-License-Identifier: Apache-2.0
// Every query's key is made here, and here alone stands which of them an event makes old.
import type { Event as LiveEvent } from "../api";

export const keys = {
  health: ["health"] as const,
  me: ["me"] as const,
  people: ["people"] as const,
  now: ["now"] as const,
  incident: ["incident"] as const,
  scope: ["scope"] as const,
  imports: ["imports"] as const,
  assets: ["assets"] as const,
  assetPage: (query: string, page: number) => ["assets", query, page] as const,
  asset: (id: number) => ["asset", id] as const,
  exemptions: ["exemptions"] as const,
  sweeps: ["sweeps"] as const,
  playbooks: ["playbooks"] as const,
  playbook: (id: string, sha256: string) => ["playbooks", id, sha256] as const,
  signers: ["signers"] as const,
  campaigns: ["campaigns"] as const,
  campaign: (id: number) => ["campaigns", id] as const,
  hostKeys: ["host-keys"] as const,
  credentials: ["credentials"] as const,
  ledger: ["ledger"] as const,
};

type Key = readonly unknown[];

// What the event made old. "reload" means that the stream has a gap: everything.
export function staleAfter(event: LiveEvent): Key[] | "all" {
  switch (event.kind) {
    case "books":
      return [keys.now, keys.assets];
    case "asset":
      return event.subject === undefined
        ? [keys.now, keys.assets, ["asset"]]
        : [keys.now, keys.assets, keys.asset(event.subject)];
    case "campaign":
      // A machine's page shows its tasks and attempts, and its row says what happens next.
      return [keys.campaigns, keys.now, keys.assets, ["asset"]];
    case "sweep":
      return [keys.sweeps, keys.now, keys.assets];
    case "ledger":
      return [keys.ledger];
    case "decision":
      return [keys.now, keys.exemptions, keys.hostKeys, ["asset"]];
    case "stop":
      return [keys.now, keys.campaigns];
    case "incident":
    case "reload":
      return "all";
  }
}
