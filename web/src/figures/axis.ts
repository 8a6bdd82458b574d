// SPDX-License-Identifier: Apache-2.0
// Ticks: whole machines on one axis, round moments of local time on the other. Pure.
import { clock, clockSeconds, weekdayDate } from "../kit/format";

export const scale = (from: number, to: number, start: number, end: number) => (v: number) =>
  start + ((v - from) / (to - from || 1)) * (end - start);

// Round steps from zero; the last tick is at or above `max`, so that no line leaves the figure.
export function countTicks(max: number, atMost = 4): number[] {
  const top = Math.max(1, max);
  const power = 10 ** Math.floor(Math.log10(top / atMost));
  const step = Math.max(1, [1, 2, 5, 10].map((k) => k * power).find((s) => Math.ceil(top / s) <= atMost) ?? 10 * power);
  const ticks: number[] = [];
  for (let v = 0; ; v += step) {
    ticks.push(v);
    if (v >= top) return ticks;
  }
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [
  5_000,
  10_000,
  20_000,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
];

export interface TimeTick {
  at: number;
  label: string;
}

export function timeTicks(from: number, to: number, atMost = 5): TimeTick[] {
  const span = Math.max(1, to - from);
  const step = steps.find((s) => span / s <= atMost) ?? Math.ceil(span / atMost / day) * day;
  // Aligned to local time: midnight is where the people are.
  const zero = new Date(from);
  zero.setHours(0, 0, 0, 0);
  const first = zero.getTime() + Math.ceil((from - zero.getTime()) / step) * step;
  const ticks: TimeTick[] = [];
  for (let at = first; at <= to; at += step) {
    const midnight = new Date(at).getHours() === 0 && new Date(at).getMinutes() === 0;
    ticks.push({
      at,
      label: step >= day || (midnight && span > day) ? weekdayDate(at) : step < minute ? clockSeconds(at) : clock(at),
    });
  }
  return ticks;
}
