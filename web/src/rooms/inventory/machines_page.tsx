// SPDX-License-Identifier: Apache-2.0
// Which machines, because of what, and what happens next. Any number of rows: the server filters, sorts and pages, the page shows
// the rows in view. Everything that narrows the list stands in the URL.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import type { AssetPage, AssetRow } from "../../api";
import { Press } from "../../kit/button";
import { sentenceOf } from "../../kit/errors";
import { clockSeconds, count } from "../../kit/format";
import { useShortcuts } from "../../kit/keyboard";
import { Link } from "../../kit/link";
import { useTitle } from "../../kit/now";
import { keys } from "../../kit/query_keys";
import { go, useHere } from "../../kit/url";
import { Age, View } from "../../kit/view";
import { useMe } from "../incident/queries";
import { facetWord } from "./facet_words";
import { Facets, FacetsSheet } from "./facets";
import { type Filters, filtersFrom, isFiltered, noFilters, pathOf } from "./filters";
import { MachineTable } from "./machine_table";
import { readAll, selectionLimit, useFirstPage } from "./queries";
import { SelectionBar } from "./selection_bar";

export interface Selection {
  at: number;
  rows: Map<number, AssetRow>;
}
const none: Selection = { at: 0, rows: new Map() };

export function MachinesPage() {
  const { search } = useHere();
  const filters = filtersFrom(search);
  const asked = useFirstPage(filters);
  useTitle("Machines");
  return (
    <View asked={asked} what="the machines" empty={(page) => nothing(page, filters)}>
      {(page) => <Machines page={page} filters={filters} />}
    </View>
  );
}

function nothing(page: AssetPage, filters: Filters) {
  if (page.on_books > 0 || (page.retired ?? 0) > 0 || isFiltered(filters)) return null;
  return {
    title: "No machine is on the books yet",
    children: (
      <p>
        First step: import a list of machines on the page{" "}
        <Link className="n" to="/lists">
          Lists
        </Link>
        , or sweep the scope on the page{" "}
        <Link className="n" to="/sweeps">
          Sweeps
        </Link>
        . Either puts machines on the books, as unknown until somebody looked.
      </p>
    ),
  };
}

