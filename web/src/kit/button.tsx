// SPDX-License-Identifier: Apache-2.0
// Buttons are ink, not colour; only what stops or cuts is red. A button that may not be pressed says why beside it.
import type { ReactNode } from "react";
import { Button } from "react-aria-components";

interface PressProps {
  children: ReactNode;
  onPress?: () => void;
  kind?: "plain" | "main" | "danger";
  size?: "normal" | "small";
  keyHint?: string;
  disabled?: boolean;
  pending?: boolean;
  type?: "button" | "submit";
  label?: string;
  describedBy?: string;
  autoFocus?: boolean;
}

export function Press({
  children,
  kind = "plain",
  size = "normal",
  keyHint,
  disabled,
  pending,
  label,
  describedBy,
  ...rest
}: PressProps) {
  const look = ["btn", kind === "main" && "p", kind === "danger" && "danger", size === "small" && "s"].filter(Boolean).join(" ");
  return (
    <Button
      className={look}
      isDisabled={disabled ?? false}
      isPending={pending ?? false}
      {...(label ? { "aria-label": label } : {})}
      {...(describedBy ? { "aria-describedby": describedBy } : {})}
      {...rest}
    >
      {children}
      {keyHint && <kbd aria-hidden="true">{keyHint}</kbd>}
    </Button>
  );
}
