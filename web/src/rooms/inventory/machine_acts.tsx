// SPDX-License-Identifier: Apache-2.0
// What can be done with one machine: the acts that the server allows, each with what it would do.
import { useState } from "react";
import type { AssetDetail } from "../../api";
import { Press } from "../../kit/button";
import { ReasonSheet } from "../../kit/decision";
import { Acts, Sheet } from "../../kit/dialog";
import { lookOf } from "../../kit/disposition";
import { sentence } from "../../kit/errors";
import { Field, Trouble } from "../../kit/form";
import { moment } from "../../kit/format";
import { useShortcuts } from "../../kit/keyboard";
import { serverNow, useNow } from "../../kit/now";
import { go } from "../../kit/url";
import { useAskExemption } from "../incident/actions";
import { ExemptionDecision } from "../incident/decision_sheet";
import { useMe } from "../incident/queries";
import { roleNames } from "../incident/roles";
import { usePlan } from "../remediate/actions";
import { useCheck, useRetire } from "./actions";

export function MachineActs({ detail }: { detail: AssetDetail }) {
  const { asset, allowed, exemption } = detail;
  const me = useMe().data;
  const t = useNow();
  const check = useCheck();
  const plan = usePlan();
  const retire = useRetire(() => setSheet(null));
  const [sheet, setSheet] = useState<"exempt" | "retire" | "decide" | null>(null);
  const may = (operation: string) => allowed.includes(operation);
  // A plan is asked for a list of machines, so it isn't among the acts on one; here the list has one.
  const planned = detail.tasks.some((task) => task.state === "open");
  const canPlan =
    (me?.rights.includes("ask") ?? false) && !asset.retired_at_ms && lookOf(asset.disposition).standing === "open" && !planned;
  const decide = exemption !== null && exemption !== undefined && exemption.state === "asked";
  useShortcuts("This machine", [
    ...(may("checkAssets") ? [{ keys: "c", what: "Check now", run: () => check.run([asset.id]) }] : []),
    ...(may("askExemption") ? [{ keys: "e", what: "Ask for an exemption", run: () => setSheet("exempt") }] : []),
    ...(may("retireAsset") ? [{ keys: "r", what: "Retire", run: () => setSheet("retire") }] : []),
    { keys: "u", what: "Back to the machines", run: () => go("/machines") },
  ]);
  return (
    <section>
      <div className="hd">
        <h2>What can be done</h2>
        {me && <span className="age">as {roleNames[me.person.role]}</span>}
      </div>
      {may("checkAssets") && (
        <div className="act">
          <b className="m">Check now</b>
          <Press size="small" kind="main" keyHint="c" pending={check.pending} onPress={() => check.run([asset.id])}>
            Look at it
          </Press>
          <p>Looks from outside, and from inside where Douse can sign in. It changes nothing on the machine.</p>
          {check.trouble && <Trouble>{check.trouble}</Trouble>}
        </div>
      )}
      {canPlan && (
        <div className="act">
          <b className="m">Clean and patch</b>
          <Press size="small" pending={plan.pending} onPress={() => plan.run([asset.id])}>
            Plan for it alone
          </Press>
          <p>A plan touches nothing; another person approves it.</p>
          {plan.trouble && <Trouble>{plan.trouble}</Trouble>}
        </div>
      )}
      {exemption && (
        <div className="act">
          <b className="m">Exemption, {exemption.state}</b>
          {decide && exemption.allowed.length > 0 ? (
            <Press size="small" onPress={() => setSheet("decide")}>
              Decide
            </Press>
          ) : (
            <span className="age">until {moment(exemption.expires_at_ms, t)}</span>
          )}
          <p>
            Asked by {exemption.asked_by}: {sentence(exemption.reason)}
            {exemption.decided_by ? ` Decided by ${exemption.decided_by}.` : ""}
          </p>
        </div>
      )}
      {may("askExemption") && (
        <div className="act">
          <b className="m">Exempt</b>
          <Press size="small" keyHint="e" onPress={() => setSheet("exempt")}>
            Ask to leave it
          </Press>
          <p>Somebody else approves it. It is then accepted risk with an end, and never hides an infection.</p>
        </div>
      )}
      {may("retireAsset") && (
        <div className="act">
          <b className="m">Retire</b>
          <Press size="small" keyHint="r" onPress={() => setSheet("retire")}>
            It is gone
          </Press>
          <p>Off the books, with your reason. Seen again, it comes back as unknown.</p>
        </div>
      )}
      {allowed.length === 0 && !exemption && (
        <p className="sm mut">Your role looks on; a lead, a deputy or the owner can act here.</p>
      )}
      <ExemptSheet asset={asset.id} name={asset.name} open={sheet === "exempt"} onClose={() => setSheet(null)} />
      <ReasonSheet
        title={`Retire ${asset.name}`}
        open={sheet === "retire"}
        onClose={() => setSheet(null)}
        verb={`Retire ${asset.name}`}
        kind="danger"
        pending={retire.pending}
        trouble={retire.trouble}
        onReason={(reason) => retire.run({ id: asset.id, reason })}
      >
        <p>It leaves the books, as gone. If it is ever seen again it comes back as unknown.</p>
      </ReasonSheet>
      {exemption && (
        <Sheet title={`Exempt ${asset.name}`} open={sheet === "decide"} onClose={() => setSheet(null)} wide>
          <ExemptionDecision decision={{ subject: exemption.id, allowed: exemption.allowed }} onClose={() => setSheet(null)} />
        </Sheet>
      )}
    </section>
  );
}

const days = (n: number) => n * 86_400_000;
const localInput = (ms: number): string => {
  const d = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return d.toISOString().slice(0, 16);
};

function ExemptSheet({ asset, name, open, onClose }: { asset: number; name: string; open: boolean; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState(() => localInput(serverNow() + days(2)));
  const ask = useAskExemption(onClose);
  const at = new Date(until).getTime();
  return (
    <Sheet title={`Ask to leave ${name} alone`} open={open} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask.run({ asset, reason: reason.trim(), expires_at_ms: at });
        }}
      >
        <Field label="Why it can't be cleaned or patched now" value={reason} onChange={setReason} required lines={2} autoFocus />
        <Field
          label="Until"
          type="datetime-local"
          value={until}
          onChange={setUntil}
          required
          help="After that its evidence decides again."
        />
        {ask.trouble && <Trouble>{ask.trouble}</Trouble>}
        <Acts>
          <Press type="submit" kind="main" pending={ask.pending} disabled={reason.trim() === "" || Number.isNaN(at)}>
            Ask
          </Press>
          <Press onPress={onClose}>Leave it as it is</Press>
        </Acts>
      </form>
    </Sheet>
  );
}
