// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import type { Counts, CurvePoint, EvidenceRow } from "../api";
import { dispositions, sumOf } from "../kit/disposition";
import { countTicks, timeTicks } from "./axis";
import { booksBar } from "./books_bar";
import { chartBox, infectedCurve, openCurve, stepArea, stepPath } from "./curve";
import { lanes } from "./lanes";
import { partition } from "./partition";

const counts = (some: Partial<Counts> = {}): Counts => ({
  infected: 0,
  infected_isolated: 0,
  vulnerable: 0,
  unknown: 0,
  fix_unverified: 0,
  fixed: 0,
  not_affected: 0,
  exempt: 0,
  ...some,
});

// A small generator with a seed, so that a failure can be run again.
function chance(seed: number) {
  let s = seed;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2 ** 32;
  };
}

describe("partition", () => {
  test("fills the bar to the pixel, whatever the counts, and shows all that is there", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const next = chance(seed);
      const width = 40 + Math.floor(next() * 1200);
      const values = Array.from({ length: 8 }, () => (next() < 0.3 ? 0 : Math.floor(10 ** (next() * 6))));
      const parts = partition(values, width, 1, 2.5);
      const shown = parts.filter((p) => p !== null);
      if (shown.length === 0) continue;
      expect(
        parts.map((p) => p !== null),
        `seed ${seed}`,
      ).toEqual(values.map((v) => v > 0));
      const sum = shown.reduce((n, p) => n + p.width, 0) + (shown.length - 1);
      expect(sum, `seed ${seed}`).toBeCloseTo(width, 6);
      for (const [i, p] of shown.entries()) {
        expect(p.width, `seed ${seed}`).toBeGreaterThan(0);
        const after = shown[i + 1];
        if (after) expect(after.x, `seed ${seed}`).toBeCloseTo(p.x + p.width + 1, 6);
      }
      const last = shown.at(-1);
      expect((last?.x ?? 0) + (last?.width ?? 0), `seed ${seed}`).toBeCloseTo(width, 6);
    }
  });
  test("gives one machine in a million its least width", () => {
    const [one, rest] = partition([1, 999_999], 800, 1, 3);
    expect(one?.width).toBe(3);
    expect(rest?.width).toBe(796);
  });
  test("keeps the order of sizes above the least width", () => {
    const widths = partition([412, 296, 143, 61, 38], 864).map((p) => p?.width ?? 0);
    expect([...widths].sort((a, b) => b - a)).toEqual(widths);
  });
  test("has no parts when nothing is there", () => {
    expect(partition([0, 0], 100)).toEqual([null, null]);
  });
  test("holds in a bar too narrow for the least widths", () => {
    const parts = partition([5, 5, 5, 5], 6, 1, 3).filter((p) => p !== null);
    expect(parts.reduce((n, p) => n + p.width, 0) + 3).toBeCloseTo(6, 6);
  });
});

describe("the books' bar", () => {
  test("draws the numbers of the mock as the mock does", () => {
    const bar = booksBar(
      counts({
        infected: 38,
        infected_isolated: 61,
        vulnerable: 412,
        unknown: 296,
        fix_unverified: 143,
        fixed: 1873,
        not_affected: 2341,
        exempt: 24,
      }),
      864,
    );
    expect(bar.sums).toEqual({ open: 950, done: 4214, exempt: 24, all: 5188 });
    expect(bar.whole).toHaveLength(8);
    expect(bar.open).toHaveLength(5);
    const end = bar.open.at(-1);
    expect((end?.x ?? 0) + (end?.width ?? 0)).toBeCloseTo(864, 6);
    expect(bar.openEnd / 864).toBeCloseTo(950 / 5188, 1);
  });
  test("has no magnified part when nothing is open", () => {
    const bar = booksBar(counts({ fixed: 23, exempt: 1 }), 400);
    expect(bar.open).toEqual([]);
    expect(bar.openEnd).toBe(0);
  });
  test("shows every disposition once, and open before done before accepted risk", () => {
    expect(dispositions.map((d) => d.standing).join(" ")).toBe("open open open open open done done accepted_risk");
    expect(new Set(dispositions.map((d) => d.id)).size).toBe(8);
    expect(sumOf(counts({ infected: 1, exempt: 2 }))).toBe(3);
  });
});

