// SPDX-License-Identifier: Apache-2.0
// The evidence, by how it counts now. Above the dashes what speaks; below, in words, what decides nothing and why.
import { useState } from "react";
import type { EvidenceRow } from "../../api";
import { toneOfVerdict } from "../../kit/disposition";
import { age, count, span, words } from "../../kit/format";
import { Mark } from "../../kit/mark";
import { useNow } from "../../kit/now";

const shownFirst = 12;
const decides = new Set<EvidenceRow["counts"]>(["speaks", "agrees"]);

const silent: Record<Exclude<EvidenceRow["counts"], "speaks" | "agrees">, string> = {
  newer_answer: "a newer answer stands",
  outranked: "outranked by our own look",
  history: "history: before the last act",
  expired: "too old",
  no_answer: "no answer",
};

export function EvidenceTable({
  evidence,
  asOf,
  vulnerability,
  infection,
}: {
  evidence: EvidenceRow[];
  asOf: number;
  vulnerability: string;
  infection: string;
}) {
  const rows = evidence.toSorted((a, b) => b.taken_at_ms - a.taken_at_ms);
  const speaking = rows.filter((row) => decides.has(row.counts));
  const other = rows.filter((row) => !decides.has(row.counts));
  const [all, setAll] = useState(false);
  const shown = all ? other : other.slice(0, shownFirst);
  return (
    <section>
      <div className="hd">
        <h2>How it is: evidence</h2>
        <span className="sm mut wide-only">
          {other.length > 0 ? "below the dashes: what decides nothing now" : "what decides now"}
        </span>
        <span className="age">
          {words(vulnerability)} · {words(infection)}
        </span>
      </div>
      {rows.length === 0 ? (
        <p className="mut sm">Nobody has looked at it yet, and no list said how it is. It stays unknown until one does.</p>
      ) : (
        <table className="ev">
          <thead>
            <tr>
              <th scope="col">Says</th>
              <th scope="col">Check</th>
              <th scope="col">Answer, as read</th>
              <th scope="col">How</th>
              <th scope="col" className="r">
                Age
              </th>
              <th scope="col" className="r">
                Valid
              </th>
            </tr>
          </thead>
          {speaking.length > 0 && (
            <tbody>
              {speaking.map((row) => (
                <Line key={row.id} row={row} asOf={asOf} />
              ))}
            </tbody>
          )}
          {other.length > 0 && (
            <tbody className="claim">
              {shown.map((row) => (
                <Line key={row.id} row={row} asOf={asOf} />
              ))}
            </tbody>
          )}
        </table>
      )}
      {other.length > shown.length && (
        <button type="button" className="plain n sm mut" onClick={() => setAll(true)}>
          {count(other.length - shown.length)} older answers
        </button>
      )}
      {rows.length > 0 && speaking.length === 0 && (
        <p className="mut sm">None of it decides anything now, so the machine is unknown.</p>
      )}
    </section>
  );
}

function Line({ row, asOf }: { row: EvidenceRow; asOf: number }) {
  const now = useNow();
  const tone = row.counts === "no_answer" ? null : toneOfVerdict(row.says);
  const counts = decides.has(row.counts);
  const left = row.valid_until_ms - asOf;
  return (
    <tr className={counts ? "" : "old"}>
      <td data-label="Says">
        {tone ? (
          <span className={`d t-${tone}`}>
            <Mark tone={tone} />
            {words(row.says).replace(/^./, (c) => c.toUpperCase())}
          </span>
        ) : (
          <span className="mut">{words(row.says)}</span>
        )}
      </td>
      <td className="m wrapc" data-label="Check" title={row.check}>
        {row.title}
      </td>
      <td className="wrapc" data-label="Answer">
        {row.read ? <span className="mono">{row.read}</span> : <span className="mut">{row.because}</span>}
        {row.read && <span className="because">{row.because}</span>}
      </td>
      <td className="mut wrapc" data-label="How">
        {words(row.origin)}
        {row.address ? `, ${row.address}` : ""}
      </td>
      <td className="r" data-label="Age">
        <b className="m nw">{age(now - row.taken_at_ms)}</b>
      </td>
      <td className="age r" data-label="Valid">
        {row.counts === "speaks" || row.counts === "agrees"
          ? left > 0
            ? `for ${span(left)}`
            : "runs out now"
          : silent[row.counts]}
      </td>
    </tr>
  );
}
