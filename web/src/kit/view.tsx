// SPDX-License-Identifier: Apache-2.0
// The five states that every view has: no right, loading, error, empty, stale; and the picture itself. A view says what it asked
// and what its emptiness means; the rest is the same everywhere.
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { ApiError } from "./api";
import { Press } from "./button";
import { adviceFor, sentence, sentenceOf } from "./errors";
import { age, clockSeconds } from "./format";
import { useLive } from "./live_context";
import { useNow } from "./now";

export interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

interface Nothing {
  title: string;
  children: ReactNode;
}

interface ViewProps<T> {
  asked: Asked<T>;
  what: string; // what is shown, for the sentences: "the machines"
  right?: string; // the right that it needs
  inside?: boolean; // a part of a page that has a heading of its own
  empty?: (data: T) => Nothing | null;
  children: (data: T) => ReactNode;
}

const Stale = createContext(false);
export const useStale = (): boolean => useContext(Stale);

export function View<T>({ asked, what, right = "read", inside = false, empty, children }: ViewProps<T>) {
  const live = useLive();
  const { data, error } = asked;
  const level = inside ? 2 : 1;
  if (error instanceof ApiError && error.code === "denied")
    return <NoRight what={what} right={right} said={error.message} level={level} />;
  if (data === undefined) {
    if (error) return <Failed what={what} error={error} again={() => asked.refetch()} level={level} />;
    return <Loading what={what} />;
  }
  const stale = live.state === "gone" || error !== null;
  const nothing = empty?.(data) ?? null;
  return (
    <Stale value={stale}>
      <div className={stale ? "view is-stale" : "view"} data-state={stale ? "stale" : nothing ? "empty" : "shown"}>
        {error !== null && live.state !== "gone" && (
          <p className="note warn" role="status">
            Could not be read again: {sentenceOf(error)} Shown is the picture of <b>{clockSeconds(asked.dataUpdatedAt)}</b>.
          </p>
        )}
        {nothing ? (
          <Empty title={nothing.title} level={level}>
            {nothing.children}
          </Empty>
        ) : (
          children(data)
        )}
      </div>
    </Stale>
  );
}

type Level = 1 | 2;
function Title({ level, children }: { level: Level; children: ReactNode }) {
  return level === 1 ? <h1 className="st-title">{children}</h1> : <h2 className="st-title">{children}</h2>;
}

export function Loading({ what }: { what: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="state loading" data-state="loading" role="status" aria-busy="true">
      {late && (
        <>
          <p className="dim">Reading {what}…</p>
          <i style={{ width: "44%" }} />
          <i style={{ width: "78%" }} />
          <i style={{ width: "61%" }} />
        </>
      )}
    </div>
  );
}

export function NoRight({ what, right, said, level }: { what: string; right: string; said: string; level: Level }) {
  return (
    <section className="state" data-state="denied" role="status">
      <Title level={level}>You may not see {what}</Title>
      <p>{sentence(said)}</p>
      <p className="mut">
        It needs the right “{right.replaceAll("_", " ")}”. An owner or a deputy of this incident can add you with a role that has
        it, on the page People.
      </p>
    </section>
  );
}

export function Failed({ what, error, again, level = 1 }: { what: string; error: unknown; again: () => void; level?: Level }) {
  const code = error instanceof ApiError ? error.code : "internal";
  const { what: title, now } = adviceFor(code);
  return (
    <section className="state" data-state="error" role="alert">
      <Title level={level}>{title}</Title>
      <p>
        Could not read {what}: {sentenceOf(error)}
      </p>
      {error instanceof ApiError && error.detail !== "" && <p className="mono sm">{error.detail}</p>}
      <p className="mut">{now} Nothing was changed.</p>
      <p>
        <Press onPress={again}>Read again</Press> <span className="dim sm">code {code}</span>
      </p>
    </section>
  );
}

export function Empty({ title, children, level }: Nothing & { level: Level }) {
  return (
    <section className="state" data-state="empty">
      <Title level={level}>{title}</Title>
      {children}
    </section>
  );
}

// How old a fact is. Grey when the picture is stale, as then nobody knows.
export function Age({ at, from = "" }: { at: number; from?: string }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
      {age(now - at)}
      {from}
    </time>
  );
}
