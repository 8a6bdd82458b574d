// SPDX-License-Identifier: Apache-2.0
// What is filtered, searched and sorted, as it stands in the URL and as the API is asked. One form for both, so that a list that
// is shown is the list that was asked for. A filter that isn't known is kept as it is: the server refuses it; it never means "all".
export const sorts = ["name", "address", "place", "os", "disposition", "evidence", "since"] as const;
export type Sort = (typeof sorts)[number];

export interface Filters {
  disposition: string[];
  place: string[];
  os: string[];
  q: string;
  sort: Sort;
  order: "asc" | "desc";
}

export const noFilters: Filters = { disposition: [], place: [], os: [], q: "", sort: "disposition", order: "asc" };

const list = (text: string | null): string[] => (text ? text.split(",").filter((part) => part !== "") : []);

export function filtersFrom(search: URLSearchParams): Filters {
  const sort = search.get("sort") as Sort | null;
  return {
    disposition: list(search.get("disposition")),
    place: list(search.get("place")),
    os: list(search.get("os")),
    q: search.get("q") ?? "",
    sort: sort && sorts.includes(sort) ? sort : noFilters.sort,
    order: search.get("order") === "desc" ? "desc" : "asc",
  };
}

export function searchOf(filters: Filters): string {
  const search = new URLSearchParams();
  for (const key of ["disposition", "place", "os"] as const) {
    if (filters[key].length > 0) search.set(key, filters[key].join(","));
  }
  if (filters.q !== "") search.set("q", filters.q);
  if (filters.sort !== noFilters.sort) search.set("sort", filters.sort);
  if (filters.order !== "asc") search.set("order", filters.order);
  // Commas separate values here and in the API; written out they can be read.
  return search.toString().replaceAll("%2C", ",");
}

export function pathOf(filters: Filters): string {
  const search = searchOf(filters);
  return search === "" ? "/machines" : `/machines?${search}`;
}

export function queryOf(filters: Filters) {
  return {
    ...(filters.disposition.length > 0 ? { disposition: filters.disposition.join(",") } : {}),
    ...(filters.place.length > 0 ? { place: filters.place.join(",") } : {}),
    ...(filters.os.length > 0 ? { os: filters.os.join(",") } : {}),
    ...(filters.q !== "" ? { q: filters.q } : {}),
    sort: filters.sort,
    order: filters.order,
  };
}

export function toggled(filters: Filters, facet: "disposition" | "place" | "os", value: string): Filters {
  const has = filters[facet].includes(value);
  return { ...filters, [facet]: has ? filters[facet].filter((v) => v !== value) : [...filters[facet], value] };
}

// Pressing a column sorts by it; pressing it again turns the order round.
export function sortedBy(filters: Filters, sort: Sort): Filters {
  return { ...filters, sort, order: filters.sort === sort && filters.order === "asc" ? "desc" : "asc" };
}

export const isFiltered = (filters: Filters): boolean =>
  filters.disposition.length + filters.place.length + filters.os.length > 0 || filters.q !== "";

// The groups stand for their dispositions in the facets' boxes.
export const groups: Record<string, readonly string[]> = {
  open: ["infected", "infected_isolated", "vulnerable", "unknown", "fix_unverified"],
  done: ["fixed", "not_affected"],
};
