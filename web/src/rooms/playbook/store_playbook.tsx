// SPDX-License-Identifier: Apache-2.0
// Storing a playbook with its signatures, as files. The server reads, checks and refuses with line and column.
import { useState } from "react";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { FilePick, Trouble } from "../../kit/form";
import { usePutPlaybook } from "./actions";

export function StorePlaybook() {
  const [open, setOpen] = useState(false);
  const [yaml, setYaml] = useState<File | null>(null);
  const [signatures, setSignatures] = useState<File | null>(null);
  const close = () => {
    setOpen(false);
    setYaml(null);
    setSignatures(null);
    put.reset();
  };
  const put = usePutPlaybook(close);
  async function send() {
    if (!yaml) return;
    put.run({ yaml: await yaml.text(), name: yaml.name, ...(signatures ? { signatures: await signatures.text() } : {}) });
  }
  return (
    <div className="plan-act">
      <Press onPress={() => setOpen(true)}>Store a playbook…</Press>
      <Sheet title="Store a playbook" open={open} onClose={close}>
        <FilePick label="Playbook (ID.yaml)" accept=".yaml,.yml" onPick={setYaml} />
        <FilePick label="Its signatures (ID.yaml.sig), if there are any" accept=".sig" onPick={setSignatures} />
        <p className="sm mut">
          A version that is stored is never changed; storing it again adds signatures to those that it has. Which signatures count
          is set in Settings.
        </p>
        {put.trouble && <Trouble>{put.trouble}</Trouble>}
        <Acts>
          <Press kind="main" disabled={!yaml} pending={put.pending} onPress={send}>
            Store
          </Press>
          <Press onPress={close}>Leave it as it is</Press>
        </Acts>
      </Sheet>
    </div>
  );
}
