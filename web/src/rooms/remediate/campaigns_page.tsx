// SPDX-License-Identifier: Apache-2.0
import { TaskBar } from "../../figures/task_bar";
import { Press } from "../../kit/button";
import { Trouble } from "../../kit/form";
import { count, moment } from "../../kit/format";
import { Link } from "../../kit/link";
import { useNow, useTitle } from "../../kit/now";
import { View } from "../../kit/view";
import { useMe } from "../incident/queries";
import { usePlan } from "./actions";
import { TaskLegend } from "./campaign_strip";
import { useCampaigns } from "./queries";
import { stateWords, waveOf } from "./words";

export function CampaignsPage() {
  useTitle("Campaigns");
  const asked = useCampaigns();
  const t = useNow();
  return (
    <View
      asked={asked}
      what="the campaigns"
      empty={({ campaigns }) =>
        campaigns.length > 0
          ? null
          : {
              title: "No campaign yet",
              children: (
                <>
                  <p>
                    A campaign cleans and patches machines, in waves, after another person approved its plan. First step: make a
                    plan. It touches nothing.
                  </p>
                  <PlanButton />
                </>
              ),
            }
      }
    >
      {({ campaigns }) => (
        <div className="page">
          <div className="page-head">
            <h1>
              {count(campaigns.length)} {campaigns.length === 1 ? "campaign" : "campaigns"}
            </h1>
            <PlanButton />
          </div>
          <ol className="big-list">
            {campaigns.map((c) => (
              <li key={c.id}>
                <div className="hd">
                  <h2>
                    <Link className="n" to={`/campaigns/${c.id}`}>
                      Campaign {c.id}
                    </Link>
                  </h2>
                  <span className="sm mut">
                    {stateWords[c.state]}
                    {c.wave !== null && c.wave !== undefined && (c.state === "running" || c.state === "paused")
                      ? `, ${waveOf(c.wave, c.waves)}`
                      : ""}
                  </span>
                  <span className="age">
                    asked by {c.asked_by}
                    {c.approved_by ? `, approved by ${c.approved_by}` : ""} · {moment(c.created_at_ms, t)}
                  </span>
                </div>
                <TaskBar tasks={c.tasks} />
                <TaskLegend tasks={c.tasks} />
                {c.paused_because && <p className="sm t-vulnerable">{c.paused_because}</p>}
              </li>
            ))}
          </ol>
        </div>
      )}
    </View>
  );
}

function PlanButton() {
  const rights = useMe().data?.rights ?? [];
  const plan = usePlan();
  if (!rights.includes("ask")) return <span className="sm mut">Plans are made by a lead, a deputy or the owner.</span>;
  return (
    <div className="plan-act">
      <Press kind="main" pending={plan.pending} onPress={() => plan.run(null)}>
        Plan for all open machines
      </Press>
      <span className="sm mut">Infected, vulnerable and unknown ones that don't already need hands.</span>
      {plan.trouble && <Trouble>{plan.trouble}</Trouble>}
    </div>
  );
}
