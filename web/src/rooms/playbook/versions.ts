// SPDX-License-Identifier: Apache-2.0
// Which stored version of a playbook is looked at, and how it stands to the one that the incident uses. A version is its hash.
import type { Incident, Playbook } from "../../api";

export const pathOfVersion = (sha256: string): string => `/playbook?sha256=${encodeURIComponent(sha256)}`;

// The one that the address names, else the incident's, else the first; nothing, when the address names none that is stored.
export function shownOf(stored: Playbook[], asked: string, used: string | undefined): Playbook | undefined {
  if (asked !== "") return stored.find((p) => p.sha256 === asked);
  return stored.find((p) => p.sha256 === used) ?? stored[0];
}

// Nothing to say: there is no incident, or it uses this version and no newer one is stored.
export function sayVersion(shown: Playbook, used: Incident["playbook"] | undefined, stored: Playbook[]): string | null {
  if (!used) return null;
  const other = shown.id === used.id ? "version" : "playbook";
  if (shown.sha256 !== used.sha256) return `The incident doesn't use this ${other}. It uses ${used.id} v${used.version}.`;
  const newest = Math.max(...stored.filter((p) => p.id === shown.id).map((p) => p.version));
  return newest > shown.version
    ? `The incident uses this version. ${shown.id} v${newest} is stored too, and the incident doesn't use it.`
    : null;
}
