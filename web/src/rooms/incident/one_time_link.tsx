// SPDX-License-Identifier: Apache-2.0
// A one-time link, shown once, and the act that makes a new one for somebody who lost link, session or account.
import { useState } from "react";
import type { Invitation, Person } from "../../api";
import { Press } from "../../kit/button";
import { Acts, Sheet } from "../../kit/dialog";
import { Trouble } from "../../kit/form";
import { useInvitePerson } from "./actions";
import { wholeLink } from "./entries";

export function OneTimeLink({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const { name } = invitation.person;
  const link = wholeLink(invitation.link, location.origin);
  return (
    <>
      <p>
        Hand it over yourself, to {name} alone: who opens it is {name} here. It works once, within three days.{" "}
        <b>It is shown only now.</b>
      </p>
      <p className="one-link mono wrap">{link}</p>
      <Acts>
        {navigator.clipboard && (
          <Press kind="main" onPress={() => navigator.clipboard.writeText(link).then(() => setCopied(true))}>
            {copied ? "Copied" : "Copy"}
          </Press>
        )}
        <Press onPress={onClose}>Close, I have it</Press>
      </Acts>
    </>
  );
}

export function NewLink({ person }: { person: Person }) {
  const [open, setOpen] = useState(false);
  const [made, setMade] = useState<Invitation | null>(null);
  const invite = useInvitePerson(setMade);
  const close = () => {
    setOpen(false);
    setMade(null);
    invite.reset();
  };
  return (
    <>
      <Press size="small" label={`New link for ${person.name}`} onPress={() => setOpen(true)}>
        New link…
      </Press>
      <Sheet title={made ? `The link for ${person.name}` : `A new link for ${person.name}?`} open={open} onClose={close}>
        {made ? (
          <OneTimeLink invitation={made} onClose={close} />
        ) : (
          <>
            <p>
              Who opens it is {person.name} here, and the ledger keeps that you made it. Older links of {person.name} are void
              from then on; where {person.name} is signed in already, that stays so.
            </p>
            {invite.trouble && <Trouble>{invite.trouble}</Trouble>}
            <Acts>
              <Press kind="main" pending={invite.pending} onPress={() => invite.run(person.id)}>
                Make the link, and show it
              </Press>
              <Press onPress={close}>Leave it as it is</Press>
            </Acts>
          </>
        )}
      </Sheet>
    </>
  );
}
