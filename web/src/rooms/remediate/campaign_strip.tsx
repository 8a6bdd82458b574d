// SPDX-License-Identifier: Apache-2.0
import type { CampaignSummary } from "../../api";
import { sumOfTasks, TaskBar, TaskMark, taskStates } from "../../figures/task_bar";
import { sentence } from "../../kit/errors";
import { count } from "../../kit/format";
import { Link } from "../../kit/link";
import { Age } from "../../kit/view";
import { stateWords, waveOf, wavesWords } from "./words";

export function TaskLegend({ tasks }: { tasks: CampaignSummary["tasks"] }) {
  return (
    <p className="legend">
      {taskStates
        .filter((state) => tasks[state.id] > 0 || state.id !== "cancelled")
        .map((state) => (
          <span key={state.id} className="d">
            <TaskMark state={state.id} />
            <span>
              <b>{count(tasks[state.id])}</b> {state.word}
            </span>
          </span>
        ))}
    </p>
  );
}

export function CampaignStrip({ campaign: c }: { campaign: CampaignSummary }) {
  return (
    <section>
      <div className="hd">
        <h2>
          <Link className="n" to={`/campaigns/${c.id}`}>
            Campaign {c.id}
          </Link>
        </h2>
        <span className="sm mut">{stateWords[c.state]}</span>
        <span className="age">
          {c.wave === null || c.wave === undefined ? wavesWords(c.waves) : waveOf(c.wave, c.waves)}
          {c.started_at_ms && !c.ended_at_ms && (
            <>
              {" "}
              · <Age at={c.started_at_ms} />
            </>
          )}
        </span>
      </div>
      <TaskBar tasks={c.tasks} />
      <TaskLegend tasks={c.tasks} />
      {c.paused_because && <p className="sm t-vulnerable">{sentence(c.paused_because)}</p>}
      <p className="xs dim">{count(sumOfTasks(c.tasks))} tasks. Verified: a check after the act said so, not the act itself.</p>
    </section>
  );
}
