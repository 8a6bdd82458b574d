// SPDX-License-Identifier: Apache-2.0
// The eight dispositions as people meet them: word, colour token, and whether they are open, done or accepted risk.
import type { Counts, Disposition } from "../api";

export type Standing = "open" | "done" | "accepted_risk";
export interface DispositionLook {
  id: Disposition;
  word: string;
  short: string;
  tone: "infected" | "isolated" | "vulnerable" | "unknown" | "unverified" | "fixed" | "clear" | "exempt";
  standing: Standing;
}

// In the order of the books' bar: worst first, then done, then accepted risk.
export const dispositions: readonly DispositionLook[] = [
  { id: "infected", word: "Infected", short: "Infected", tone: "infected", standing: "open" },
  { id: "infected_isolated", word: "Infected, isolated", short: "Isolated", tone: "isolated", standing: "open" },
  { id: "vulnerable", word: "Vulnerable", short: "Vulnerable", tone: "vulnerable", standing: "open" },
  { id: "unknown", word: "Unknown", short: "Unknown", tone: "unknown", standing: "open" },
  { id: "fix_unverified", word: "Fix unverified", short: "Fix unverified", tone: "unverified", standing: "open" },
  { id: "fixed", word: "Fixed", short: "Fixed", tone: "fixed", standing: "done" },
  { id: "not_affected", word: "Not affected", short: "Not affected", tone: "clear", standing: "done" },
  { id: "exempt", word: "Exempt", short: "Exempt", tone: "exempt", standing: "accepted_risk" },
];

const byId = new Map(dispositions.map((look) => [look.id, look]));
export function lookOf(id: Disposition): DispositionLook {
  const look = byId.get(id);
  if (!look) throw new Error(`no such disposition: ${id}`);
  return look;
}

export const openOnes = dispositions.filter((look) => look.standing === "open");

export function sumOf(counts: Counts, standing?: Standing): number {
  return dispositions.reduce((sum, look) => (standing && look.standing !== standing ? sum : sum + counts[look.id]), 0);
}

// Verdicts use the marks of the dispositions they lead to; "clean" has the open circle, as nothing was ever wrong there.
export type Tone = DispositionLook["tone"] | "retired";
export function toneOfVerdict(verdict: string): Tone | null {
  switch (verdict) {
    case "infected":
      return "infected";
    case "vulnerable":
      return "vulnerable";
    case "fixed":
      return "fixed";
    case "not_affected":
    case "clean":
      return "clear";
    case "unknown":
      return "unknown";
    default:
      return null;
  }
}
