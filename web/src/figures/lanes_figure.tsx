// SPDX-License-Identifier: Apache-2.0
import type { EvidenceRow, StoryRow } from "../api";
import { weekdayClock } from "../kit/format";
import { fillOf, isPattern } from "../kit/mark";
import { lanes } from "./lanes";
import { useWidth } from "./use_width";

export function LanesFigure({
  story,
  evidence,
  now,
}: {
  story: readonly StoryRow[];
  evidence: readonly EvidenceRow[];
  now: number;
}) {
  const [ref, width] = useWidth<HTMLDivElement>(846);
  const l = lanes(story, evidence, now, width);
  const last = l.lanes
    .map((lane) => `${lane.label} ${lane.segments.at(-1)?.word.replaceAll("_", " ") ?? "no answer"}`)
    .join("; ");
  return (
    <div ref={ref} className="lanes">
      <svg width={width} height="80" role="img" aria-label={`Answers over time. At the end: ${last}`}>
        {l.lanes.map((lane, i) => (
          <g key={lane.label}>
            <text x="0" y={i * 20 + 13} className="ft">
              {lane.label}
            </text>
            {lane.segments.length === 0 && (
              <rect
                x={l.left}
                y={i * 20 + 2.5}
                width={Math.max(0, width - l.left - 1)}
                height="12"
                fill="none"
                stroke="var(--rule-2)"
                strokeDasharray="2 2"
              />
            )}
            {lane.segments.map((s) => (
              <rect
                key={s.from}
                x={s.x}
                y={i * 20 + 2}
                width={s.width}
                height="13"
                fill={fillOf(s.tone)}
                {...(isPattern(s.tone) ? { stroke: `var(--${s.tone})`, strokeWidth: 0.6 } : {})}
              >
                <title>{`${s.word.replaceAll("_", " ")}, ${weekdayClock(s.from)} to ${weekdayClock(s.to)}`}</title>
              </rect>
            ))}
          </g>
        ))}
        {l.ticks.map((tick) => (
          <text
            key={tick.at}
            x={tick.x}
            y="74"
            textAnchor={tick.x < l.left + 20 ? "start" : tick.x > width - 20 ? "end" : "middle"}
            className="fa"
          >
            {tick.label}
          </text>
        ))}
      </svg>
    </div>
  );
}
