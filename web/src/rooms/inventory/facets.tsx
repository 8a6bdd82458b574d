// SPDX-License-Identifier: Apache-2.0
// The filters at the left, each with the number of machines that it would show.
import { useState } from "react";
import type { AssetPage, Facet } from "../../api";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { dispositions, type Tone } from "../../kit/disposition";
import { count } from "../../kit/format";
import { Mark } from "../../kit/mark";
import { go } from "../../kit/url";
import { facetWord } from "./facet_words";
import { type Filters, groups, pathOf, toggled } from "./filters";

interface FacetsProps {
  page: AssetPage;
  filters: Filters;
}

export function Facets(props: FacetsProps) {
  return (
    <aside className="fac" aria-label="Filters, with counts of the machines each would show">
      <FacetLists {...props} />
    </aside>
  );
}

export function FacetsSheet({ open, onClose, ...props }: FacetsProps & { open: boolean; onClose: () => void }) {
  return (
    <Sheet title="Filter" open={open} onClose={onClose}>
      <div className="fac-sheet">
        <FacetLists {...props} />
      </div>
      <Acts>
        <Press kind="main" onPress={onClose}>
          Show {count(props.page.total)}
        </Press>
      </Acts>
    </Sheet>
  );
}

function FacetLists({ page, filters }: FacetsProps) {
  const counted = new Map(page.facets.disposition.map((f) => [f.value, f.count]));
  // "open" and "done" stand for their dispositions: their boxes are ticked, and ticking one off takes the group apart.
  const inGroup = new Set(filters.disposition.flatMap((value) => groups[value] ?? [value]));
  function tick(id: string) {
    const next = new Set(inGroup);
    if (!next.delete(id)) next.add(id);
    // The retired have no disposition: they are looked at alone.
    if (id === "retired" && next.has(id)) return go(pathOf({ ...filters, disposition: [id] }));
    next.delete("retired");
    go(pathOf({ ...filters, disposition: [...next] }));
  }
  const sum = dispositions.reduce((n, look) => n + (counted.get(look.id) ?? 0), 0);
  return (
    <>
      <h3 id="facet-disposition">Disposition</h3>
      <ul aria-labelledby="facet-disposition">
        {dispositions.map((look) => (
          <Box
            key={look.id}
            on={inGroup.has(look.id)}
            word={look.word}
            n={counted.get(look.id) ?? 0}
            tone={look.tone}
            onChange={() => tick(look.id)}
          />
        ))}
      </ul>
      <p className="xs dim facet-sum">sum {count(sum)}</p>
      {(page.retired ?? 0) > 0 && (
        <ul>
          <Box
            on={inGroup.has("retired")}
            word="Retired"
            n={page.retired ?? 0}
            tone="retired"
            onChange={() => tick("retired")}
            note="not counted"
          />
        </ul>
      )}
      <Values name="Place" facet="place" values={page.facets.place} filters={filters} />
      <Values name="System" facet="os" values={page.facets.os} filters={filters} />
    </>
  );
}

interface BoxProps {
  on: boolean;
  word: string;
  n: number;
  tone?: Tone;
  note?: string;
  onChange: () => void;
}

function Box({ on, word, n, tone, note, onChange }: BoxProps) {
  return (
    <li>
      <label className={on ? "fr on" : "fr"}>
        <input type="checkbox" checked={on} onChange={onChange} />
        {tone && <Mark tone={tone} />}
        <span className="el" title={word}>
          {word}
        </span>
        <i>{note ? `${count(n)}, ${note}` : count(n)}</i>
      </label>
    </li>
  );
}

const shownFirst = 8;

function Values({ name, facet, values, filters }: { name: string; facet: "place" | "os"; values: Facet[]; filters: Filters }) {
  const [all, setAll] = useState(false);
  const known = values.filter((f) => f.value !== "");
  const unknown = values.find((f) => f.value === "");
  // What is ticked stays in sight, also when no machine has it any more.
  const missing = filters[facet].filter((value) => !known.some((f) => f.value === value)).map((value) => ({ value, count: 0 }));
  const list = [...known, ...missing];
  const shown = all ? list : list.filter((f, i) => i < shownFirst || filters[facet].includes(f.value));
  if (list.length === 0 && !unknown) return null;
  return (
    <>
      <h3 id={`facet-${facet}`}>{name}</h3>
      <ul aria-labelledby={`facet-${facet}`}>
        {shown.map((f) => (
          <Box
            key={f.value}
            on={filters[facet].includes(f.value)}
            word={facetWord(facet, f.value)}
            n={f.count}
            onChange={() => go(pathOf(toggled(filters, facet, f.value)))}
          />
        ))}
        {unknown && unknown.count > 0 && (
          <li className="fr dim">
            <span className="el">not known</span>
            <i>{count(unknown.count)}</i>
          </li>
        )}
      </ul>
      {list.length > shown.length && (
        <button type="button" className="plain sm mut n" onClick={() => setAll(true)}>
          {count(list.length - shown.length)} more
        </button>
      )}
    </>
  );
}
