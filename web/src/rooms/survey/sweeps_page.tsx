// SPDX-License-Identifier: Apache-2.0
import type { Sweep } from "../../api";
import { Press } from "../../kit/button";
import { Trouble } from "../../kit/form";
import { age, count, moment } from "../../kit/format";
import { useNow, useTitle } from "../../kit/now";
import { Age, View } from "../../kit/view";
import { useMe, useScope } from "../incident/queries";
import { useStartSweep } from "./actions";
import { useSweeps } from "./queries";

export function SweepsPage() {
  useTitle("Sweeps");
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
          <table className="rows-table">
            <thead>
              <tr>
                <th scope="col">Pass</th>
                <th scope="col">State</th>
                <th scope="col" className="r">
                  Addresses
                </th>
                <th scope="col" className="r">
                  Answered
                </th>
                <th scope="col" className="r">
                  Looked inside
                </th>
                <th scope="col" className="r">
                  Not entered
                </th>
                <th scope="col" className="r">
                  New machines
                </th>
                <th scope="col" className="r">
                  Changed
                </th>
                <th scope="col" className="r">
                  Started
                </th>
                <th scope="col">Clean?</th>
              </tr>
            </thead>
            <tbody>
              {sweeps.map((sweep) => (
                <Row key={sweep.id} sweep={sweep} />
              ))}
            </tbody>
          </table>
          <p className="sm mut under">
            Clean: every machine on the books but the exempt is fixed or not affected by evidence taken in that very sweep.
          </p>
        </div>
      )}
    </View>
  );
}

const number = (n: number | undefined) => (n === undefined ? <span className="dim">–</span> : count(n));

function Row({ sweep: s }: { sweep: Sweep }) {
  const t = useNow();
  return (
    <tr>
      <th scope="row" className="m" data-label="Pass">
        {s.kind === "check" ? "Check" : "Sweep"} {s.id}
      </th>
      <td data-label="State">
        {s.state}
        {s.ended_at_ms ? (
          <span className="dim">, took {age(s.ended_at_ms - s.started_at_ms)}</span>
        ) : (
          <span className="dim">
            , for <Age at={s.started_at_ms} />
          </span>
        )}
      </td>
      <td className="r" data-label="Addresses">
        {count(s.targets)}
      </td>
      <td className="r" data-label="Answered">
        {count(s.answered)}
      </td>
      <td className="r" data-label="Looked inside">
        {count(s.inside)}
      </td>
      <td className="r" data-label="Not entered">
        {number(s.not_entered)}
      </td>
      <td className="r" data-label="New machines">
        {number(s.new_assets)}
      </td>
      <td className="r" data-label="Changed">
        {number(s.changed)}
      </td>
      <td className="r nw mut" data-label="Started">
        {moment(s.started_at_ms, t)}
      </td>
      <td className="wrapc" data-label="Clean?">
        {s.state !== "done" || s.clean === undefined ? (
          <span className="dim">–</span>
        ) : s.clean ? (
          <b className="m">clean</b>
        ) : (
          <span className="mut">{s.because ?? "no"}</span>
        )}
      </td>
    </tr>
  );
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
