// SPDX-License-Identifier: Apache-2.0
import type { Counts } from "../api";
import { count } from "../kit/format";
import { fillOf, isPattern } from "../kit/mark";
import { booksBar, type Segment } from "./books_bar";
import { useWidth } from "./use_width";

function Rect({ segment, y, height }: { segment: Segment; y: number; height: number }) {
  const { tone, word } = segment.look;
  const inset = isPattern(tone) ? 0.4 : 0;
  return (
    <rect
      x={segment.x + inset}
      y={y + inset}
      width={Math.max(0.5, segment.width - 2 * inset)}
      height={height - 2 * inset}
      fill={fillOf(tone)}
      {...(isPattern(tone) ? { stroke: `var(--${tone})`, strokeWidth: 0.8 } : {})}
    >
      <title>{`${word}: ${count(segment.count)}`}</title>
    </rect>
  );
}

export function BooksFigure({ counts }: { counts: Counts }) {
  const [ref, width] = useWidth<HTMLDivElement>(864);
  const bar = booksBar(counts, width);
  const { open, done, exempt, all } = bar.sums;
  const label = `The ${count(all)} machines on the books: ${count(open)} open, ${count(done)} done, ${count(exempt)} accepted risk${open > 0 ? "; the open ones magnified below" : ""}`;
  const doneX = bar.doneStart === null ? 0 : Math.max(bar.doneStart, open > 0 ? 66 : 0);
  const zoom = open > 0 && open < all;
  return (
    <div ref={ref} className="books-figure">
      <svg width={width} height={zoom ? 96 : 40} role="img" aria-label={label}>
        {open > 0 && (
          <text x="0" y="11" className="ft b">
            {count(open)} open
          </text>
        )}
        {done > 0 && doneX < width - 150 && (
          <text x={doneX} y="11" className="ft">
            {count(done)} done
          </text>
        )}
        {done > 0 && doneX >= width - 150 && exempt === 0 && (
          <text x={width} y="11" textAnchor="end" className="ft">
            {count(done)} done
          </text>
        )}
        {bar.exemptCentre !== null && (
          <>
            <path d={`M${bar.exemptCentre} 13v4`} stroke="var(--exempt)" strokeWidth="1.2" />
            <text x={width} y="11" textAnchor="end" className="ft">
              {count(exempt)} accepted risk
            </text>
          </>
        )}
        {bar.whole.map((s) => (
          <Rect key={s.look.id} segment={s} y={18} height={20} />
        ))}
        {zoom && (
          <>
            <path d={`M0 40V59H${width}L${bar.openEnd.toFixed(1)} 40Z`} fill="var(--band-2)" />
            {bar.open.map((s) => (
              <Rect key={s.look.id} segment={s} y={62} height={34} />
            ))}
          </>
        )}
      </svg>
    </div>
  );
}

// The open machines of one place, against the place with the most.
export function OpenBar({ counts, most, width = 128 }: { counts: Counts; most: number; width?: number }) {
  const open = booksBar(counts, 1).sums.open;
  if (open === 0) return <svg width={width} height="13" aria-hidden="true" />;
  const bar = booksBar(counts, Math.max(4, (open / Math.max(1, most)) * width));
  return (
    <svg width={width} height="13" aria-hidden="true">
      {bar.open.map((s) => (
        <Rect key={s.look.id} segment={s} y={1} height={11} />
      ))}
    </svg>
  );
}
