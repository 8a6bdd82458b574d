// SPDX-License-Identifier: Apache-2.0
// Importing a list: first a dry run that says what would come of it, then the real one.
import { useState } from "react";
import type { Import } from "../../api";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { Field, FilePick, Trouble } from "../../kit/form";
import { count, plural } from "../../kit/format";
import { useImportList } from "./actions";

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

export function ImportSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const [source, setSource] = useState("");
  const [result, setResult] = useState<Import | null>(null);
  const bring = useImportList(setResult);
  const close = () => {
    onClose();
    setFile(null);
    setResult(null);
    bring.reset();
  };
  const tried = result?.dry_run === true;
  const done = result !== null && !result.dry_run;
  return (
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
  );
}
