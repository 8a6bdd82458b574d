// SPDX-License-Identifier: Apache-2.0
// The first line of the console: how bad it is, in words. Pure, as nothing else is read as quickly or believed as readily.
import type { Books, Now } from "../../api";
import { sumOf } from "../../kit/disposition";
import { age, clock, count, plural } from "../../kit/format";

export interface Saying {
  tone: "infected" | "plain" | "alarm";
  lead: string; // the part that is a link
  to: string | null;
  rest: string;
}

// The server says whether the books balance; we add up ourselves too.
export const balanced = (books: Books): boolean => books.balanced && sumOf(books.counts) === books.on_books;

export function say(books: Books): Saying {
  const { counts, on_books } = books;
  const open = sumOf(counts, "open");
  if (!balanced(books)) {
    return {
      tone: "alarm",
      lead: "The books do not balance",
      to: "/machines",
      rest: `: the eight counts sum to ${count(sumOf(counts))}, and ${count(on_books)} are on the books.`,
    };
  }
  if (on_books === 0) return { tone: "plain", lead: "No machine is on the books yet.", to: null, rest: "" };
  if (counts.infected > 0) {
    return {
      tone: "infected",
      lead: plural(counts.infected, "infected machine"),
      to: "/machines?disposition=infected",
      rest: counts.infected === 1 ? " is still on the network." : " are still on the network.",
    };
  }
  const openPart: Pick<Saying, "lead" | "to"> = {
    lead: `${count(open)} ${open === 1 ? "is" : "are"} open`,
    to: "/machines?disposition=open",
  };
  if (counts.infected_isolated > 0) {
    return {
      tone: "plain",
      ...openPart,
      rest: `; no infected machine is on the network, ${count(counts.infected_isolated)} isolated.`,
    };
  }
  // Nobody may say "none is infected" while machines are there that nobody could look at.
  if (open > 0) {
    return {
      tone: "plain",
      ...openPart,
      rest: counts.unknown > 0 ? `, none known to be infected; ${count(counts.unknown)} unknown.` : ". No machine is infected.",
    };
  }
  const done = sumOf(counts, "done");
  const exempt = counts.exempt;
  return {
    tone: "plain",
    lead: "The books are closed",
    to: "/machines?disposition=done",
    rest:
      exempt === 0
        ? `: all ${count(on_books)} are done.`
        : `: ${count(done)} of ${count(on_books)} are done, ${count(exempt)} exempt.`,
  };
}

// The second line: which way it goes, and since when nothing new fell ill.
export function sayMore(now: Now, at: number): string[] {
  const parts: string[] = [];
  const { books, change, last_infection: last } = now;
  const moved = change.counts.infected;
  if (moved !== 0)
    parts.push(`${count(Math.abs(moved))} ${moved < 0 ? "fewer" : "more"} infected than at ${clock(change.since_ms)}`);
  if (books.counts.infected > 0 && books.counts.infected_isolated > 0)
    parts.push(`${count(books.counts.infected_isolated)} more isolated`);
  if (last) parts.push(`last new infection ${age(at - last.at_ms)} ago${last.place ? `, in ${last.place}` : ""}`);
  else if (books.on_books > 0) parts.push("no infection was seen so far");
  return parts;
}
