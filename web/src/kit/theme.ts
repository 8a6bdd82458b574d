// SPDX-License-Identifier: Apache-2.0
// Light, dark, or as the system says. Kept in this browser; public/theme.js sets it before the first paint.
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";
const listeners = new Set<() => void>();

export function theme(): Theme {
  const set = document.documentElement.dataset.theme;
  return set === "light" || set === "dark" ? set : "system";
}

export function setTheme(next: Theme): void {
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === "system") localStorage.removeItem("douse-theme");
    else localStorage.setItem("douse-theme", next);
  } catch {
    // Storage may be forbidden; then the choice lasts until the page is closed.
  }
  for (const notify of listeners) notify();
}

export function useTheme(): Theme {
  return useSyncExternalStore((notify) => {
    listeners.add(notify);
    return () => listeners.delete(notify);
  }, theme);
}
