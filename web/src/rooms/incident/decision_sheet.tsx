// SPDX-License-Identifier: Apache-2.0
// One decision, opened: what it is about, in the words and numbers of the thing itself, and the acts on it.
import { type ReactNode, useState } from "react";
import type { Decision } from "../../api";
import type { Act } from "../../kit/act";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { sentence } from "../../kit/errors";
import { Field, Trouble } from "../../kit/form";
import { moment, shortHash } from "../../kit/format";
import { Link } from "../../kit/link";
import { useNow } from "../../kit/now";
import { pageOf } from "../../kit/url";
import { View } from "../../kit/view";
import { CampaignDecision } from "../remediate/campaign_decision";
import { useAcceptHostKey, useApproveExemption, useDeclineExemption, useResumeAll } from "./actions";
import { useExemptions, useHostKeys } from "./queries";

export function DecisionSheet({ decision, onClose }: { decision: Decision; onClose: () => void }) {
  return (
    <Sheet title={sentence(decision.title).replace(/\.$/, "")} open onClose={onClose} wide>
      <p>{sentence(decision.why)}</p>
      {decision.refused_because && <p className="note warn">{sentence(decision.refused_because)}</p>}
      <Body decision={decision} onClose={onClose} />
    </Sheet>
  );
}

// The thing that a campaign's decision is about is the campaign; its link names it where the subject is a part of it.
function campaignOf(decision: Decision): number {
  const named = /^\/campaigns\/(\d+)/.exec(pageOf(decision.link) ?? "");
  return named ? Number(named[1]) : decision.subject;
}

function Body({ decision, onClose }: { decision: Decision; onClose: () => void }) {
  switch (decision.kind) {
    case "campaign_approval":
    case "campaign_start":
    case "gated_wave":
    case "paused_campaign":
      return <CampaignDecision id={campaignOf(decision)} kind={decision.kind} wave={decision.wave} onClose={onClose} />;
    case "exemption":
      return <ExemptionDecision decision={decision} onClose={onClose} />;
    case "host_key":
      return <HostKeyDecision decision={decision} onClose={onClose} />;
    case "stopped":
      return <StoppedDecision decision={decision} onClose={onClose} />;
  }
}

function Reasoned({
  acts,
  onClose,
  children,
}: {
  acts: (reason: string) => ReactNode;
  onClose: () => void;
  children?: ReactNode;
}) {
  const [reason, setReason] = useState("");
  return (
    <>
      {children}
      <Field label="Reason, for the ledger" value={reason} onChange={setReason} lines={2} />
      <Acts>
        {acts(reason.trim())}
        <Press onPress={onClose}>Leave it as it is</Press>
      </Acts>
    </>
  );
}

const troubleOf = (...acts: Act<never>[]) => acts.find((act) => act.trouble)?.trouble;

export function ExemptionDecision({
  decision,
  onClose,
}: {
  decision: Pick<Decision, "subject" | "allowed">;
  onClose: () => void;
}) {
  const t = useNow();
  const approve = useApproveExemption(onClose);
  const decline = useDeclineExemption(onClose);
  const trouble = troubleOf(approve, decline);
  return (
    <View inside asked={useExemptions()} what="the exemption">
      {({ exemptions }) => {
        const e = exemptions.find((x) => x.id === decision.subject);
        if (!e) return <p className="mut">It was decided in the meantime.</p>;
        return (
          <>
            <dl className="facts-list">
              <dt>Machine</dt>
              <dd>
                <Link className="n" to={`/machines/${e.asset}`}>
                  {e.asset_name}
                </Link>
              </dd>
              <dt>Asked by</dt>
              <dd>
                {e.asked_by}, {moment(e.asked_at_ms, t)}
              </dd>
              <dt>Because</dt>
              <dd>{sentence(e.reason)}</dd>
              <dt>Until</dt>
              <dd>
                <b>{moment(e.expires_at_ms, t)}</b>; after that it counts as what its evidence says
              </dd>
            </dl>
            <p className="sm mut">
              Approved, it is accepted risk: counted apart, never among the done. An exemption never hides an infection.
            </p>
            {trouble && <Trouble>{trouble}</Trouble>}
            <Reasoned
              onClose={onClose}
              acts={(reason) => (
                <>
                  {e.allowed.includes("approveExemption") && (
                    <Press kind="main" pending={approve.pending} onPress={() => approve.run(e.id)}>
                      Approve
                    </Press>
                  )}
                  {e.allowed.includes("declineExemption") && (
                    <Press pending={decline.pending} disabled={reason === ""} onPress={() => decline.run({ id: e.id, reason })}>
                      Decline, with the reason
                    </Press>
                  )}
                </>
              )}
            />
          </>
        );
      }}
    </View>
  );
}

export function HostKeyDecision({ decision, onClose }: { decision: Pick<Decision, "subject" | "allowed">; onClose: () => void }) {
  const t = useNow();
  const accept = useAcceptHostKey(onClose);
  return (
    <View inside asked={useHostKeys()} what="the host key">
      {({ changes }) => {
        const change = changes.find((x) => x.id === decision.subject);
        if (!change) return <p className="mut">It was settled in the meantime.</p>;
        return (
          <>
            <dl className="facts-list">
              <dt>Address</dt>
              <dd className="mono">{change.endpoint}</dd>
              {change.asset !== null && change.asset !== undefined && (
                <>
                  <dt>Machine</dt>
                  <dd>
                    <Link className="n" to={`/machines/${change.asset}`}>
                      {change.asset_name || change.asset}
                    </Link>
                  </dd>
                </>
              )}
              <dt>Pinned</dt>
              <dd className={change.pinned ? "mono wrap" : ""}>
                {change.pinned || "none confirmed: this is the first key seen there"}
              </dd>
              <dt>Offered</dt>
              <dd className="mono wrap">
                {change.offered} <span className="dim">{moment(change.seen_at_ms, t)}</span>
              </dd>
            </dl>
            <p className="sm mut">
              {change.pinned
                ? "Either the machine was installed anew, or something answers in its place. "
                : "Nobody has said yet that this key is the machine's, and a password is given away by being sent. "}
              Ask somebody at the machine for its key before you accept it: Douse signs in there with its own credentials.
            </p>
            {accept.trouble && <Trouble>{accept.trouble}</Trouble>}
            <Reasoned
              onClose={onClose}
              acts={(reason) =>
                change.allowed.includes("acceptHostKey") && (
                  <Press
                    kind="danger"
                    pending={accept.pending}
                    disabled={reason === ""}
                    onPress={() => accept.run({ id: change.id, reason })}
                  >
                    Accept the {change.pinned ? "new " : ""}key {shortHash(change.offered.replace(/^SHA256:/, ""))}
                  </Press>
                )
              }
            />
          </>
        );
      }}
    </View>
  );
}

function StoppedDecision({ decision, onClose }: { decision: Decision; onClose: () => void }) {
  const resume = useResumeAll(onClose);
  if (!decision.allowed.includes("resumeEverything")) return null;
  return (
    <Reasoned
      onClose={onClose}
      acts={(reason) => (
        <Press kind="main" pending={resume.pending} disabled={reason === ""} onPress={() => resume.run(reason)}>
          Allow actions again
        </Press>
      )}
    >
      {resume.trouble && <Trouble>{resume.trouble}</Trouble>}
    </Reasoned>
  );
}
