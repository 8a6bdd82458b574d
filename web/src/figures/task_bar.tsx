// SPDX-License-Identifier: Apache-2.0
// The tasks of a campaign or wave in their four states, as a bar that always sums. Only what a check has verified is green;
// what needs hands is hatched in ink, as a person must go there.
import type { TaskCounts } from "../api";
import { count } from "../kit/format";
import { partition } from "./partition";
import { useWidth } from "./use_width";

export const taskStates = [
  { id: "verified", word: "verified" },
  { id: "open", word: "open" },
  { id: "needs_hands", word: "needs hands" },
  { id: "cancelled", word: "cancelled" },
] as const;

export const sumOfTasks = (tasks: TaskCounts): number => taskStates.reduce((sum, state) => sum + tasks[state.id], 0);

export function TaskBar({ tasks, height = 14 }: { tasks: TaskCounts; height?: number }) {
  const [ref, width] = useWidth<HTMLDivElement>(300);
  const parts = partition(
    taskStates.map((state) => tasks[state.id]),
    width,
    1,
    3,
  );
  const label = taskStates.map((state) => `${count(tasks[state.id])} ${state.word}`).join(", ");
  return (
    <div ref={ref} className="task-bar">
      <svg width={width} height={height} role="img" aria-label={label}>
        {parts.length === 0 || parts.every((p) => p === null) ? (
          <rect x=".5" y=".5" width={width - 1} height={height - 1} fill="none" stroke="var(--rule-2)" strokeDasharray="2 2" />
        ) : null}
        {taskStates.map((state, i) => {
          const part = parts[i];
          if (!part) return null;
          return (
            <rect
              key={state.id}
              x={part.x + 0.5}
              y=".5"
              width={Math.max(0.5, part.width - 1)}
              height={height - 1}
              className={`task-${state.id}`}
            >
              <title>{`${state.word}: ${count(tasks[state.id])}`}</title>
            </rect>
          );
        })}
      </svg>
    </div>
  );
}

export function TaskMark({ state }: { state: keyof TaskCounts }) {
  return (
    <svg className="mark" width="10" height="10" aria-hidden="true">
      <rect x=".5" y=".5" width="9" height="9" className={`task-${state}`} />
    </svg>
  );
}
