// SPDX-License-Identifier: Apache-2.0
// The time by which ages are told: the server's, as a browser's clock may be wrong by hours.
import { useEffect, useSyncExternalStore } from "react";

let ahead = 0; // the server's clock less ours
let tick = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

const publish = () => {
  tick = Date.now() + ahead;
  for (const notify of listeners) notify();
};

// Called with each answer that says when it was made.
export function learnServerTime(ms: number): void {
  ahead = ms - Date.now();
  publish();
}
export const serverNow = (): number => Date.now() + ahead;

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  timer ??= setInterval(publish, 1000);
  return () => {
    listeners.delete(notify);
    if (listeners.size === 0 && timer) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => tick);
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === "" ? "Douse" : `${title} · Douse`;
  }, [title]);
}
