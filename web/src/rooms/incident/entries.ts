// SPDX-License-Identifier: Apache-2.0
// What people typed or are handed, as the API takes and gives it. Pure.
import { moment, shortHash, words } from "../../kit/format";

// A link or only its code: what is handed over must open this console.
export const wholeLink = (link: string, origin: string): string =>
  /^https?:\/\//.test(link) ? link : link.startsWith("/") ? origin + link : `${origin}/sign-in#${link.replace(/^#/, "")}`;

// One range a line, or separated by spaces or commas; whether it can be read is for the server to say.
export const rangesOf = (text: string): string[] => text.split(/[\s,;]+/).filter((range) => range !== "");

// A ledger row's detail is an object, written canonically for its hash; people read "reason the lock is gone, wave 2".
export function sayDetail(detail: string, now: number): string {
  let read: unknown;
  try {
    read = JSON.parse(detail);
  } catch {
    return detail;
  }
  if (typeof read !== "object" || read === null || Array.isArray(read)) return detail;
  return Object.entries(read)
    .filter(([, value]) => value !== "" && value !== null)
    .map(([name, value]) => {
      if (name.endsWith("_at_ms") && typeof value === "number") return `${words(name.slice(0, -6))} ${moment(value, now)}`;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return `${words(name)} ${/^[0-9a-f]{40,}$/.test(text) ? shortHash(text) : text}`;
    })
    .join(", ");
}
