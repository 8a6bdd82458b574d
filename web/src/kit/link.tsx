// SPDX-License-Identifier: Apache-2.0
// A link within the console: a real anchor, so that it can be copied and opened in a tab, followed without loading anew.
import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { go } from "./url";

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { to: string };

export function Link({ to, onClick, ...rest }: LinkProps) {
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  }
  return <a href={to} onClick={follow} {...rest} />;
}
