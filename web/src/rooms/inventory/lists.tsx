// SPDX-License-Identifier: Apache-2.0
// The lists that were imported, and importing one: first a dry run that says what would come of it, then the real one.
import { useState } from "react";
import type { Import } from "../../api";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { Field, FilePick, Trouble } from "../../kit/form";
import { count, moment, plural } from "../../kit/format";
import { useNow, useTitle } from "../../kit/now";
import { View } from "../../kit/view";
import { useMe } from "../incident/queries";
import { useImportList } from "./actions";
import { useImports } from "./queries";

export function ListsPage() {
  useTitle("Lists");
  const t = useNow();
  return (
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
                  <ImportButton />
                </>
              ),
            }
      }
    >
      {({ imports }) => (
        <div className="page">
          <div className="page-head">
            <h1>{plural(imports.length, "list")} imported</h1>
            <ImportButton />
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
  );
}

function Outcome({ result }: { result: Import }) {
  const messages = result.messages ?? [];
  return (
    <div className={result.refused > 0 ? "note warn" : "note"}>
      <b>
        {result.dry_run ? "Would take" : "Took"} {count(result.accepted)} of {plural(result.rows, "row")}
      </b>
      , read as {result.format}
      {result.new_assets !== undefined &&
        (result.dry_run ? `; ${count(result.new_assets)} would be new machines` : `; ${count(result.new_assets)} new machines`)}
      .
      {messages.length > 0 && (
        <ul>
          {messages.slice(0, 8).map((message) => (
            <li key={message}>{message}</li>
          ))}
          {messages.length > 8 && <li>and {count(messages.length - 8)} more</li>}
        </ul>
      )}
    </div>
  );
}

function ImportButton() {
  const rights = useMe().data?.rights ?? [];
  const [open, setOpen] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  const [source, setSource] = useState("");
  const [result, setResult] = useState<Import | null>(null);
  const bring = useImportList(setResult);
  const close = () => {
    setOpen(false);
    setFile(null);
    setResult(null);
    bring.reset();
  };
  if (!rights.includes("import_lists"))
    return <span className="sm mut">Lists are imported by a lead, a deputy or the owner.</span>;
  const tried = result?.dry_run === true;
  const done = result !== null && !result.dry_run;
  return (
    <div className="plan-act">
      <Press kind="main" onPress={() => setOpen(true)}>
        Import a list…
      </Press>
      <Sheet title="Import a list of machines" open={open} onClose={close}>
        <FilePick
          label="File"
          onPick={(picked) => {
            setFile(picked);
            setResult(null);
          }}
        />
        <Field
          label="Which system it comes from"
          value={source}
          onChange={setSource}
          help="As people call it: directory, dhcp. Its format is recognised."
        />
        {result && <Outcome result={result} />}
        {bring.trouble && <Trouble>{bring.trouble}</Trouble>}
        <Acts>
          {!done && (
            <>
              <Press
                kind={tried ? "plain" : "main"}
                disabled={!file}
                pending={bring.pending}
                onPress={() => file && bring.run({ file, source: source.trim(), dry: true })}
              >
                Try it
              </Press>
              <Press
                kind={tried ? "main" : "plain"}
                disabled={!file || !tried}
                pending={bring.pending}
                onPress={() => file && bring.run({ file, source: source.trim(), dry: false })}
              >
                {tried ? `Import ${count(result.accepted)} rows` : "Import"}
              </Press>
            </>
          )}
          <Press onPress={close}>{done ? "Close" : "Leave it as it is"}</Press>
        </Acts>
      </Sheet>
    </div>
  );
}
