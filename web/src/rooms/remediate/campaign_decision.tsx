// SPDX-License-Identifier: Apache-2.0
// The decisions about a campaign: approve its plan, start it, settle a gate, go on or end. The plan's hash is shown and sent, so
// that what is approved is what was read.
import { useState } from "react";
import type { Campaign, Decision } from "../../api";
import { TaskBar } from "../../figures/task_bar";
import { Press } from "../../kit/button";
import { Acts } from "../../kit/dialog";
import { sentence } from "../../kit/errors";
import { Field, Trouble } from "../../kit/form";
import { count, shortHash } from "../../kit/format";
import { Link } from "../../kit/link";
import { View } from "../../kit/view";
import { pathOfVersion } from "../playbook/versions";
import { useApprove, useEnd, useResume, useSettle, useStart } from "./actions";
import { TaskLegend } from "./campaign_strip";
import { useCampaign } from "./queries";
import { waveName, wavesWords } from "./words";

type Kind = Extract<Decision["kind"], "campaign_approval" | "campaign_start" | "gated_wave" | "paused_campaign">;
interface Props {
  id: number;
  kind: Kind;
  wave?: number | undefined; // the gated one
  onClose: () => void;
}

export function CampaignDecision({ id, kind, wave, onClose }: Props) {
  return (
    <View inside asked={useCampaign(id)} what="the campaign">
      {(campaign) => (
        <>
          <Plan campaign={campaign} />
          <CampaignActs campaign={campaign} kind={kind} wave={wave} onClose={onClose} />
        </>
      )}
    </View>
  );
}

export function Plan({ campaign: c }: { campaign: Campaign }) {
  const all = c.summary.tasks.open + c.summary.tasks.verified + c.summary.tasks.needs_hands + c.summary.tasks.cancelled;
  return (
    <>
      <dl className="facts-list">
        <dt>Campaign</dt>
        <dd>
          <Link className="n" to={`/campaigns/${c.summary.id}`}>
            {c.summary.id}
          </Link>
          , {count(all)} machines in {wavesWords(c.summary.waves)}, asked by {c.summary.asked_by}
        </dd>
        <dt>Playbook</dt>
        <dd>
          <Link className="n" to={pathOfVersion(c.playbook.sha256)}>
            {c.playbook.id} v{c.playbook.version}
          </Link>{" "}
          <span className="mono dim" title={c.playbook.sha256}>
            {shortHash(c.playbook.sha256)}
          </span>
        </dd>
        <dt>Plan</dt>
        <dd className="mono" title={c.plan_hash}>
          {shortHash(c.plan_hash)}
        </dd>
      </dl>
      <TaskBar tasks={c.summary.tasks} />
      <TaskLegend tasks={c.summary.tasks} />
      {c.notes.length > 0 && (
        <div className="note">
          <b>Not carried out by this plan</b>
          <ul>
            {c.notes.map((note) => (
              <li key={note}>{sentence(note)}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function CampaignActs({ campaign, kind, wave, onClose }: Omit<Props, "id"> & { campaign: Campaign }) {
  const id = campaign.summary.id;
  const approve = useApprove(onClose);
  const start = useStart(onClose);
  const settle = useSettle(onClose);
  const resume = useResume(onClose);
  const end = useEnd(onClose);
  const [reason, setReason] = useState("");
  const may = (operation: string) => campaign.summary.allowed.includes(operation);
  const trouble = [approve, start, settle, resume, end].find((act) => act.trouble)?.trouble;
  const gated = campaign.waves.find((w) => w.state === "gated" && (wave === undefined || w.number === wave));
  const leave = <Press onPress={onClose}>Leave it as it is</Press>;
  return (
    <>
      {kind === "gated_wave" && gated && (
        <p className="note warn">
          <b>{waveName(gated.number)}:</b> {sentence(gated.gated_because ?? "held by its gate")} {count(gated.tasks.verified)}{" "}
          verified, {count(gated.tasks.open)} open, {count(gated.tasks.needs_hands)} need hands.
        </p>
      )}
      {kind === "gated_wave" && !gated && <p className="mut">No wave is held any more.</p>}
      {kind === "gated_wave" && gated && may("settleWave") && (
        <Field label="Reason, for the ledger" value={reason} onChange={setReason} required lines={2} />
      )}
      {kind === "paused_campaign" && campaign.summary.paused_because && (
        <p className="note warn">{sentence(campaign.summary.paused_because)}</p>
      )}
      {trouble && <Trouble>{trouble}</Trouble>}
      <Acts>
        {kind === "campaign_approval" && may("approveCampaign") && (
          <Press kind="main" pending={approve.pending} onPress={() => approve.run({ id, plan_hash: campaign.plan_hash })}>
            Approve plan {campaign.plan_hash.slice(0, 8)}
          </Press>
        )}
        {kind === "campaign_start" && may("startCampaign") && (
          <Press kind="main" pending={start.pending} onPress={() => start.run(id)}>
            Start with the canary
          </Press>
        )}
        {kind === "gated_wave" && gated && may("settleWave") && (
          <>
            <Press
              kind="main"
              pending={settle.pending}
              disabled={reason.trim() === ""}
              onPress={() => settle.run({ id, wave: gated.number, decision: "pass", reason: reason.trim() })}
            >
              Pass the gate
            </Press>
            <Press
              kind="danger"
              pending={settle.pending}
              disabled={reason.trim() === ""}
              onPress={() => settle.run({ id, wave: gated.number, decision: "stop", reason: reason.trim() })}
            >
              Stop the campaign
            </Press>
          </>
        )}
        {kind === "paused_campaign" && may("resumeCampaign") && (
          <Press kind="main" pending={resume.pending} onPress={() => resume.run(id)}>
            Go on
          </Press>
        )}
        {kind === "paused_campaign" && may("stopCampaign") && (
          <Press kind="danger" pending={end.pending} onPress={() => end.run(id)}>
            End the campaign
          </Press>
        )}
        {leave}
      </Acts>
    </>
  );
}
