// SPDX-License-Identifier: Apache-2.0
// What an error's code means for the person who reads it: what happened, and what to do now. The server's sentence says why.
import { ApiError } from "./api";

export interface Advice {
  what: string;
  now: string;
}

const advice: Record<string, Advice> = {
  invalid: { what: "That input can't be used", now: "Mend it and send it again." },
  unauthenticated: { what: "You are not signed in", now: "Open the one-time link that you were given." },
  denied: { what: "You may not do this", now: "An owner or a deputy can, or can give you a role that may." },
  not_found: { what: "There is no such thing", now: "It may have been typed wrongly, or belong to an earlier incident." },
  conflict: { what: "Something changed in the meantime", now: "Read it again, then decide." },
  wrong_state: { what: "That can't be done in this state", now: "Something else has to change first." },
  unreachable: { what: "The server does not answer", now: "It is asked again by itself; what was stored before is safe." },
  timed_out: { what: "That took too long", now: "Try again later." },
  cancelled: { what: "That was stopped", now: "Nothing more is done until somebody starts it again." },
  exhausted: { what: "The server has no room left", now: "Free space on its disk, then try again." },
  unsupported: { what: "This version does not do that", now: "The sentence names what is missing." },
  corrupt: { what: "The store is damaged", now: "Stop here and check it: douse ledger verify." },
  internal: { what: "The server met a fault of its own", now: "Its log has the details. Trying again may help." },
};

export function adviceFor(code: string): Advice {
  return advice[code] ?? { what: "The request failed", now: "Try again." };
}

// One line for beside a button: the server's own sentence, and after an act what may have happened.
export function sentenceOf(error: unknown): string {
  if (!(error instanceof ApiError)) return "The page met a fault of its own.";
  const said = sentence(error.message);
  const hint = error.hint ? ` ${sentence(error.hint)}` : "";
  const fate = error.effect === "unknown" ? " Whether it happened is not known: look before you try again." : "";
  return said + hint + fate;
}

// Sentences come without capital and full stop, so that they can be joined; on a page they stand alone.
// A sentence as part of another one: without its full stop, and without its capital unless that is a name's.
export function inline(text: string): string {
  const trimmed = text.trim().replace(/\.$/, "");
  return /^[A-Z][a-z]*(?:[,;:]?\s|$)/.test(trimmed) ? trimmed.charAt(0).toLowerCase() + trimmed.slice(1) : trimmed;
}

export function stop(text: string): string {
  const trimmed = text.trim();
  return trimmed === "" || /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

export function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "";
  // A machine's name or an identifier keeps its case; a word of the language gets its capital.
  const first = trimmed.split(/\s/, 1)[0] ?? "";
  const start = /^[a-z]+[,;:']?(?:s|t)?$/.test(first) ? trimmed.charAt(0).toUpperCase() + trimmed.slice(1) : trimmed;
  return stop(start);
}
