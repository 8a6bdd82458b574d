// SPDX-License-Identifier: Apache-2.0
// The lists that were imported.
import { useState } from "react";
import { Press } from "../../kit/button";
import { count, moment, plural } from "../../kit/format";
import { useNow, useTitle } from "../../kit/now";
import { View } from "../../kit/view";
import { useMe } from "../incident/queries";
import { ImportSheet } from "./import_sheet";
import { useImports } from "./queries";

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
            <table className="rows-table">
              <thead>
                <tr>
                  <th scope="col">Source</th>
                  <th scope="col">File</th>
                  <th scope="col">Format</th>
                  <th scope="col" className="r">
                    Rows
                  </th>
                  <th scope="col" className="r">
                    Taken
                  </th>
                  <th scope="col" className="r">
                    Refused
                  </th>
                  <th scope="col" className="r">
                    New machines
                  </th>
                  <th scope="col" className="r">
                    When
                  </th>
                </tr>
              </thead>
              <tbody>
                {imports.map((i) => (
                  <tr key={i.id}>
                    <th scope="row" className="m" data-label="Source">
                      {i.source}
                    </th>
                    <td className="wrapc" data-label="File">
                      {i.name}
                    </td>
                    <td className="mut" data-label="Format">
                      {i.format}
                    </td>
                    <td className="r" data-label="Rows">
                      {count(i.rows)}
                    </td>
                    <td className="r" data-label="Taken">
                      {count(i.accepted)}
                    </td>
                    <td className="r" data-label="Refused">
                      {i.refused > 0 ? <b className="m t-vulnerable">{count(i.refused)}</b> : "0"}
                    </td>
                    <td className="r" data-label="New machines">
                      {i.new_assets === undefined ? "–" : count(i.new_assets)}
                    </td>
                    <td className="r nw mut" data-label="When">
                      {moment(i.at_ms, t)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </View>
    </>
  );
}
