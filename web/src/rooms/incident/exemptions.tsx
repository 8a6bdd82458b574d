// SPDX-License-Identifier: Apache-2.0
import { useState } from "react";
import type { Exemption } from "../../api";
import { Press } from "../../kit/button";
import { Sheet } from "../../kit/dialog";
import { count, moment, plural } from "../../kit/format";
import { Link } from "../../kit/link";
import { useNow, useTitle } from "../../kit/now";
import { type Column, RowsTable } from "../../kit/rows_table";
import { View } from "../../kit/view";
import { ExemptionDecision } from "./decision_sheet";
import { useExemptions } from "./queries";

const columns = (t: number, decide: (exemption: Exemption) => void): Column<Exemption>[] => [
  {
    head: "Machine",
    look: "m",
    cell: (e) => (
      <Link className="n" to={`/machines/${e.asset}`}>
        {e.asset_name}
      </Link>
    ),
  },
  {
    head: "State",
    cell: (e) => (
      <>
        {e.state}
        {e.state === "approved" && e.expires_at_ms <= t && <span className="late">, run out</span>}
      </>
    ),
  },
  { head: "Reason", look: "wrapc", cell: (e) => e.reason },
  { head: "Asked by", look: "mut", cell: (e) => `${e.asked_by}, ${moment(e.asked_at_ms, t)}` },
  { head: "Decided by", look: "mut", cell: (e) => e.decided_by || "–" },
  { head: "Until", look: "r nw", cell: (e) => moment(e.expires_at_ms, t) },
  {
    head: "",
    look: "r",
    cell: (e) =>
      e.allowed.length > 0 && (
        <Press size="small" onPress={() => decide(e)} label={`Decide about ${e.asset_name}`}>
          Decide
        </Press>
      ),
  },
];

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
            <RowsTable columns={columns(t, setShown)} rows={exemptions} keyOf={(e) => e.id} />
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
