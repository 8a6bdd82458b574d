// SPDX-License-Identifier: Apache-2.0
// Tasks with their attempts, and each attempt with its steps as the journal has them.
import { useState } from "react";
import type { Attempt, Task } from "../../api";
import { TaskMark } from "../../figures/task_bar";
import { age, clock, clockSeconds, count, moment, words } from "../../kit/format";
import { Link } from "../../kit/link";
import { Word } from "../../kit/mark";
import { useNow } from "../../kit/now";
import { attemptWord, attemptWords, reasonWords, waveName } from "./words";

interface TaskTableProps {
  title: string;
  tasks: Task[];
  by: "machine" | "campaign";
  open?: boolean;
  note?: string;
}

const shownFirst = 200;

export function TaskTable({ title, tasks, by, open, note }: TaskTableProps) {
  const [all, setAll] = useState(false);
  const shown = all ? tasks : tasks.slice(0, shownFirst);
  return (
    <section>
      <div className="hd">
        <h2>{title}</h2>
        {note && <span className="sm mut wide-only">{note}</span>}
        <span className="age">{count(tasks.length)}</span>
      </div>
      <table className="tasks">
        <thead>
          <tr>
            <th scope="col">{by === "machine" ? "Machine" : "Campaign"}</th>
            <th scope="col">Wave</th>
            <th scope="col">Planned as</th>
            <th scope="col">State</th>
            <th scope="col">Because</th>
            <th scope="col">Attempts</th>
          </tr>
        </thead>
        {shown.map((task) => (
          <TaskRows key={task.id} task={task} by={by} open={open ?? false} />
        ))}
      </table>
      {tasks.length > shown.length && (
        <button type="button" className="plain n sm mut" onClick={() => setAll(true)}>
          Show all {count(tasks.length)}
        </button>
      )}
    </section>
  );
}

function TaskRows({ task, by, open: first }: { task: Task; by: "machine" | "campaign"; open: boolean }) {
  const [open, setOpen] = useState(first);
  const last = task.attempts.at(-1);
  return (
    <tbody>
      <tr>
        <th scope="row" className="el">
          {by === "machine" ? (
            <Link className="n m" to={`/machines/${task.asset}`}>
              {task.asset_name}
            </Link>
          ) : (
            <Link className="n m" to={`/campaigns/${task.campaign}`}>
              Campaign {task.campaign}
            </Link>
          )}
        </th>
        <td className="mut nw">{waveName(task.wave)}</td>
        <td>
          <Word disposition={task.planned_as} short />
        </td>
        <td>
          <span className="d nw">
            <TaskMark state={task.state} />
            {words(task.state)}
          </span>
        </td>
        <td className="wrapc">
          {task.state === "needs_hands" && <b className="m">{reasonWords(task.reason)}</b>}
          {task.because !== "" && (
            <span className="mut">
              {task.state === "needs_hands" ? ": " : ""}
              {task.because}
            </span>
          )}
        </td>
        <td className="nw">
          {last ? (
            <button type="button" className="plain n" aria-expanded={open} onClick={() => setOpen(!open)}>
              {count(task.attempts.length)}, {attemptWord(last.state)}
            </button>
          ) : (
            <span className="dim">none yet</span>
          )}
        </td>
      </tr>
      {open && task.attempts.length > 0 && (
        <tr className="steps-row">
          <td colSpan={6}>
            {task.attempts.map((attempt) => (
              <AttemptSteps key={attempt.id} attempt={attempt} />
            ))}
          </td>
        </tr>
      )}
    </tbody>
  );
}

function AttemptSteps({ attempt }: { attempt: Attempt }) {
  const now = useNow();
  return (
    <div className="attempt">
      <p>
        <b className="m">Attempt {attempt.number}</b>{" "}
        <span className="mut">
          {attemptWords(attempt.state)}
          {attempt.because ? `: ${attempt.because}` : ""}
        </span>
        <span className="age end">
          {moment(attempt.created_at_ms, now)}
          {attempt.ended_at_ms
            ? `, took ${age(attempt.ended_at_ms - attempt.created_at_ms)}`
            : `, for ${age(now - attempt.created_at_ms)}`}
        </span>
      </p>
      {(attempt.steps ?? []).length > 0 && (
        <ol className="steps">
          {(attempt.steps ?? []).map((step, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the journal only grows
            <li key={i}>
              <time title={clock(step.at_ms)}>{clockSeconds(step.at_ms)}</time>
              <span className="m">{step.step}</span>
              <span className="mut">
                {words(step.event)}
                {step.exit_code === null || step.exit_code === undefined ? "" : `, exit ${step.exit_code}`}
              </span>
              <span className="mono wrap mut">{step.said ?? ""}</span>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
