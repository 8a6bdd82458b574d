// SPDX-License-Identifier: Apache-2.0
import { type ReactNode, useState } from "react";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { Choice, Field, Trouble } from "../../kit/form";
import { Link } from "../../kit/link";
import { usePlaybooks } from "../playbook/queries";
import { useAddCredential, useAddScope, useAddSigner, useOpenIncident } from "./actions";
import { rangesOf } from "./entries";

interface FormProps {
  button: string;
  title: string;
  verb: string;
  ready: boolean;
  pending: boolean;
  trouble: string | null;
  open: boolean;
  setOpen: (open: boolean) => void;
  submit: () => void;
  children: ReactNode;
}

function FormSheet({ button, title, verb, ready, pending, trouble, open, setOpen, submit, children }: FormProps) {
  return (
    <>
      <Press onPress={() => setOpen(true)}>{button}</Press>
      <Sheet title={title} open={open} onClose={() => setOpen(false)}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) submit();
          }}
        >
          {children}
          {trouble && <Trouble>{trouble}</Trouble>}
          <Acts>
            <Press type="submit" kind="main" disabled={!ready} pending={pending}>
              {verb}
            </Press>
            <Press onPress={() => setOpen(false)}>Leave it as it is</Press>
          </Acts>
        </form>
      </Sheet>
    </>
  );
}

export function OpenIncident() {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [picked, setPicked] = useState("");
  const [ranges, setRanges] = useState("");
  const playbooks = usePlaybooks().data?.playbooks ?? [];
  const newest = new Map(playbooks.map((p) => [p.id, p]));
  const playbook = picked || (playbooks[0]?.id ?? "");
  const act = useOpenIncident(() => setOpen(false));
  return (
    <FormSheet
      button="Open an incident…"
      title="Open an incident"
      verb="Open"
      ready={name.trim() !== "" && playbook !== "" && rangesOf(ranges).length > 0}
      pending={act.pending}
      trouble={act.trouble}
      open={open}
      setOpen={setOpen}
      submit={() => act.run({ name: name.trim(), playbook, ranges: rangesOf(ranges) })}
    >
      <Field label="What people will call it" value={name} onChange={setName} required autoFocus />
      {playbooks.length === 0 ? (
        <p className="note warn">
          No playbook is stored yet.{" "}
          <Link className="n" to="/playbook" onClick={() => setOpen(false)}>
            Store one
          </Link>{" "}
          first.
        </p>
      ) : (
        <Choice
          label="Playbook"
          value={playbook}
          onChange={setPicked}
          options={[...newest.values()].map((p) => ({ id: p.id, text: p.name, note: `v${p.version}` }))}
        />
      )}
      <Field
        label="Address ranges, one a line"
        value={ranges}
        onChange={setRanges}
        lines={4}
        mono
        required
        help="10.1.0.0/24. No packet ever goes anywhere else."
      />
    </FormSheet>
  );
}

export function AddRanges() {
  const [open, setOpen] = useState(false);
  const [ranges, setRanges] = useState("");
  const act = useAddScope(() => {
    setOpen(false);
    setRanges("");
  });
  return (
    <FormSheet
      button="Add ranges…"
      title="Add ranges to the scope"
      verb="Add"
      ready={rangesOf(ranges).length > 0}
      pending={act.pending}
      trouble={act.trouble}
      open={open}
      setOpen={setOpen}
      submit={() => act.run(rangesOf(ranges))}
    >
      <Field
        label="Address ranges, one a line"
        value={ranges}
        onChange={setRanges}
        lines={4}
        mono
        required
        autoFocus
        help="All of them or none: a range that can't be read is named."
      />
    </FormSheet>
  );
}

export function AddSigner() {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const act = useAddSigner(() => setOpen(false));
  return (
    <FormSheet
      button="Pin a signer…"
      title="Pin a signer"
      verb="Pin"
      ready={name.trim() !== "" && key.trim() !== ""}
      pending={act.pending}
      trouble={act.trouble}
      open={open}
      setOpen={setOpen}
      submit={() => act.run({ name: name.trim(), public_key: key.trim() })}
    >
      <p className="mut">
        From then on a playbook with this key's signature counts as signed. Compare the key with its owner, by voice.
      </p>
      <Field label="Whose key it is" value={name} onChange={setName} required autoFocus />
      <Field label="Public key, base64" value={key} onChange={setKey} mono required />
    </FormSheet>
  );
}

export function AddCredential() {
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState<"ssh_key" | "password">("ssh_key");
  const [user, setUser] = useState("");
  const [secret, setSecret] = useState("");
  const [note, setNote] = useState("");
  const act = useAddCredential(() => {
    setOpen(false);
    setSecret("");
  });
  return (
    <FormSheet
      button="Keep a credential…"
      title="Keep a credential for the incident"
      verb="Keep"
      ready={user.trim() !== "" && secret !== ""}
      pending={act.pending}
      trouble={act.trouble}
      open={open}
      setOpen={setOpen}
      submit={() =>
        act.run({
          user: user.trim(),
          ...(kind === "ssh_key" ? { private_key: secret } : { password: secret }),
          ...(note.trim() ? { note: note.trim() } : {}),
        })
      }
    >
      <Choice
        label="Kind"
        value={kind}
        onChange={setKind}
        options={[
          { id: "ssh_key", text: "SSH key" },
          { id: "password", text: "Password", note: "only for host keys pinned beforehand" },
        ]}
      />
      <Field label="User on the machines" value={user} onChange={setUser} required />
      {kind === "ssh_key" ? (
        <Field label="Private key" value={secret} onChange={setSecret} lines={5} mono required />
      ) : (
        <Field label="Password" type="password" value={secret} onChange={setSecret} required autoComplete="new-password" />
      )}
      <Field label="Note" value={note} onChange={setNote} />
    </FormSheet>
  );
}
