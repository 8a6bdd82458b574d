// SPDX-License-Identifier: Apache-2.0
// The books as a bar of two levels: above, all machines on the books; below, the open part of it, magnified. Pure geometry.
import type { Counts } from "../api";
import { type DispositionLook, dispositions, openOnes, sumOf } from "../kit/disposition";
import { partition } from "./partition";

export interface Segment {
  look: DispositionLook;
  count: number;
  x: number;
  width: number;
}
export interface BooksBar {
  whole: Segment[];
  open: Segment[]; // empty when nothing is open
  openEnd: number; // where the open part of the upper bar ends
  doneStart: number | null;
  exemptCentre: number | null;
  sums: { open: number; done: number; exempt: number; all: number };
}

function segments(looks: readonly DispositionLook[], counts: Counts, width: number, gap: number, least: number): Segment[] {
  const parts = partition(
    looks.map((look) => counts[look.id]),
    width,
    gap,
    least,
  );
  return looks.flatMap((look, i) => {
    const part = parts[i];
    return part ? [{ look, count: counts[look.id], ...part }] : [];
  });
}

export function booksBar(counts: Counts, width: number): BooksBar {
  const whole = segments(dispositions, counts, width, 1, 2.5);
  const open = segments(openOnes, counts, width, 2, 3);
  const last = whole.findLast((s) => s.look.standing === "open");
  const done = whole.find((s) => s.look.standing === "done");
  const exempt = whole.find((s) => s.look.standing === "accepted_risk");
  return {
    whole,
    open,
    openEnd: last ? last.x + last.width : 0,
    doneStart: done?.x ?? null,
    exemptCentre: exempt ? exempt.x + exempt.width / 2 : null,
    sums: {
      open: sumOf(counts, "open"),
      done: sumOf(counts, "done"),
      exempt: sumOf(counts, "accepted_risk"),
      all: sumOf(counts),
    },
  };
}