describe("axes", () => {
  test("count in whole machines and reach the largest", () => {
    for (const max of [0, 1, 2, 3, 7, 24, 99, 100, 231, 2999, 1_000_000]) {
      const ticks = countTicks(max);
      expect(ticks[0]).toBe(0);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
      expect(ticks.every(Number.isInteger)).toBe(true);
      expect(ticks.length).toBeLessThanOrEqual(6);
    }
  });
  test("tick at round moments, and never too many", () => {
    const start = new Date(2026, 5, 16, 3, 12, 7).getTime();
    for (const span of [30e3, 9 * 60e3, 47 * 60e3, 5 * 3600e3, 31 * 3600e3, 4 * 86400e3, 40 * 86400e3]) {
      const ticks = timeTicks(start, start + span);
      expect(ticks.length).toBeLessThanOrEqual(6);
      for (const t of ticks) expect(new Date(t.at).getSeconds() % (span < 60e3 ? 5 : 60)).toBe(0);
    }
    expect(timeTicks(start, start + 9 * 60e3).map((t) => t.label)).toEqual(["03:14", "03:16", "03:18", "03:20"]);
  });
});

describe("curves", () => {
  const at = (minute: number, some: Partial<Counts>): CurvePoint => ({
    at_ms: minute * 60_000,
    on_books: 10,
    counts: counts(some),
  });
  const points = [
    at(0, { unknown: 10 }),
    at(5, { infected: 4, infected_isolated: 2, unknown: 4 }),
    at(10, { infected: 1, fixed: 9 }),
  ];
  const box = chartBox(500, 226);

  test("are steps: a count holds until the next one", () => {
    expect(
      stepPath(
        [
          { x: 0, y: 10 },
          { x: 5, y: 4 },
        ],
        9,
      ),
    ).toBe("M0.0 10.0H5.0V4.0H9.0");
    expect(stepPath([], 9)).toBe("");
  });
  test("areas come back along their lower line", () => {
    const upper = [
      { x: 0, y: 2 },
      { x: 5, y: 4 },
    ];
    const lower = [
      { x: 0, y: 9 },
      { x: 5, y: 8 },
    ];
    expect(stepArea(upper, lower, 9)).toBe("M0.0 2.0H5.0V4.0H9.0V8.0H5.0V9.0H0.0Z");
  });
  test("end at now, with the last count", () => {
    const c = openCurve(points, 12 * 60_000, box);
    expect(c.last.count).toBe(1);
    expect(c.last.x).toBe(492);
    expect(c.y.at(-1)?.value).toBeGreaterThanOrEqual(10);
  });
  test("name the peak of all infected, and leave out isolation where there is none", () => {
    const c = infectedCurve(points, 12 * 60_000, box);
    expect(c.peak?.count).toBe(6);
    expect(c.isolated).not.toBe("");
    expect(infectedCurve([at(0, { infected: 1 })], 60_000, box).isolated).toBe("");
    expect(infectedCurve([at(0, { unknown: 1 })], 60_000, box).peak).toBeNull();
  });
  test("can be drawn from one point and from none", () => {
    expect(openCurve([at(0, { unknown: 3 })], 0, box).line).toMatch(/^M/);
    expect(openCurve([], 0, box).line).toBe("");
  });
});

describe("lanes", () => {
  const minute = 60_000;
  const row = (id: number, says: string, taken: number, until: number): EvidenceRow => ({
    id,
    check: "c",
    title: "t",
    says,
    origin: "inside",
    because: "",
    taken_at_ms: taken * minute,
    valid_until_ms: until * minute,
    counts: "speaks",
  });
  test("an answer stands until the next one or its end, and what comes after is unknown", () => {
    const evidence = [row(1, "vulnerable", 2, 100), row(2, "fixed", 6, 9), row(3, "clean", 4, 100)];
    const story = [
      { at_ms: 0, kind: "import", text: "listed", disposition: "unknown" as const },
      { at_ms: 6 * minute, kind: "disposition", text: "fixed", disposition: "fixed" as const },
    ];
    const l = lanes(story, evidence, 12 * minute, 800);
    const words = l.lanes.map((lane) => lane.segments.map((s) => `${s.word} ${s.from / minute}-${s.to / minute}`));
    expect(words[0]).toEqual(["unknown 0-2", "vulnerable 2-6", "fixed 6-9", "unknown 9-12"]);
    expect(words[1]).toEqual(["unknown 0-4", "clean 4-12"]);
    expect(words[2]).toEqual(["unknown 0-6", "fixed 6-12"]);
  });
  test("two like answers in a row are one stretch", () => {
    const l = lanes([], [row(1, "vulnerable", 0, 50), row(2, "vulnerable", 5, 50)], 10 * minute, 800);
    expect(l.lanes[0]?.segments.map((s) => s.word)).toEqual(["vulnerable"]);
  });
  test("without evidence all is unknown", () => {
    expect(lanes([], [], minute, 300).lanes[0]?.segments.map((s) => s.word)).toEqual(["unknown"]);
  });
});
