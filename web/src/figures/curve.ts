// SPDX-License-Identifier: Apache-2.0
// Counts over time as steps: between two counts the number was what it was, so no slope is drawn that nobody saw. Pure geometry.
import type { CurvePoint } from "../api";
import { sumOf } from "../kit/disposition";
import { countTicks, scale, type TimeTick, timeTicks } from "./axis";

export interface Box {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}
export const chartBox = (width: number, height: number, left = 34): Box => ({
  width,
  height,
  left,
  right: 8,
  top: 14,
  bottom: 24,
});

export interface CurveFrame {
  y: { value: number; at: number }[];
  x: (TimeTick & { x: number })[];
  base: number;
}
export interface OpenCurve extends CurveFrame {
  line: string;
  last: { x: number; y: number; count: number };
  label: number; // where its label stands clear of the line
}
export interface InfectedCurve extends CurveFrame {
  network: string; // area
  isolated: string; // area on top of it
  outline: string;
  peak: { x: number; y: number; count: number; at: number } | null;
  last: { x: number; y: number; count: number };
}

const f = (n: number) => n.toFixed(1);

interface Sample {
  x: number;
  y: number;
}

// Steps from sample to sample, then level to `end`.
export function stepPath(samples: readonly Sample[], end: number): string {
  const [first, ...rest] = samples;
  if (!first) return "";
  return `M${f(first.x)} ${f(first.y)}${rest.map((s) => `H${f(s.x)}V${f(s.y)}`).join("")}H${f(end)}`;
}

// The area between two step lines over the same moments.
export function stepArea(upper: readonly Sample[], lower: readonly Sample[], end: number): string {
  if (upper.length === 0) return "";
  let back = "";
  for (let i = lower.length - 1; i >= 0; i--) {
    const at = lower[i];
    if (at) back += `V${f(at.y)}H${f(at.x)}`;
  }
  return `${stepPath(upper, end)}${back}Z`;
}

function frame(
  points: readonly CurvePoint[],
  now: number,
  max: number,
  box: Box,
): CurveFrame & { px: (t: number) => number; py: (v: number) => number } {
  const ticks = countTicks(max);
  const from = points[0]?.at_ms ?? now;
  const to = Math.max(now, from + 60_000);
  const px = scale(from, to, box.left, box.width - box.right);
  const py = scale(0, ticks.at(-1) ?? 1, box.height - box.bottom, box.top);
  return {
    px,
    py,
    base: box.height - box.bottom,
    y: ticks.map((value) => ({ value, at: py(value) })),
    x: timeTicks(from, to, Math.max(2, Math.floor(box.width / 84))).map((tick) => ({ ...tick, x: px(tick.at) })),
  };
}

export function openCurve(points: readonly CurvePoint[], now: number, box: Box): OpenCurve {
  const open = points.map((p) => sumOf(p.counts, "open"));
  const { px, py, ...rest } = frame(points, now, Math.max(0, ...open), box);
  const samples = points.map((p, i) => ({ x: px(p.at_ms), y: py(open[i] ?? 0) }));
  const count = open.at(-1) ?? 0;
  const end = box.width - box.right;
  // The label is about 60 px wide and stands left of the end: above the line, or below it where the line comes from above.
  const y = py(count);
  const near = samples.filter((_, i) => (samples[i + 1]?.x ?? end) > end - 76).map((s) => s.y);
  const above = Math.min(y, ...near) - 8;
  const below = Math.max(y, ...near) + 17;
  const label = below < rest.base - 3 && y - Math.min(y, ...near) > 4 ? below : above > 12 ? above : below;
  return { ...rest, line: stepPath(samples, end), last: { x: end, y, count }, label };
}

export function infectedCurve(points: readonly CurvePoint[], now: number, box: Box): InfectedCurve {
  const network = points.map((p) => p.counts.infected);
  const both = points.map((p) => p.counts.infected + p.counts.infected_isolated);
  const top = Math.max(0, ...both);
  // A little air above the peak, for its label.
  const { px, py, ...rest } = frame(points, now, top * 1.12, box);
  const at = (values: number[]) => points.map((p, i) => ({ x: px(p.at_ms), y: py(values[i] ?? 0) }));
  const ground = points.map((p) => ({ x: px(p.at_ms), y: py(0) }));
  const end = box.width - box.right;
  const where = both.indexOf(top);
  const peakPoint = points[where];
  return {
    ...rest,
    network: stepArea(at(network), ground, end),
    isolated: both.some((b, i) => b > (network[i] ?? 0)) ? stepArea(at(both), at(network), end) : "",
    outline: top > 0 ? stepPath(at(both), end) : "",
    peak: top > 0 && peakPoint ? { x: px(peakPoint.at_ms), y: py(top), count: top, at: peakPoint.at_ms } : null,
    last: { x: end, y: py(network.at(-1) ?? 0), count: network.at(-1) ?? 0 },
  };
}