function Machines({ page, filters }: { page: AssetPage; filters: Filters }) {
  const rights = useMe().data?.rights ?? [];
  const client = useQueryClient();
  const [selection, setSelection] = useState<Selection>(none);
  const [narrow, setNarrow] = useState(false);
  const [trouble, setTrouble] = useState<string | null>(null);
  useShortcuts("Machines", [{ keys: "f", what: "Filter", run: () => focusFacets() || setNarrow(true) }]);

  const toggle = useCallback((rows: readonly AssetRow[], on?: boolean) => {
    setSelection((before) => {
      const next = new Map(before.rows);
      for (const row of rows) {
        if (on ?? !next.has(row.id)) next.set(row.id, row);
        else next.delete(row.id);
      }
      return next.size === 0 ? none : { at: before.at || Date.now(), rows: next };
    });
  }, []);

  async function selectAll() {
    setTrouble(null);
    try {
      toggle(await readAll(filters, page.total), true);
    } catch (error) {
      setTrouble(sentenceOf(error));
    }
  }
  // A selection is a list of machines, not of rows; what is known of them is read anew when something changed.
  useEffect(
    () =>
      client.getQueryCache().subscribe(({ type, query }) => {
        if (type !== "updated" || query.queryKey[0] !== keys.assets[0]) return;
        const fresh = (query.state.data as AssetPage | undefined)?.rows ?? [];
        setSelection((before) => {
          const changed = fresh.filter(
            (row) => before.rows.has(row.id) && before.rows.get(row.id)?.disposition !== row.disposition,
          );
          if (changed.length === 0) return before;
          const next = new Map(before.rows);
          for (const row of changed) next.set(row.id, row);
          return { ...before, rows: next };
        });
      }),
    [client],
  );

  return (
    <div className="mm">
      <Facets page={page} filters={filters} />
      <div className="pane">
        <div className="hdr">
          <div className="l1">
            <h1 aria-live="polite">
              {count(page.total)} {page.total === 1 ? "machine" : "machines"}
            </h1>
            <span className="mut">{explain(page, filters)}</span>
            <span className="age end">
              as of {clockSeconds(page.as_of_ms)}, <Age at={page.as_of_ms} from=" old" />
            </span>
          </div>
          <div className="l2">
            <Chips filters={filters} />
            <button type="button" className="chip add phone-filter" onClick={() => setNarrow(true)} aria-haspopup="dialog">
              + Filter <kbd aria-hidden="true">f</kbd>
            </button>
            {isFiltered(filters) && (
              <Link className="n sm" to={pathOf({ ...noFilters, sort: filters.sort, order: filters.order })}>
                Show all
              </Link>
            )}
            <span className="end acts wide-only">
              {page.total > 0 && page.total <= selectionLimit && (
                <Press size="small" onPress={selectAll}>
                  Select all {count(page.total)}
                </Press>
              )}
            </span>
          </div>
          {trouble && <p className="note bad">{trouble}</p>}
        </div>
        {page.total === 0 ? (
          <section className="state" data-state="empty">
            <h2 className="st-title">No machine matches</h2>
            <p>
              {count(page.on_books)} are on the books.{" "}
              <Link className="n" to="/machines">
                Show all of them
              </Link>
              {(page.retired ?? 0) > 0 && (
                <>
                  , or the{" "}
                  <Link className="n" to="/machines?disposition=retired">
                    {count(page.retired ?? 0)} retired
                  </Link>
                </>
              )}
              .
            </p>
          </section>
        ) : (
          <MachineTable key={pathOf(filters)} filters={filters} total={page.total} selection={selection.rows} onToggle={toggle} />
        )}
        {selection.rows.size > 0 && <SelectionBar selection={selection} rights={rights} onClear={() => setSelection(none)} />}
        <div className="foot">
          <span>
            <kbd>j</kbd>
            <kbd>k</kbd>move
          </span>
          <span>
            <kbd>x</kbd>select
          </span>
          <span>
            <kbd>⇧x</kbd>range
          </span>
          <span>
            <kbd>↵</kbd>open
          </span>
          <span>
            <kbd>f</kbd>filter
          </span>
          <span>
            <kbd>?</kbd>all keys
          </span>
          <span className="end">Because: what was read on the machine, seen from outside, or imported</span>
        </div>
      </div>
      <FacetsSheet page={page} filters={filters} open={narrow} onClose={() => setNarrow(false)} />
    </div>
  );
}

// The facets' first box, where they are shown; on a phone they are in a sheet.
function focusFacets(): boolean {
  const first = document.querySelector<HTMLElement>(".fac input");
  if (!first || first.offsetParent === null) return false;
  first.focus();
  return true;
}

function explain(page: AssetPage, filters: Filters): string {
  if (filters.disposition.includes("retired")) {
    return filters.disposition.length === 1
      ? "retired: off the books, kept here"
      : `match; ${count(page.on_books)} are on the books, the retired apart`;
  }
  if (!isFiltered(filters)) return "on the books; every one can be reached by scrolling";
  return `of ${count(page.on_books)} on the books match; every one can be reached by scrolling`;
}

const facetNames = { disposition: "Disposition", place: "Place", os: "System" } as const;

function Chips({ filters }: { filters: Filters }) {
  return (
    <>
      {(["disposition", "place", "os"] as const).map((facet) =>
        filters[facet].length === 0 ? null : (
          <button
            key={facet}
            type="button"
            className="chip"
            onClick={() => go(pathOf({ ...filters, [facet]: [] }))}
            aria-label={`Remove the filter: ${facetNames[facet]} is ${filters[facet].map((v) => facetWord(facet, v)).join(" or ")}`}
          >
            <span className="mut">{facetNames[facet]}</span> is
            <span className="el">
              {filters[facet].map((value, i) => (
                <span key={value}>
                  {i > 0 && " or "}
                  <b>{facetWord(facet, value)}</b>
                </span>
              ))}
            </span>
            <span className="dim" aria-hidden="true">
              ×
            </span>
          </button>
        ),
      )}
      {filters.q !== "" && (
        <button
          type="button"
          className="chip"
          onClick={() => go(pathOf({ ...filters, q: "" }))}
          aria-label={`Remove the search for ${filters.q}`}
        >
          <span className="mut">Has</span>
          <b className="el">{filters.q}</b>
          <span className="dim" aria-hidden="true">
            ×
          </span>
        </button>
      )}
    </>
  );
}
