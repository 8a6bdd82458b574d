// SPDX-License-Identifier: Apache-2.0
// A question that needs a written reason: the reason goes into the ledger, so it can't be left out.
import { type ReactNode, useState } from "react";
import { Press } from "./button";
import { Acts, Sheet } from "./dialog";
import { Field, Trouble } from "./form";

interface ReasonSheetProps {
  title: string;
  open: boolean;
  onClose: () => void;
  verb: string;
  kind?: "main" | "danger";
  pending: boolean;
  trouble: string | null;
  onReason: (reason: string) => void;
  children?: ReactNode;
}

export function ReasonSheet({
  title,
  open,
  onClose,
  verb,
  kind = "main",
  pending,
  trouble,
  onReason,
  children,
}: ReasonSheetProps) {
  const [reason, setReason] = useState("");
  return (
    <Sheet title={title} open={open} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== "") onReason(reason.trim());
        }}
      >
        {children}
        <Field label="Reason, for the ledger" value={reason} onChange={setReason} required lines={2} autoFocus />
        {trouble && <Trouble>{trouble}</Trouble>}
        <Acts>
          <Press type="submit" kind={kind} pending={pending} disabled={reason.trim() === ""}>
            {verb}
          </Press>
          <Press onPress={onClose}>Leave it as it is</Press>
        </Acts>
      </form>
    </Sheet>
  );
}
