// SPDX-License-Identifier: Apache-2.0
// One campaign, live: how many in each state, what is stuck and why, the waves and their gates, every task.
import { useState } from "react";
import type { Campaign, Task } from "../../api";
import { TaskBar } from "../../figures/task_bar";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { sentence } from "../../kit/errors";
import { Trouble } from "../../kit/form";
import { age, count, moment, shortHash } from "../../kit/format";
import { useShortcuts } from "../../kit/keyboard";
import { Link } from "../../kit/link";
import { useNow, useTitle } from "../../kit/now";
import { Age, View } from "../../kit/view";
import { useMe } from "../incident/queries";
import { pathOfVersion } from "../playbook/versions";
import { useEnd, usePause, useResume, useRetry, useStart } from "./actions";
import { CampaignDecision } from "./campaign_decision";
import { TaskLegend } from "./campaign_strip";
import { useCampaign } from "./queries";
import { TaskTable } from "./task_table";
import { attemptWords, reasonWords, sayCampaign, stateWords, waveName, waveStates, whenOf } from "./words";

export function CampaignPage({ id }: { id: number }) {
  useTitle(`Campaign ${id}`);
  return (
    <View asked={useCampaign(id)} what="this campaign">
      {(campaign) => <CampaignView campaign={campaign} />}
    </View>
  );
}

const order: Record<Task["state"], number> = { open: 0, needs_hands: 1, verified: 2, cancelled: 3 };

function CampaignView({ campaign }: { campaign: Campaign }) {
  const { summary: c } = campaign;
  const t = useNow();
  const tasks = campaign.tasks.toSorted(
    (a, b) => order[a.state] - order[b.state] || a.wave - b.wave || a.asset_name.localeCompare(b.asset_name),
  );
  return (
    <>
      <header className="mh">
        <h1>Campaign {c.id}</h1>
        <p className="why">{sayCampaign(campaign)}</p>
        <p className="facts">
          <b>{stateWords[c.state]}</b>
          <span>asked by {c.asked_by}</span>
          <span>{c.approved_by ? `approved by ${c.approved_by}` : "not approved"}</span>
          <span>
            <Link className="n" to={pathOfVersion(campaign.playbook.sha256)}>
              {campaign.playbook.id} v{campaign.playbook.version}
            </Link>
          </span>
          <span className="mono" title={campaign.plan_hash}>
            plan {shortHash(campaign.plan_hash)}
          </span>
          {c.started_at_ms ? (
            <span>
              started {moment(c.started_at_ms, t)}
              {c.ended_at_ms ? `, took ${age(c.ended_at_ms - c.started_at_ms)}` : ""}
            </span>
          ) : (
            <span>planned {moment(c.created_at_ms, t)}</span>
          )}
        </p>
      </header>
      <div className="g">
        <div className="c1">
          <section>
            <div className="hd">
              <h2>Tasks</h2>
              <span className="sm mut wide-only">verified: a check after the act said so</span>
              <span className="age">
                <Age at={campaign.as_of_ms} from=" old" />
              </span>
            </div>
            <TaskBar tasks={c.tasks} height={30} />
            <TaskLegend tasks={c.tasks} />
          </section>
          <Stuck campaign={campaign} />
          <TaskTable title="Every task" tasks={tasks} by="machine" note="open first" />
        </div>
        <aside className="c2" aria-label="What can be done, and the waves">
          <CampaignButtons campaign={campaign} />
          <Waves campaign={campaign} />
          <Attempts attempts={campaign.attempts} />
          {campaign.notes.length > 0 && (
            <section>
              <div className="hd">
                <h2>Not carried out by this plan</h2>
              </div>
              {campaign.notes.map((note) => (
                <p key={note} className="sm mut reason">
                  {sentence(note)}
                </p>
              ))}
            </section>
          )}
        </aside>
      </div>
    </>
  );
}

