// SPDX-License-Identifier: Apache-2.0
// A mark is a shape with a colour; beside it stands the word. Never colour alone.
import type { ReactNode } from "react";
import type { Disposition } from "../api";
import { lookOf, type Tone } from "./disposition";

const shapes: Record<Tone, ReactNode> = {
  infected: <path d="M6 .6 11.4 6 6 11.4.6 6Z" fill="currentColor" />,
  isolated: (
    <>
      <rect x=".75" y=".75" width="10.5" height="10.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6 2.9 9.1 6 6 9.1 2.9 6Z" fill="currentColor" />
    </>
  ),
  vulnerable: <path d="M6 1.4 11.1 10.6H.9Z" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinejoin="round" />,
  unknown: (
    <>
      <circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" strokeWidth="1.3" strokeDasharray="2 1.7" />
      <path d="M4.5 4.7c0-2.1 3-2 3 0 0 1.2-1.5 1.1-1.5 2.4" fill="none" stroke="currentColor" strokeWidth="1.2" />
      <circle cx="6" cy="8.7" r=".8" fill="currentColor" />
    </>
  ),
  unverified: (
    <>
      <circle cx="6" cy="6" r="5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6 1a5 5 0 0 1 0 10Z" fill="currentColor" />
    </>
  ),
  fixed: (
    <>
      <circle cx="6" cy="6" r="5.6" fill="currentColor" />
      <path d="M3.4 6.2 5.2 8 8.7 4.3" fill="none" stroke="var(--bg)" strokeWidth="1.5" />
    </>
  ),
  clear: <circle cx="6" cy="6" r="4.9" fill="none" stroke="currentColor" strokeWidth="1.5" />,
  exempt: (
    <>
      <path d="M3.2.9h5.6l2.9 5.1-2.9 5.1H3.2L.3 6Z" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M3.6 6h4.8" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
  retired: <path d="M1.5 6h9" stroke="currentColor" strokeWidth="1.8" />,
};

export function Mark({ tone, size = 12 }: { tone: Tone; size?: number }) {
  return (
    <svg className={`mark c-${tone}`} width={size} height={size} viewBox="0 0 12 12" aria-hidden="true">
      {shapes[tone]}
    </svg>
  );
}

export function Word({ disposition, short }: { disposition: Disposition; short?: boolean }) {
  const look = lookOf(disposition);
  return (
    <span className={`d t-${look.tone}`}>
      <Mark tone={look.tone} />
      <span>{short ? look.short : look.word}</span>
    </span>
  );
}

// The patterns that bars and areas fill with; once per page.
export function Patterns() {
  return (
    <svg width="0" height="0" className="patterns" aria-hidden="true">
      <defs>
        <pattern id="p-isolated" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" fill="var(--bg)" />
          <rect width="3" height="6" fill="var(--isolated)" />
        </pattern>
        <pattern id="p-unknown" width="5" height="5" patternUnits="userSpaceOnUse">
          <rect width="5" height="5" fill="var(--bg)" />
          <circle cx="1.3" cy="1.3" r="1" fill="var(--unknown)" />
          <circle cx="3.8" cy="3.8" r="1" fill="var(--unknown)" />
        </pattern>
        <pattern id="p-unverified" width="5" height="5" patternUnits="userSpaceOnUse">
          <rect width="5" height="5" fill="var(--bg)" />
          <rect width="5" height="2.6" fill="var(--unverified)" />
        </pattern>
        <pattern id="p-hands" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="6" height="6" fill="var(--bg)" />
          <rect width="2.5" height="6" fill="var(--ink)" />
        </pattern>
      </defs>
    </svg>
  );
}

export const fillOf = (tone: Tone): string =>
  tone === "isolated" || tone === "unknown" || tone === "unverified" ? `url(#p-${tone})` : `var(--${tone})`;
export const isPattern = (tone: Tone): boolean => fillOf(tone).startsWith("url");
