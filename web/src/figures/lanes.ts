// SPDX-License-Identifier: Apache-2.0
// A machine's answers over time: one lane for each of the two questions, one for the disposition it was counted in. Pure geometry.
// An answer stands until the next one on its question, or until its validity ends; what comes after that is unknown.
import type { EvidenceRow, StoryRow } from "../api";
import { lookOf, type Tone, toneOfVerdict } from "../kit/disposition";
import { scale, type TimeTick, timeTicks } from "./axis";

export interface LaneSegment {
  from: number;
  to: number;
  tone: Tone;
  word: string;
}
export interface Lane {
  label: string;
  segments: (LaneSegment & { x: number; width: number })[];
}
export interface Lanes {
  lanes: Lane[];
  ticks: (TimeTick & { x: number })[];
  left: number;
  from: number;
}

const vulnerability = new Set(["vulnerable", "fixed", "not_affected"]);
const infection = new Set(["infected", "clean"]);

function answers(evidence: readonly EvidenceRow[], says: ReadonlySet<string>, from: number, now: number): LaneSegment[] {
  const given = evidence
    .filter((row) => says.has(row.says) && row.taken_at_ms <= now)
    .sort((a, b) => a.taken_at_ms - b.taken_at_ms);
  const out: LaneSegment[] = [];
  let free = from;
  for (const [i, row] of given.entries()) {
    const until = Math.min(given[i + 1]?.taken_at_ms ?? now, row.valid_until_ms, now);
    if (row.taken_at_ms > free) out.push({ from: free, to: row.taken_at_ms, tone: "unknown", word: "unknown" });
    const before = out.at(-1);
    const tone = toneOfVerdict(row.says) ?? "unknown";
    if (before && before.tone === tone && before.word === row.says && before.to === row.taken_at_ms) before.to = until;
    else if (until > row.taken_at_ms) out.push({ from: row.taken_at_ms, to: until, tone, word: row.says });
    free = Math.max(free, until);
  }
  if (free < now) out.push({ from: free, to: now, tone: "unknown", word: "unknown" });
  return out;
}

function counted(story: readonly StoryRow[], from: number, now: number): LaneSegment[] {
  const moves = story
    .flatMap((row) => (row.disposition ? [{ at: row.at_ms, id: row.disposition }] : []))
    .sort((a, b) => a.at - b.at);
  return moves.flatMap((move, i) => {
    const to = moves[i + 1]?.at ?? now;
    const look = lookOf(move.id);
    return to > move.at ? [{ from: Math.max(from, move.at), to, tone: look.tone, word: look.word.toLowerCase() }] : [];
  });
}

export function lanes(
  story: readonly StoryRow[],
  evidence: readonly EvidenceRow[],
  now: number,
  width: number,
  left = 86,
): Lanes {
  const starts = [...story.map((row) => row.at_ms), ...evidence.map((row) => row.taken_at_ms)];
  const from = Math.min(now - 60_000, ...starts);
  const px = scale(from, now, left, width);
  const place = (segments: LaneSegment[]) =>
    segments.map((s) => ({ ...s, x: px(s.from), width: Math.max(1.5, px(s.to) - px(s.from)) }));
  return {
    left,
    from,
    lanes: [
      { label: "Vulnerable?", segments: place(answers(evidence, vulnerability, from, now)) },
      { label: "Infected?", segments: place(answers(evidence, infection, from, now)) },
      { label: "Counted as", segments: place(counted(story, from, now)) },
    ],
    ticks: timeTicks(from, now, Math.max(2, Math.floor(width / 140))).map((tick) => ({ ...tick, x: px(tick.at) })),
  };
}