// What doesn't move by itself, grouped by why.
function Stuck({ campaign }: { campaign: Campaign }) {
  const groups = new Map<string, Task[]>();
  for (const task of campaign.tasks) {
    if (task.state !== "needs_hands") continue;
    groups.set(task.reason, [...(groups.get(task.reason) ?? []), task]);
  }
  const unknown = campaign.tasks.filter((task) => task.attempts.at(-1)?.state === "fate_unknown" && task.state === "open");
  if (groups.size === 0 && unknown.length === 0 && !campaign.summary.paused_because) return null;
  return (
    <section>
      <div className="hd">
        <h2>What is stuck, and why</h2>
      </div>
      <table className="stuck">
        <tbody>
          {campaign.summary.paused_because && (
            <tr>
              <td className="r b">all</td>
              <td className="m">Paused</td>
              <td className="mut wrapc">{sentence(campaign.summary.paused_because)}</td>
            </tr>
          )}
          {unknown.length > 0 && (
            <tr>
              <td className="r b">{count(unknown.length)}</td>
              <td className="m">Fate unknown</td>
              <td className="mut wrapc">The machine is asked how its last step ended, before anything runs there again.</td>
            </tr>
          )}
          {[...groups]
            .toSorted((a, b) => b[1].length - a[1].length)
            .map(([reason, tasks]) => (
              <tr key={reason}>
                <td className="r b">{count(tasks.length)}</td>
                <td className="m wrapc">{reasonWords(reason)}</td>
                <td className="mut wrapc">
                  {tasks.slice(0, 6).map((task, i) => (
                    <span key={task.id}>
                      {i > 0 && ", "}
                      <Link className="n" to={`/machines/${task.asset}`}>
                        {task.asset_name}
                      </Link>
                    </span>
                  ))}
                  {tasks.length > 6 && ` and ${count(tasks.length - 6)} more`}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

function Waves({ campaign }: { campaign: Campaign }) {
  const t = useNow();
  return (
    <section>
      <div className="hd">
        <h2>Waves</h2>
        <span className="age">each has its gate</span>
      </div>
      <ol className="waves">
        {campaign.waves.map((wave) => (
          <li key={wave.number}>
            <div className="q">
              <b className="m">{waveName(wave.number)}</b>
              <span className={wave.state === "gated" ? "sm t-vulnerable m" : "sm mut"}>{waveStates[wave.state]}</span>
              <span className="age end">{whenOf(wave, t)}</span>
            </div>
            <TaskBar tasks={wave.tasks} height={10} />
            {wave.gated_because && <p className="sm mut">{sentence(wave.gated_because)}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

const calm = ["queued", "sent", "running", "succeeded"];

function Attempts({ attempts }: { attempts: Record<string, number> }) {
  const states = Object.entries(attempts).filter(([, n]) => n > 0);
  if (states.length === 0) return null;
  const sum = states.reduce((n, [, k]) => n + k, 0);
  return (
    <section>
      <div className="hd">
        <h2>Attempts</h2>
        <span className="age">{count(sum)} in all</span>
      </div>
      <table className="counts">
        <tbody>
          {states
            .toSorted((a, b) => calm.indexOf(b[0]) - calm.indexOf(a[0]) || b[1] - a[1])
            .map(([state, n]) => (
              <tr key={state}>
                <td>{attemptWords(state)}</td>
                <td className="r b">{count(n)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

type Opened = "approve" | "start" | "settle" | "stop" | null;

function CampaignButtons({ campaign }: { campaign: Campaign }) {
  const { summary: c } = campaign;
  const me = useMe().data;
  const [opened, setOpened] = useState<Opened>(null);
  const close = () => setOpened(null);
  const pause = usePause();
  const resume = useResume();
  const retry = useRetry();
  const end = useEnd(close);
  const start = useStart(close);
  const may = (operation: string) => c.allowed.includes(operation);
  const gated = campaign.waves.find((wave) => wave.state === "gated");
  const trouble = [pause, resume, retry].find((act) => act.trouble)?.trouble;
  const failed = c.tasks.needs_hands;
  // Whose plan it is decides alone whether they may approve it; the server refuses in any case.
  const own = me?.person.name === c.asked_by;
  useShortcuts("This campaign", [
    ...(may("approveCampaign") ? [{ keys: "a", what: "Approve", run: () => setOpened("approve") }] : []),
    ...(may("startCampaign") ? [{ keys: "s", what: "Start", run: () => setOpened("start") }] : []),
    ...(gated && may("settleWave") ? [{ keys: "1", what: "Review the gate", run: () => setOpened("settle") }] : []),
    { keys: "u", what: "Back to the campaigns", run: () => history.back() },
  ]);
  return (
    <section>
      <div className="hd">
        <h2>What can be done</h2>
      </div>
      <div className="acts">
        {c.state === "draft" && (
          <Press kind="main" keyHint="a" disabled={!may("approveCampaign")} onPress={() => setOpened("approve")}>
            Approve…
          </Press>
        )}
        {may("startCampaign") && (
          <Press kind="main" keyHint="s" onPress={() => setOpened("start")}>
            Start…
          </Press>
        )}
        {gated && may("settleWave") && (
          <Press kind="main" keyHint="1" onPress={() => setOpened("settle")}>
            Review gate
          </Press>
        )}
        {may("resumeCampaign") && (
          <Press kind={gated ? "plain" : "main"} pending={resume.pending} onPress={() => resume.run(c.id)}>
            Go on
          </Press>
        )}
        {may("pauseCampaign") && (
          <Press pending={pause.pending} onPress={() => pause.run(c.id)}>
            Pause
          </Press>
        )}
        {may("retryCampaign") && (
          <Press pending={retry.pending} onPress={() => retry.run(c.id)}>
            Plan again, only the {count(failed)} that failed
          </Press>
        )}
        {may("stopCampaign") && (
          <Press kind="danger" onPress={() => setOpened("stop")}>
            End…
          </Press>
        )}
      </div>
      {c.state === "draft" && !may("approveCampaign") && (
        <p className="sm mut reason">
          {own
            ? "You asked for this plan, so another person approves it: an owner or a deputy, under their own sign-in."
            : "An owner or a deputy approves it; your role may not."}
        </p>
      )}
      {c.allowed.length === 0 && c.state !== "draft" && (
        <p className="sm mut">
          {c.state === "done" || c.state === "stopped"
            ? "It has ended; nothing more can be done with it."
            : "It is steered by the owner or a deputy."}
        </p>
      )}
      {trouble && <Trouble>{trouble}</Trouble>}
      <Sheet title={`Approve the plan of campaign ${c.id}`} open={opened === "approve"} onClose={close} wide>
        <p className="mut">
          You approve this plan, this playbook and its files, by their hash. If any of them changes, the approval is void.
        </p>
        <CampaignDecision id={c.id} kind="campaign_approval" onClose={close} />
      </Sheet>
      <Sheet title={`Review the gate of campaign ${c.id}`} open={opened === "settle"} onClose={close} wide>
        <CampaignDecision id={c.id} kind="gated_wave" onClose={close} />
      </Sheet>
      <Sheet title={`Start campaign ${c.id}`} open={opened === "start"} onClose={close}>
        <p>
          It starts with the canary: {count(campaign.waves.find((w) => w.number === 0)?.tasks.open ?? 0)} of{" "}
          {count(c.tasks.open + c.tasks.verified + c.tasks.needs_hands + c.tasks.cancelled)} machines. A later wave starts when
          the gate of the one before it has passed.
        </p>
        {start.trouble && <Trouble>{start.trouble}</Trouble>}
        <Acts>
          <Press kind="main" pending={start.pending} onPress={() => start.run(c.id)}>
            Start with the canary
          </Press>
          <Press onPress={close}>Leave it as it is</Press>
        </Acts>
      </Sheet>
      <Sheet title={`End campaign ${c.id}`} open={opened === "stop"} onClose={close} alert>
        <p>
          {count(c.tasks.open)} open tasks are cancelled and no further step begins. Steps that run now end by themselves and are
          recorded. An ended campaign can't be started again; its failed machines can be planned anew.
        </p>
        {end.trouble && <Trouble>{end.trouble}</Trouble>}
        <Acts>
          <Press kind="danger" pending={end.pending} onPress={() => end.run(c.id)}>
            End campaign {c.id}
          </Press>
          <Press onPress={close}>Leave it as it is</Press>
        </Acts>
      </Sheet>
    </section>
  );
}
