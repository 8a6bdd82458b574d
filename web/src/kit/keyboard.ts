// SPDX-License-Identifier: Apache-2.0
// Keys of the page that is shown. Views say which keys they know and what these do; the help (?) is that same list.
import { useEffect, useRef } from "react";

export interface Shortcut {
  keys: string; // "j", "?", "Enter", or a sequence: "g m"
  what: string;
  run: () => void;
}
export interface ShortcutGroup {
  group: string;
  list: Shortcut[];
}

const groups = new Set<{ current: ShortcutGroup }>();
export const shortcutGroups = (): ShortcutGroup[] => [...groups].map((g) => g.current).filter((g) => g.list.length > 0);

let pending = "";
let pendingSince = 0;

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    target.matches("textarea,select,input:not([type=checkbox],[type=radio],[type=button],[type=file])"));
const pressable = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest("a[href],button,summary,[role=button],[role=checkbox],[role=option],[role=menuitem]") !== null;
const covered = (): boolean => document.querySelector("[role=dialog],[role=alertdialog],[role=menu],[role=listbox]") !== null;

// A sequence waits a second and a half for its second key.
export function matchKey(
  pressed: string,
  at: number,
  known: (keys: string) => boolean,
  starts: (key: string) => boolean,
): string | null {
  const sequence = pending !== "" && at - pendingSince < 1500 ? `${pending} ${pressed}` : "";
  pending = "";
  if (sequence !== "" && known(sequence)) return sequence;
  if (known(pressed)) return pressed;
  if (starts(pressed)) {
    pending = pressed;
    pendingSince = at;
  }
  return null;
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target) || covered()) return;
  if (event.key === "Enter" && pressable(event.target)) return;
  const pressed = event.shiftKey && /^[a-z]$/i.test(event.key) ? `Shift+${event.key.toLowerCase()}` : event.key;
  const all = shortcutGroups().flatMap((g) => g.list);
  const hit = matchKey(
    pressed,
    event.timeStamp,
    (keys) => all.some((s) => s.keys === keys),
    (key) => all.some((s) => s.keys.startsWith(`${key} `)),
  );
  if (hit === null) return;
  event.preventDefault();
  all.findLast((s) => s.keys === hit)?.run();
}

let watching = 0;
export function useShortcuts(group: string, list: Shortcut[]): void {
  const entry = useRef<ShortcutGroup>({ group, list });
  entry.current = { group, list };
  useEffect(() => {
    if (watching++ === 0) addEventListener("keydown", onKey);
    groups.add(entry);
    return () => {
      groups.delete(entry);
      if (--watching === 0) removeEventListener("keydown", onKey);
    };
  }, []);
}
