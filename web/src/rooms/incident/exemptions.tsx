// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import type { Exemption } from "../../api";
import { Press } from "../../kit/button";
import { Sheet } from "../../kit/dialog";
import { count, moment, plural } from "../../kit/format";
import { Link } from "../../kit/link";
import { useNow, useTitle } from "../../kit/now";
import { View } from "../../kit/view";
import { ExemptionDecision } from "./decision_sheet";
import { useExemptions } from "./queries";

export function ExemptionsPage() {
  useTitle("Exemptions");
  const t = useNow();
  const [shown, setShown] = useState<Exemption | null>(null);
  return (
    <View
      asked={useExemptions()}
      what="the exemptions"
      empty={({ exemptions }) =>
        exemptions.length > 0
          ? null
          : {
              title: "Nothing is exempt",
              children: (
                <p>
                  A machine that must be left alone for a while can be exempted: open the machine, ask with a reason and an end,
                  and somebody else approves. It is then accepted risk, counted apart.
                </p>
              ),
            }
      }
    >
      {({ exemptions }) => {
        const waiting = exemptions.filter((e) => e.state === "asked").length;
        return (
          <div className="page">
            <div className="page-head">
              <h1>
                {plural(exemptions.length, "exemption")}
                {waiting > 0 && <span className="mut">, {count(waiting)} asked and not decided</span>}
              </h1>
            </div>
            <table className="rows-table">
              <thead>
                <tr>
                  <th scope="col">Machine</th>
                  <th scope="col">State</th>
                  <th scope="col">Reason</th>
                  <th scope="col">Asked by</th>
                  <th scope="col">Decided by</th>
                  <th scope="col" className="r">
                    Until
                  </th>
                  <td aria-hidden="true" />
                </tr>
              </thead>
              <tbody>
                {exemptions.map((e) => (
                  <tr key={e.id}>
                    <th scope="row" className="m" data-label="Machine">
                      <Link className="n" to={`/machines/${e.asset}`}>
                        {e.asset_name}
                      </Link>
                    </th>
                    <td data-label="State">
                      {e.state}
                      {e.state === "approved" && e.expires_at_ms <= t && <span className="late">, run out</span>}
                    </td>
                    <td className="wrapc" data-label="Reason">
                      {e.reason}
                    </td>
                    <td className="mut" data-label="Asked by">
                      {e.asked_by}, {moment(e.asked_at_ms, t)}
                    </td>
                    <td className="mut" data-label="Decided by">
                      {e.decided_by || "–"}
                    </td>
                    <td className="r nw" data-label="Until">
                      {moment(e.expires_at_ms, t)}
                    </td>
                    <td className="r">
                      {e.allowed.length > 0 && (
                        <Press size="small" onPress={() => setShown(e)} label={`Decide about ${e.asset_name}`}>
                          Decide
                        </Press>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {shown && (
              <Sheet title={`Exempt ${shown.asset_name}`} open onClose={() => setShown(null)} wide>
                <ExemptionDecision decision={{ subject: shown.id, allowed: shown.allowed }} onClose={() => setShown(null)} />
              </Sheet>
            )}
          </div>
        );
      }}
    </View>
  );
}
