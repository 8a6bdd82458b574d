// SPDX-License-Identifier: Apache-2.0
import type { Sweep } from "../../api";
import { Press } from "../../kit/button";
import { Trouble } from "../../kit/form";
import { age, count, moment } from "../../kit/format";
import { useNow, useTitle } from "../../kit/now";
import { type Column, RowsTable } from "../../kit/rows_table";
import { Age, View } from "../../kit/view";
import { useMe, useScope } from "../incident/queries";
import { useStartSweep } from "./actions";
import { useSweeps } from "./queries";

export function SweepsPage() {
  useTitle("Sweeps");
  const t = useNow();
  return (
    <View
      asked={useSweeps()}
      what="the sweeps"
      empty={({ sweeps }) =>
        sweeps.length > 0
          ? null
          : {
              title: "No sweep yet",
              children: (
                <>
                  <p>
                    A sweep looks at every address of the scope, from outside and, where Douse can sign in, from inside. It
                    changes nothing. First step: start one.
                  </p>
                  <StartSweep />
                </>
              ),
            }
      }
    >
      {({ sweeps }) => (
        <div className="page">
          <div className="page-head">
            <h1>
              {count(sweeps.length)} {sweeps.length === 1 ? "pass" : "passes"} over the scope
            </h1>
            <StartSweep />
          </div>
          <RowsTable columns={columns(t)} rows={sweeps} keyOf={(s) => s.id} />
          <p className="sm mut under">
            Clean: every machine on the books but the exempt is fixed or not affected by evidence taken in that very sweep.
          </p>
        </div>
      )}
    </View>
  );
}

const number = (n: number | undefined) => (n === undefined ? <span className="dim">–</span> : count(n));

const columns = (t: number): Column<Sweep>[] => [
  { head: "Pass", look: "m", cell: (s) => `${s.kind === "check" ? "Check" : "Sweep"} ${s.id}` },
  { head: "State", cell: stateOf },
  { head: "Addresses", look: "r", cell: (s) => count(s.targets) },
  { head: "Answered", look: "r", cell: (s) => count(s.answered) },
  { head: "Looked inside", look: "r", cell: (s) => count(s.inside) },
  { head: "Not entered", look: "r", cell: (s) => number(s.not_entered) },
  { head: "New machines", look: "r", cell: (s) => number(s.new_assets) },
  { head: "Changed", look: "r", cell: (s) => number(s.changed) },
  { head: "Started", look: "r nw mut", cell: (s) => moment(s.started_at_ms, t) },
  { head: "Clean?", look: "wrapc", cell: cleanOf },
];

function stateOf(s: Sweep) {
  return (
    <>
      {s.state}
      <span className="dim">
        {s.ended_at_ms ? (
          `, took ${age(s.ended_at_ms - s.started_at_ms)}`
        ) : (
          <>
            , for <Age at={s.started_at_ms} />
          </>
        )}
      </span>
    </>
  );
}

function cleanOf(s: Sweep) {
  if (s.state !== "done" || s.clean === undefined) return <span className="dim">–</span>;
  return s.clean ? <b className="m">clean</b> : <span className="mut">{s.because ?? "no"}</span>;
}

function StartSweep() {
  const rights = useMe().data?.rights ?? [];
  const scope = useScope().data;
  const start = useStartSweep();
  if (!rights.includes("look")) return <span className="sm mut">Sweeps are started by a lead, a deputy or the owner.</span>;
  return (
    <div className="plan-act">
      <Press kind="main" pending={start.pending} onPress={() => start.run(null)}>
        Sweep the scope
      </Press>
      {scope && (
        <span className="sm mut">
          {count(scope.addresses)} addresses in {count(scope.ranges.length)} {scope.ranges.length === 1 ? "range" : "ranges"}
        </span>
      )}
      {start.trouble && <Trouble>{start.trouble}</Trouble>}
    </div>
  );
}
