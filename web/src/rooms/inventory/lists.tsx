// SPDX-License-Identifier: Apache-2.0
// The lists that were imported.
import { useState } from "react";
import type { Import } from "../../api";
import { Press } from "../../kit/button";
import { count, moment, plural } from "../../kit/format";
import { useNow, useTitle } from "../../kit/now";
import { type Column, RowsTable } from "../../kit/rows_table";
import { View } from "../../kit/view";
import { useMe } from "../incident/queries";
import { ImportSheet } from "./import_sheet";
import { useImports } from "./queries";

const columns = (t: number): Column<Import>[] => [
  { head: "Source", look: "m", cell: (i) => i.source },
  { head: "File", look: "wrapc", cell: (i) => i.name },
  { head: "Format", look: "mut", cell: (i) => i.format },
  { head: "Rows", look: "r", cell: (i) => count(i.rows) },
  { head: "Taken", look: "r", cell: (i) => count(i.accepted) },
  { head: "Refused", look: "r", cell: (i) => (i.refused > 0 ? <b className="m t-vulnerable">{count(i.refused)}</b> : "0") },
  { head: "New machines", look: "r", cell: (i) => (i.new_assets === undefined ? "–" : count(i.new_assets)) },
  { head: "When", look: "r nw mut", cell: (i) => moment(i.at_ms, t) },
];

export function ListsPage() {
  useTitle("Lists");
  const t = useNow();
  const rights = useMe().data?.rights ?? [];
  const [importing, setImporting] = useState(false);
  const button = rights.includes("import_lists") ? (
    <Press kind="main" onPress={() => setImporting(true)}>
      Import a list…
    </Press>
  ) : (
    <span className="sm mut">Lists are imported by a lead, a deputy or the owner.</span>
  );
  // The sheet stands beside the view, as the first import turns an empty page into a list.
  return (
    <>
      <ImportSheet open={importing} onClose={() => setImporting(false)} />
      <View
        asked={useImports()}
        what="the lists"
        empty={({ imports }) =>
          imports.length > 0
            ? null
            : {
                title: "No list was imported yet",
                children: (
                  <>
                    <p>
                      The first night needs no credentials: any system that lists machines (directory, patch tool, DHCP leases)
                      already says what is out there. First step: export one and import it here.
                    </p>
                    {button}
                  </>
                ),
              }
        }
      >
        {({ imports }) => (
          <div className="page">
            <div className="page-head">
              <h1>{plural(imports.length, "list")} imported</h1>
              {button}
            </div>
            <RowsTable columns={columns(t)} rows={imports} keyOf={(i) => i.id} />
          </div>
        )}
      </View>
    </>
  );
}
