// SPDX-License-Identifier: Apache-2.0
import { type ReactNode, useState } from "react";
import type { CurvePoint } from "../api";
import { sumOf } from "../kit/disposition";
import { clock, count, weekdayClock } from "../kit/format";
import { Mark } from "../kit/mark";
import { type CurveFrame, chartBox, infectedCurve, openCurve } from "./curve";
import { useWidth } from "./use_width";

function Grid({ frame, left, right }: { frame: CurveFrame; left: number; right: number }) {
  return (
    <g aria-hidden="true">
      {frame.y.map((tick) => (
        <g key={tick.value}>
          <path d={`M${left} ${tick.at.toFixed(1)}H${right}`} stroke="var(--rule)" />
          <text x={left - 6} y={tick.at + 4} textAnchor="end" className="fa">
            {count(tick.value)}
          </text>
        </g>
      ))}
      {frame.x.map((tick) => (
        <g key={tick.at}>
          <path d={`M${tick.x.toFixed(1)} 14V${frame.base}`} stroke="var(--rule)" />
          {tick.x > left + 12 && tick.x < right - 8 && (
            <text x={tick.x} y={frame.base + 16} textAnchor="middle" className="fa">
              {tick.label}
            </text>
          )}
        </g>
      ))}
    </g>
  );
}

interface ChartProps {
  title: string;
  note?: ReactNode;
  rows: readonly CurvePoint[];
  columns: readonly { name: string; of: (point: CurvePoint) => number }[];
  children: ReactNode;
}

// Each figure is also a table, for who can't see it or wants the numbers.
function Chart({ title, note, rows, columns, children }: ChartProps) {
  const [table, setTable] = useState(false);
  return (
    <section>
      <div className="hd">
        <h2>{title}</h2>
        {note && <span className="sm mut d">{note}</span>}
        <span className="age">
          <button type="button" className="n plain" aria-pressed={table} onClick={() => setTable(!table)}>
            {table ? "figure" : "table"}
          </button>
        </span>
      </div>
      {table ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key
        <section className="figure-table" tabIndex={0} aria-label={`${title}, as a table`}>
          <table>
            <thead>
              <tr>
                <th scope="col">When</th>
                {columns.map((c) => (
                  <th key={c.name} scope="col" className="r">
                    {c.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.toReversed().map((p) => (
                <tr key={p.at_ms}>
                  <td>{weekdayClock(p.at_ms)}</td>
                  {columns.map((c) => (
                    <td key={c.name} className="r">
                      {count(c.of(p))}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : (
        children
      )}
    </section>
  );
}

const height = 226;
const openOf = (p: CurvePoint) => sumOf(p.counts, "open");

export function OpenFigure({ curve, now }: { curve: readonly CurvePoint[]; now: number }) {
  const [ref, width] = useWidth<HTMLDivElement>(500);
  const box = chartBox(width, height, 38);
  const c = openCurve(curve, now, box);
  const right = width - box.right;
  return (
    <Chart
      title="Open machines"
      rows={curve}
      columns={[
        { name: "Open", of: openOf },
        { name: "On the books", of: (p) => p.on_books },
      ]}
    >
      <div ref={ref}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`Open machines since ${weekdayClock(curve[0]?.at_ms ?? now)}; now ${count(c.last.count)}`}
        >
          <Grid frame={c} left={box.left} right={right} />
          <path d={c.line} fill="none" stroke="var(--ink)" strokeWidth="1.8" strokeLinejoin="round" />
          <circle cx={c.last.x} cy={c.last.y} r="3.4" fill="var(--bg)" stroke="var(--ink)" strokeWidth="1.8" />
          <text x={right - 8} y={c.label} textAnchor="end" className="ft b halo">
            {count(c.last.count)} now
          </text>
        </svg>
      </div>
    </Chart>
  );
}

export function InfectedFigure({ curve, now }: { curve: readonly CurvePoint[]; now: number }) {
  const [ref, width] = useWidth<HTMLDivElement>(332);
  const box = chartBox(width, height, 30);
  const c = infectedCurve(curve, now, box);
  const right = width - box.right;
  const anchor = c.peak && c.peak.x > right - 60 ? "end" : c.peak && c.peak.x < box.left + 60 ? "start" : "middle";
  return (
    <Chart
      title="Infected"
      note={
        c.isolated !== "" && (
          <>
            <Mark tone="isolated" size={11} />
            isolated, hatched
          </>
        )
      }
      rows={curve}
      columns={[
        { name: "On the network", of: (p) => p.counts.infected },
        { name: "Isolated", of: (p) => p.counts.infected_isolated },
      ]}
    >
      <div ref={ref}>
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`Infected machines over time; now ${count(c.last.count)} on the network`}
        >
          <Grid frame={c} left={box.left} right={right} />
          <path d={c.network} fill="var(--infected)" />
          {c.isolated !== "" && <path d={c.isolated} fill="url(#p-isolated)" />}
          <path d={c.outline} fill="none" stroke="var(--infected)" strokeWidth="1.2" />
          {c.peak && (
            <text x={c.peak.x} y={c.peak.y - 5} textAnchor={anchor} className="ft halo">
              {count(c.peak.count)} at {clock(c.peak.at)}
            </text>
          )}
          {c.peak && <circle cx={c.last.x} cy={c.last.y} r="3.4" fill="var(--bg)" stroke="var(--infected)" strokeWidth="1.8" />}
          {c.peak === null && (
            <text x={box.left + 8} y={c.base - 8} className="ft">
              none known in this time
            </text>
          )}
        </svg>
      </div>
    </Chart>
  );
}
