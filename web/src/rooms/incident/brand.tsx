// SPDX-License-Identifier: Apache-2.0
export function Brand() {
  return (
    <span className="brand">
      <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.6" fill="none" stroke="var(--ink)" strokeWidth="1.8" />
        <path d="M1.5 8h13" stroke="var(--ink)" strokeWidth="1.8" />
        <path d="M1.4 8a6.6 6.6 0 0 0 13.2 0Z" fill="var(--ink)" />
      </svg>
      Douse
    </span>
  );
}
