// SPDX-License-Identifier: Apache-2.0
// How numbers, ages and times are written: "5,188", "25 min", "1 h 05", "14 d", "Tue 03:12". Pure.

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const grouped = new Intl.NumberFormat("en");
export const count = (n: number): string => grouped.format(n);

// A change with its sign; nothing changed is said as such, not as "+0".
export const change = (n: number): string => (n === 0 ? "no change" : n > 0 ? `+${count(n)}` : `−${count(-n)}`);

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

export function age(ms: number): string {
  const t = Math.max(0, ms);
  if (t < minute) return `${Math.floor(t / second)} s`;
  if (t < hour) return `${Math.floor(t / minute)} min`;
  if (t < day) return `${Math.floor(t / hour)} h ${String(Math.floor((t % hour) / minute)).padStart(2, "0")}`;
  return `${Math.floor(t / day)} d`;
}

// A length of time that is agreed, not measured: "12 h", "24 h", "2 d".
export function span(ms: number): string {
  const t = Math.max(0, ms);
  if (t < 90 * minute) return t < minute ? `${Math.round(t / second)} s` : `${Math.round(t / minute)} min`;
  if (t < 2 * day) return `${Math.round(t / hour)} h`;
  return `${Math.round(t / day)} d`;
}

const pad = (n: number) => String(n).padStart(2, "0");
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function clock(ms: number): string {
  const d = new Date(ms);
  return `${pad(d.getHours())}:${pad(d.getMinutes())}`;
}
export const clockSeconds = (ms: number): string => `${clock(ms)}:${pad(new Date(ms).getSeconds())}`;
export const weekdayDate = (ms: number): string => `${weekdays[new Date(ms).getDay()]} ${new Date(ms).getDate()}`;
export const weekdayClock = (ms: number): string => `${weekdays[new Date(ms).getDay()]} ${clock(ms)}`;

// A time as near as it needs to be: today the clock, this week the weekday, else the date.
export function moment(ms: number, now: number): string {
  const d = new Date(ms);
  const today = new Date(now);
  if (d.toDateString() === today.toDateString()) return clock(ms);
  if (Math.abs(now - ms) < 6 * day) return weekdayClock(ms);
  const year = d.getFullYear() === today.getFullYear() ? "" : ` ${d.getFullYear()}`;
  return `${d.getDate()} ${months[d.getMonth()]}${year} ${clock(ms)}`;
}

export const iso = (ms: number): string => new Date(ms).toISOString();

// Hashes are shown by their ends; the whole one is in the title.
export const shortHash = (hash: string): string => (hash.length > 16 ? `${hash.slice(0, 8)}…${hash.slice(-4)}` : hash);

// "first_step" and "step-failed" are names of the program; people read words.
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
