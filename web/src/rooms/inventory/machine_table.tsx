// SPDX-License-Identifier: Apache-2.0
// The virtual table. Browsers cap an element's height (Chromium at 33,554,428 px, Firefox at about half of it), so the scroll range is
// capped at 15 million px and mapped to rows: up to half a million rows a pixel is a pixel, above that a scroll goes further.
import { observeElementOffset, useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { AssetRow } from "../../api";
import { age } from "../../kit/format";
import { useShortcuts } from "../../kit/keyboard";
import { Link } from "../../kit/link";
import { Mark, Word } from "../../kit/mark";
import { useNow } from "../../kit/now";
import { go } from "../../kit/url";
import { type Filters, pathOf, type Sort, sortedBy } from "./filters";
import { useRows } from "./queries";

const heightLimit = 15_000_000;

const columns: { id: Sort | null; name: string; className?: string }[] = [
  { id: "name", name: "Name" },
  { id: "address", name: "Address" },
  { id: "place", name: "Place" },
  { id: "os", name: "System" },
  { id: "disposition", name: "Disposition" },
  { id: null, name: "Because" },
  { id: "evidence", name: "Evidence", className: "r" },
  { id: null, name: "What happens next" },
];

const narrow = matchMedia("(max-width: 760px)");
const useNarrow = () =>
  useSyncExternalStore(
    (notify) => {
      narrow.addEventListener("change", notify);
      return () => narrow.removeEventListener("change", notify);
    },
    () => narrow.matches,
  );

interface TableProps {
  filters: Filters;
  total: number;
  selection: ReadonlyMap<number, AssetRow>;
  onToggle: (rows: readonly AssetRow[], on?: boolean) => void;
}

export function MachineTable({ filters, total, selection, onToggle }: TableProps) {
  const phone = useNarrow();
  const rowHeight = phone ? 60 : 28;
  const box = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState(0);
  const [anchor, setAnchor] = useState(0);

  const full = total * rowHeight;
  const height = Math.min(full, heightLimit);
  const header = phone ? 0 : 26;
  // How many px of the full list one px of the scroll range stands for, so that both ends meet.
  const stretch = useRef(1);
  const seenHeight = (box.current?.clientHeight ?? 600) - header;
  stretch.current = full <= height ? 1 : (full - seenHeight) / (height - seenHeight);
  const v = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    observeElementOffset: useCallback<typeof observeElementOffset>(
      (instance, tell) => observeElementOffset(instance, (offset, scrolling) => tell(offset * stretch.current, scrolling)),
      [],
    ),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows' height changed, so all measures did
  useEffect(() => v.measure(), [rowHeight]);

  const items = v.getVirtualItems();
  const row = useRows(filters, items[0]?.index ?? 0, items.at(-1)?.index ?? 0);
  // With a stretched range a row's place is told from where the scroll stands, not from the top.
  const shift = stretch.current === 1 ? 0 : (v.scrollOffset ?? 0) / stretch.current - (v.scrollOffset ?? 0);

  const move = (to: number) => {
    const next = Math.max(0, Math.min(total - 1, to));
    setFocus(next);
    const scroller = box.current;
    if (!scroller) return;
    const top = scroller.scrollTop * stretch.current;
    const room = scroller.clientHeight - header;
    const wanted = next * rowHeight < top ? next * rowHeight : Math.max(top, (next + 1) * rowHeight - room);
    if (wanted !== top) scroller.scrollTop = wanted / stretch.current;
  };
  const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 600) / rowHeight) - 2);
  const at = row(focus);
  const select = () => {
    if (!at) return;
    onToggle([at]);
    setAnchor(focus);
  };
  const selectRange = () => {
    const [from, to] = anchor < focus ? [anchor, focus] : [focus, anchor];
    const rows = Array.from({ length: to - from + 1 }, (_, i) => row(from + i)).filter((r) => r !== undefined);
    onToggle(rows, true);
  };
  const open = () => at && go(`/machines/${at.id}`);
  useShortcuts("Machines", [
    { keys: "j", what: "Down", run: () => move(focus + 1) },
    { keys: "k", what: "Up", run: () => move(focus - 1) },
    { keys: "x", what: "Select, or not", run: select },
    { keys: "Shift+x", what: "Select from the last one to here", run: selectRange },
    { keys: "Enter", what: "Open", run: open },
  ]);

  const targets: Record<string, number> = {
    ArrowDown: focus + 1,
    ArrowUp: focus - 1,
    PageDown: focus + page,
    PageUp: focus - page,
    Home: 0,
    End: total - 1,
  };
  const seen = useMemo(() => items.map((item) => row(item.index)).filter((r) => r !== undefined), [items, row]);
  const allSeen = seen.length > 0 && seen.every((r) => selection.has(r.id));

  return (
    <div
      ref={box}
      className="grid"
      role="grid"
      aria-label="Machines"
      aria-rowcount={total + 1}
      aria-multiselectable="true"
      aria-activedescendant={at ? `row-${focus}` : undefined}
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        const target = targets[event.key];
        if (target === undefined && event.key !== " ") return;
        event.preventDefault();
        if (target === undefined) select();
        else move(target);
      }}
    >
      <div className="th" role="row" tabIndex={-1} aria-rowindex={1}>
        <span role="columnheader" tabIndex={-1}>
          <input
            type="checkbox"
            aria-label="Select the rows in view"
            checked={allSeen}
            onChange={() => onToggle(seen, !allSeen)}
          />
        </span>
        {columns.map((column) => (
          <span
            key={column.name}
            role="columnheader"
            tabIndex={-1}
            className={column.className}
            aria-sort={column.id !== filters.sort ? undefined : filters.order === "asc" ? "ascending" : "descending"}
          >
            {column.id === null ? (
              column.name
            ) : (
              <button type="button" className="plain" onClick={() => go(pathOf(sortedBy(filters, column.id as Sort)))}>
                {column.name}
                {column.id === filters.sort && <span aria-hidden="true"> {filters.order === "asc" ? "↑" : "↓"}</span>}
              </button>
            )}
          </span>
        ))}
      </div>
      <div role="rowgroup" className="rows" style={{ height }}>
        {items.map((item) => (
          <Row
            key={item.key}
            index={item.index}
            top={item.start + shift}
            height={rowHeight}
            row={row(item.index)}
            focused={item.index === focus}
            selected={selection.has(row(item.index)?.id ?? -1)}
            onToggle={(r) => {
              setFocus(item.index);
              setAnchor(item.index);
              onToggle([r]);
            }}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  index: number;
  top: number;
  height: number;
  row: AssetRow | undefined;
  focused: boolean;
  selected: boolean;
  onToggle: (row: AssetRow) => void;
}

function Row({ index, top, height, row, focused, selected, onToggle }: RowProps) {
  const now = useNow();
  const className = ["tr", selected && "sel", focused && "foc"].filter(Boolean).join(" ");
  return (
    <div
      role="row"
      tabIndex={-1}
      id={`row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={className}
      style={{ height, transform: `translateY(${top}px)` }}
    >
      {row === undefined ? (
        <span role="gridcell" tabIndex={-1} className="waiting dim">
          …
        </span>
      ) : (
        <>
          <span role="gridcell" tabIndex={-1} className="g-box">
            <input
              type="checkbox"
              tabIndex={-1}
              aria-label={`Select ${row.name}`}
              checked={selected}
              onChange={() => onToggle(row)}
            />
          </span>
          <span role="gridcell" tabIndex={-1} className="g-name el m">
            <Link className="n" to={`/machines/${row.id}`} tabIndex={-1} title={row.name}>
              {row.name}
            </Link>
          </span>
          <span role="gridcell" tabIndex={-1} className="g-addr mut el">
            {row.address}
          </span>
          <span role="gridcell" tabIndex={-1} className="g-place mut el" title={row.place}>
            {row.place}
          </span>
          <span role="gridcell" tabIndex={-1} className="g-os mut el" title={row.os}>
            {row.os}
          </span>
          <span role="gridcell" tabIndex={-1} className="g-disp">
            {row.retired_at_ms ? (
              <span className="d t-retired">
                <Mark tone="retired" />
                <span>Retired</span>
              </span>
            ) : (
              <Word disposition={row.disposition} />
            )}
          </span>
          <span role="gridcell" tabIndex={-1} className="g-why el" title={row.because}>
            {row.because}
          </span>
          <span role="gridcell" tabIndex={-1} className="g-age age r">
            {row.evidence_at_ms ? age(now - row.evidence_at_ms) : "never"}
          </span>
          <span role="gridcell" tabIndex={-1} className="g-next mut el" title={row.next}>
            {row.next}
          </span>
        </>
      )}
    </div>
  );
}
