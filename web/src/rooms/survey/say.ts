// SPDX-License-Identifier: Apache-2.0
import type { Sweep } from "../../api";
import { count } from "../../kit/format";

// What a sweep found out, in one sentence; clean only where the server says that every machine was looked at and is done.
export function saySweep(s: Sweep): string {
  const counts = `${count(s.answered)} of ${count(s.targets)} addresses answered, ${count(s.inside)} looked at from inside`;
  if (s.state === "running") return `${counts} so far.`;
  if (s.state === "failed") return `${counts}; it did not end.`;
  const changed = s.changed === undefined ? "" : s.changed === 0 ? "; nothing changed" : `; ${count(s.changed)} changed`;
  const found = s.new_assets ? `; ${count(s.new_assets)} in no list` : "";
  return `${counts}${found}${changed}.`;
}
