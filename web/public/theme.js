// SPDX-License-Identifier: Apache-2.0
// Before the first paint: the theme that this browser was told to keep, else the system's.
try {
  const kept = localStorage.getItem("douse-theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
} catch {
  // Storage may be forbidden; then the system's preference holds.
}
