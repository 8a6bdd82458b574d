// SPDX-License-Identifier: Apache-2.0
// Who answers for what. Adding a person gives a link that is shown once: nobody can look it up later, not even here.
import { useState } from "react";
import type { Invitation, Person, Role } from "../../api";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { Choice, Field, Trouble } from "../../kit/form";
import { moment, plural } from "../../kit/format";
import { useNow, useTitle } from "../../kit/now";
import { type Column, RowsTable } from "../../kit/rows_table";
import { View } from "../../kit/view";
import { useAddPerson } from "./actions";
import { NewLink, OneTimeLink } from "./one_time_link";
import { useMe, usePeople } from "./queries";
import { roleNames } from "./roles";

const may: Record<Role, string> = {
  owner: "everything, but never approves their own request",
  deputy: "the same as the owner",
  lead: "imports, sweeps, checks, plans, asks, retires, stops",
  reader: "sees everything, changes nothing",
};
const roles: Role[] = ["owner", "deputy", "lead", "reader"];

const columns = (t: number, me: number | undefined, mayInvite: boolean): Column<Person>[] => [
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
  ...(mayInvite ? [{ head: "", look: "r nw", cell: (person: Person) => <NewLink person={person} /> }] : []),
];

export function PeoplePage() {
  useTitle("People");
  const t = useNow();
  const me = useMe().data;
  const mayInvite = me?.rights.includes("add_people") ?? false;
  return (
    <View
      asked={usePeople()}
      what="the people"
      empty={({ people }) =>
        people.length > 0
          ? null
          : { title: "Nobody is here yet", children: <p>First step, on the server: douse serve --new-owner-link.</p> }
      }
    >
      {({ people }) => (
        <div className="page narrow">
          <div className="page-head">
            <h1>{plural(people.length, "person", "people")}</h1>
            {mayInvite && <AddPerson />}
          </div>
          <RowsTable columns={columns(t, me?.person.id, mayInvite)} rows={people} keyOf={(person) => person.id} />
        </div>
      )}
    </View>
  );
}

function AddPerson() {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("lead");
  const [made, setMade] = useState<Invitation | null>(null);
  const add = useAddPerson(setMade);
  const close = () => {
    setOpen(false);
    setName("");
    setMade(null);
    add.reset();
  };
  return (
    <div className="plan-act">
      <Press kind="main" onPress={() => setOpen(true)}>
        Add a person…
      </Press>
      <Sheet title={made ? `The link for ${made.person.name}` : "Add a person"} open={open} onClose={close}>
        {made ? (
          <OneTimeLink invitation={made} onClose={close} />
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
