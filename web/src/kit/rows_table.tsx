// SPDX-License-Identifier: Apache-2.0
// A table of rows that are read, not steered by: people, lists, sweeps, exemptions, the ledger. On a phone each row is a card whose
// cells carry their column's name.
import type { ReactNode } from "react";

export interface Column<Row> {
  head: string; // empty: of acts, that name themselves
  cell: (row: Row) => ReactNode;
  look?: string; // classes: r right, nw one line, mut, dim, m, mono, wrapc
  hover?: (row: Row) => string; // the exact value behind a shortened one
}

interface RowsTableProps<Row> {
  columns: Column<Row>[]; // the first names the row
  rows: Row[];
  keyOf: (row: Row) => number | string;
  rowLook?: (row: Row) => string;
  look?: string;
}

const isRight = (look: string | undefined) => (look?.split(" ").includes("r") ? "r" : undefined);

export function RowsTable<Row>({ columns, rows, keyOf, rowLook, look }: RowsTableProps<Row>) {
  return (
    <table className={look ? `rows-table ${look}` : "rows-table"}>
      <thead>
        <tr>
          {columns.map((c) =>
            c.head === "" ? (
              <td key="acts" aria-hidden="true" />
            ) : (
              <th key={c.head} scope="col" className={isRight(c.look)}>
                {c.head}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} className={rowLook?.(row)}>
            {columns.map((c, at) => {
              const shared = { className: c.look, "data-label": c.head || undefined, title: c.hover?.(row) };
              return at === 0 ? (
                <th key={c.head} scope="row" {...shared}>
                  {c.cell(row)}
                </th>
              ) : (
                <td key={c.head || "acts"} {...shared}>
                  {c.cell(row)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
