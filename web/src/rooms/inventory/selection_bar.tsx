// SPDX-License-Identifier: Apache-2.0
// What can be done with the machines that were picked. The list is frozen: what matches the filter later does not join it.
import { useState } from "react";
import { Press } from "../../kit/button";
import { ReasonSheet } from "../../kit/decision";
import { Acts, Sheet } from "../../kit/dialog";
import { dispositions } from "../../kit/disposition";
import { Field, Trouble } from "../../kit/form";
import { clock, count, plural } from "../../kit/format";
import { useShortcuts } from "../../kit/keyboard";
import { Link } from "../../kit/link";
import { go } from "../../kit/url";
import { usePlan } from "../remediate/actions";
import { useCheck, useRetire } from "./actions";
import type { Selection } from "./machines_page";

export function SelectionBar({
  selection,
  rights,
  onClear,
}: {
  selection: Selection;
  rights: readonly string[];
  onClear: () => void;
}) {
  const rows = [...selection.rows.values()];
  const ids = rows.map((row) => row.id);
  const [planning, setPlanning] = useState(false);
  const [retiring, setRetiring] = useState(false);
  const check = useCheck(() => go("/sweeps"));
  const retire = useRetire(() => {
    setRetiring(false);
    onClear();
  });
  const one = rows.length === 1 ? rows[0] : undefined;
  const made = dispositions
    .map((look) => ({ look, n: rows.filter((row) => !row.retired_at_ms && row.disposition === look.id).length }))
    .filter(({ n }) => n > 0);
  const retired = rows.filter((row) => row.retired_at_ms).length;
  const act = rights.includes("look") || rights.includes("ask") || rights.includes("retire");
  useShortcuts("Selected machines", [
    ...(rights.includes("look") ? [{ keys: "c", what: "Check them now", run: () => check.run(ids) }] : []),
    ...(rights.includes("ask") ? [{ keys: "p", what: "Plan a campaign for them", run: () => setPlanning(true) }] : []),
    { keys: "Escape", what: "Clear the selection", run: onClear },
  ]);
  return (
    <section className="bulk" aria-label="Selected machines">
      <div>
        <b className="bulk-n">{plural(rows.length, "machine")} selected</b>{" "}
        <span className="mut">
          {[
            ...made.map(({ look, n }) => `${count(n)} ${look.word.toLowerCase()}`),
            ...(retired > 0 ? [`${count(retired)} retired`] : []),
          ].join(", ")}
          . Frozen: nothing that matches later joins.
        </span>
      </div>
      <div className="acts">
        <span className="sm mut">Picked {clock(selection.at)}</span>
        <button type="button" className="plain n sm" onClick={onClear}>
          Clear
        </button>
      </div>
      <div className="acts">
        {rights.includes("look") && (
          <Press pending={check.pending} onPress={() => check.run(ids)} keyHint="c">
            Check now
          </Press>
        )}
        {rights.includes("ask") && (
          <Press onPress={() => setPlanning(true)} keyHint="p">
            Plan a campaign
          </Press>
        )}
        {rights.includes("retire") && one && !one.retired_at_ms && (
          <Press onPress={() => setRetiring(true)}>Retire {one.name}</Press>
        )}
        {!act && <span className="sm mut">Your role looks on: checks and plans need a lead, a deputy or the owner.</span>}
      </div>
      {check.trouble && <Trouble>{check.trouble}</Trouble>}
      {planning && <PlanSheet ids={ids} names={rows.map((row) => row.name)} onClose={() => setPlanning(false)} />}
      {one && (
        <ReasonSheet
          title={`Retire ${one.name}`}
          open={retiring}
          onClose={() => setRetiring(false)}
          verb={`Retire ${one.name}`}
          kind="danger"
          pending={retire.pending}
          trouble={retire.trouble}
          onReason={(reason) => retire.run({ id: one.id, reason })}
        >
          <p>It leaves the books, as gone. If it is ever seen again it comes back as unknown.</p>
        </ReasonSheet>
      )}
    </section>
  );
}

// Dangerous acts name their count, and the count is typed.
function PlanSheet({ ids, names, onClose }: { ids: number[]; names: string[]; onClose: () => void }) {
  const plan = usePlan();
  const [typed, setTyped] = useState("");
  const ready = typed.trim().replaceAll(",", "") === String(ids.length);
  return (
    <Sheet title={`Plan a campaign for ${plural(ids.length, "machine")}`} open onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) plan.run(ids);
        }}
      >
        <p className="wrap">
          {names.slice(0, 6).join(", ")}
          {names.length > 6 && ` and ${count(names.length - 6)} more`}.
        </p>
        <p className="mut">
          A plan touches nothing. Another person approves it by its hash; then it starts with a canary. To plan for all that are
          open and can be reached, use{" "}
          <Link className="n" to="/campaigns">
            Campaigns
          </Link>
          .
        </p>
        <Field label={`Type ${count(ids.length)}`} value={typed} onChange={setTyped} required autoFocus />
        {plan.trouble && <Trouble>{plan.trouble}</Trouble>}
        <Acts>
          <Press type="submit" kind="main" disabled={!ready} pending={plan.pending}>
            Plan for {count(ids.length)}
          </Press>
          <Press onPress={onClose}>Leave it as it is</Press>
        </Acts>
      </form>
    </Sheet>
  );
}
