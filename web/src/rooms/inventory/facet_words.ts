// SPDX-License-Identifier: Apache-2.0
import type { Disposition } from "../../api";
import { dispositions } from "../../kit/disposition";

const groups: Record<string, string> = { open: "Open", done: "Done", retired: "Retired" };

export function facetWord(facet: "disposition" | "place" | "os", value: string): string {
  if (facet !== "disposition") return value === "" ? "Not known" : value;
  return dispositions.find((look) => look.id === (value as Disposition))?.word ?? groups[value] ?? value;
}
