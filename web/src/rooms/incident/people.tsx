// SPDX-License-Identifier: Apache-2.0
// Who answers for what. Adding a person gives a link that is shown once: nobody can look it up later, not even here.
import { useState } from "react";
import type { Person, Role } from "../../api";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { Choice, Field, Trouble } from "../../kit/form";
import { moment, plural } from "../../kit/format";
import { useNow, useTitle } from "../../kit/now";
import { type Column, RowsTable } from "../../kit/rows_table";
import { View } from "../../kit/view";
import { useAddPerson } from "./actions";
import { wholeLink } from "./entries";
import { useMe, usePeople } from "./queries";
import { roleNames } from "./roles";

const may: Record<Role, string> = {
  owner: "everything, but never approves their own request",
  deputy: "the same as the owner",
  lead: "imports, sweeps, checks, plans, asks, retires, stops",
  reader: "sees everything, changes nothing",
};
const roles: Role[] = ["owner", "deputy", "lead", "reader"];

const columns = (t: number, me: number | undefined): Column<Person>[] => [
  {
    head: "Name",
    look: "m",
    cell: (person) => (
      <>
        {person.name}
        {person.id === me && <span className="dim"> (you)</span>}
      </>
    ),
  },
  { head: "Role", cell: (person) => roleNames[person.role] },
  { head: "May", look: "mut wrapc", cell: (person) => may[person.role] },
  {
    head: "Link",
    look: "mut",
    cell: (person) => (person.redeemed ? "opened" : <b className="m t-vulnerable">not opened yet</b>),
  },
  { head: "Added", look: "r nw mut", cell: (person) => (person.added_at_ms ? moment(person.added_at_ms, t) : "–") },
];

export function PeoplePage() {
  useTitle("People");
  const t = useNow();
  const me = useMe().data;
  return (
    <View
      asked={usePeople()}
      what="the people"
      empty={({ people }) =>
        people.length > 0
          ? null
          : { title: "Nobody is here yet", children: <p>First step, on the server: douse person add NAME --role owner.</p> }
      }
    >
      {({ people }) => (
        <div className="page narrow">
          <div className="page-head">
            <h1>{plural(people.length, "person", "people")}</h1>
            {me?.rights.includes("add_people") && <AddPerson />}
          </div>
          <RowsTable columns={columns(t, me?.person.id)} rows={people} keyOf={(person) => person.id} />
        </div>
      )}
    </View>
  );
}

function AddPerson() {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("lead");
  const [made, setMade] = useState<{ name: string; link: string } | null>(null);
  const [copied, setCopied] = useState(false);
  const add = useAddPerson((invitation) =>
    setMade({ name: invitation.person.name, link: wholeLink(invitation.link, location.origin) }),
  );
  const close = () => {
    setOpen(false);
    setName("");
    setMade(null);
    setCopied(false);
    add.reset();
  };
  return (
    <div className="plan-act">
      <Press kind="main" onPress={() => setOpen(true)}>
        Add a person…
      </Press>
      <Sheet title={made ? `The link for ${made.name}` : "Add a person"} open={open} onClose={close}>
        {made ? (
          <>
            <p>
              Hand it over yourself, to {made.name} alone: who opens it is {made.name} here. It works once, within three days.{" "}
              <b>It is shown only now.</b>
            </p>
            <p className="one-link mono wrap">{made.link}</p>
            <Acts>
              {navigator.clipboard && (
                <Press kind="main" onPress={() => navigator.clipboard.writeText(made.link).then(() => setCopied(true))}>
                  {copied ? "Copied" : "Copy"}
                </Press>
              )}
              <Press onPress={close}>Close, I have it</Press>
            </Acts>
          </>
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              add.run({ name: name.trim(), role });
            }}
          >
            <Field label="Name, as people know them" value={name} onChange={setName} required autoFocus />
            <Choice
              label="Role"
              value={role}
              onChange={setRole}
              options={roles.map((id) => ({ id, text: roleNames[id], note: may[id] }))}
            />
            {add.trouble && <Trouble>{add.trouble}</Trouble>}
            <Acts>
              <Press type="submit" kind="main" pending={add.pending} disabled={name.trim() === ""}>
                Add, and show the link
              </Press>
              <Press onPress={close}>Leave it as it is</Press>
            </Acts>
          </form>
        )}
      </Sheet>
    </div>
  );
}
