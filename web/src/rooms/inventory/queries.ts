// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import type { AssetRow } from "../../api";
import { api, take } from "../../kit/api";
import { keys } from "../../kit/query_keys";
import { type Filters, queryOf, searchOf } from "./filters";

export const pageSize = 100;

const page = (filters: Filters, number: number) => ({
  queryKey: keys.assetPage(searchOf(filters), number),
  queryFn: () =>
    take(api.GET("/api/assets", { params: { query: { ...queryOf(filters), offset: number * pageSize, limit: pageSize } } })),
});

// The first page also says how many there are and what the facets count; it stays while the next list is read.
export const useFirstPage = (filters: Filters) => useQuery({ ...page(filters, 0), placeholderData: keepPreviousData });

// The pages that the rows in view need. A row that isn't here yet is undefined.
export function useRows(filters: Filters, first: number, last: number): (index: number) => AssetRow | undefined {
  const from = Math.floor(Math.max(0, first) / pageSize);
  const to = Math.floor(Math.max(0, last) / pageSize);
  const numbers = Array.from({ length: Math.min(12, to - from + 1) }, (_, i) => from + i);
  const pages = useQueries({ queries: numbers.map((n) => page(filters, n)) });
  return (index) => pages[Math.floor(index / pageSize) - from]?.data?.rows[index % pageSize];
}

// Every machine that matches, for a selection; as many as can be frozen into one list.
export const selectionLimit = 5000;
export async function readAll(filters: Filters, total: number): Promise<AssetRow[]> {
  const rows: AssetRow[] = [];
  for (let offset = 0; offset < Math.min(total, selectionLimit); offset += 500) {
    const got = await take(api.GET("/api/assets", { params: { query: { ...queryOf(filters), offset, limit: 500 } } }));
    rows.push(...got.rows);
    if (got.rows.length === 0) break;
  }
  return rows;
}

export const useAsset = (id: number) =>
  useQuery({ queryKey: keys.asset(id), queryFn: () => take(api.GET("/api/assets/{id}", { params: { path: { id } } })) });

export const useImports = () => useQuery({ queryKey: keys.imports, queryFn: () => take(api.GET("/api/imports")) });
