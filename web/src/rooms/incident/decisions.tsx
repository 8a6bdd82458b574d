// SPDX-License-Identifier: Apache-2.0
// What needs a person. A decision is a sentence and one button with its key; the button opens what is to be decided, and the
// acts there are exactly those that the server allows this person on this thing.
import { useState } from "react";
import type { Decision } from "../../api";
import { Press } from "../../kit/button";
import { sentence } from "../../kit/errors";
import { count } from "../../kit/format";
import { useShortcuts } from "../../kit/keyboard";
import { Age } from "../../kit/view";
import { DecisionSheet } from "./decision_sheet";

const verbs: Record<Decision["kind"], string> = {
  campaign_approval: "Review plan",
  campaign_start: "Start",
  gated_wave: "Review gate",
  exemption: "Decide",
  host_key: "Compare keys",
  paused_campaign: "Look",
  stopped: "Look",
};

// The act that answers it. Who may only drop it (their own request, say) is told who answers.
const answers: Record<Decision["kind"], string> = {
  campaign_approval: "approveCampaign",
  campaign_start: "startCampaign",
  gated_wave: "settleWave",
  exemption: "approveExemption",
  host_key: "acceptHostKey",
  paused_campaign: "resumeCampaign",
  stopped: "resumeEverything",
};
export const isMine = (d: Decision): boolean => d.allowed.includes(answers[d.kind]);

const idOf = (d: Decision) => `${d.kind}-${d.subject}-${d.wave ?? ""}`;

export function Decisions({ decisions }: { decisions: Decision[] }) {
  const [shown, setShown] = useState<string | null>(null);
  const mine = decisions.filter(isMine);
  const others = decisions.filter((d) => !isMine(d));
  const ordered = [...mine, ...others];
  const open = ordered.find((d) => idOf(d) === shown);
  useShortcuts(
    "Now",
    ordered.slice(0, 9).map((d, i) => ({ keys: String(i + 1), what: d.title, run: () => setShown(idOf(d)) })),
  );
  return (
    <section>
      <div className="hd">
        <h2>Needs you</h2>
        <b className="b">{count(mine.length)}</b>
        {others.length > 0 && (
          <span className="age">
            of {count(ordered.length)} waiting;{" "}
            {others.length === 1 ? "1 is with others" : `${count(others.length)} are with others`}
          </span>
        )}
      </div>
      {ordered.length === 0 && <p className="mut sm">Nothing waits for a decision.</p>}
      <ol className="decisions">
        {ordered.map((d, i) => {
          const may = isMine(d);
          return (
            <li key={idOf(d)}>
              <p className="m">{sentence(d.title).replace(/\.$/, "")}</p>
              <p className="sm mut">{sentence(d.why)}</p>
              <div className="qa">
                <Press
                  size="small"
                  kind={may && i === 0 ? "main" : "plain"}
                  onPress={() => setShown(idOf(d))}
                  label={`${may ? verbs[d.kind] : "Look"}: ${d.title}`}
                  {...(i < 9 ? { keyHint: String(i + 1) } : {})}
                >
                  {may ? verbs[d.kind] : "Look"}
                </Press>
                <span className="age why-not">
                  {may
                    ? d.asked_by
                      ? `asked by ${d.asked_by}`
                      : "yours"
                    : d.refused_because
                      ? sentence(d.refused_because)
                      : "with others"}
                </span>
                <span className="age end">
                  <Age at={d.since_ms} />
                </span>
              </div>
            </li>
          );
        })}
      </ol>
      {open && <DecisionSheet decision={open} onClose={() => setShown(null)} />}
    </section>
  );
}
