// SPDX-License-Identifier: Apache-2.0
// Everything is a URL: where one is, and what is filtered, sorted and searched. No router is needed for a dozen pages.
import { useSyncExternalStore } from "react";

const changed = "douse-navigated";

function subscribe(notify: () => void): () => void {
  addEventListener("popstate", notify);
  addEventListener(changed, notify);
  return () => {
    removeEventListener("popstate", notify);
    removeEventListener(changed, notify);
  };
}
const here = () => location.pathname + location.search;

export function useHere(): { path: string; search: URLSearchParams } {
  const url = useSyncExternalStore(subscribe, here);
  const [path = "/", search = ""] = url.split("?", 2);
  return { path, search: new URLSearchParams(search) };
}

// `replace` for what isn't a step of its own: typing in a search box is one step back, not twenty.
export function go(to: string, how: "push" | "replace" = "push"): void {
  if (to === here()) return;
  const leaves = to.split(/[?#]/, 1)[0] !== location.pathname;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  if (leaves) scrollTo(0, 0);
  dispatchEvent(new Event(changed));
}

// Links of the API name things by room as the CLI does; these are the pages that show them.
const pages: [RegExp, string][] = [
  [/^\/(?:assets?|machine)\/(\d+)$/, "/machines/$1"],
  [/^\/assets$/, "/machines"],
  [/^\/campaign\/(\d+)$/, "/campaigns/$1"],
  [/^\/sweep\/(\d+)$/, "/sweeps/$1"],
  [/^\/sweeps\/\d+$/, "/sweeps"],
  [/^\/playbooks\/.*$/, "/playbook"],
  [/^\/exemptions\/\d+$/, "/exemptions"],
  [/^\/host-keys(?:\/\d+)?$/, "/settings"],
  [/^\/imports(?:\/\d+)?$/, "/lists"],
  [/^\/now$/, "/"],
];

// A page of this console for a link of the API, or nothing when it leads elsewhere.
export function pageOf(link: string | undefined): string | null {
  if (!link?.startsWith("/") || link.startsWith("//")) return null;
  let [path = "", query] = link.split("?", 2);
  path = path.replace(/^\/api(?=\/)/, "");
  for (const [pattern, page] of pages) path = path.replace(pattern, page);
  return query ? `${path}?${query}` : path;
}
