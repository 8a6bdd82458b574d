// SPDX-License-Identifier: Apache-2.0
// Binds the event stream to the queries: an event makes old what it touches, at most twice a second, as a wave of a campaign can
// bring hundreds of events in one.
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import type { Event as LiveEvent } from "../api";
import { type Live, listen } from "./live";
import { staleAfter } from "./query_keys";

const LiveState = createContext<Live>({ state: "connecting" });
export const useLive = (): Live => useContext(LiveState);

const pause = 500;

function invalidateInBatches(client: QueryClient): (event: LiveEvent) => void {
  let waiting = new Map<string, readonly unknown[]>();
  let everything = false;
  let planned = false;
  const flush = () => {
    planned = false;
    const batch = waiting;
    waiting = new Map();
    if (everything) client.invalidateQueries();
    else for (const key of batch.values()) client.invalidateQueries({ queryKey: key });
    everything = false;
  };
  return (event) => {
    const stale = staleAfter(event);
    if (stale === "all") everything = true;
    else for (const key of stale ?? []) waiting.set(JSON.stringify(key), key);
    if (!planned) setTimeout(flush, pause);
    planned = true;
  };
}

export function LiveProvider({ children, fixed }: { children: ReactNode; fixed?: Live }) {
  const client = useQueryClient();
  const [live, setLive] = useState<Live>(fixed ?? { state: "connecting" });
  useEffect(() => {
    if (fixed) return;
    const stream = listen(invalidateInBatches(client), setLive);
    return () => stream.close();
  }, [client, fixed]);
  return <LiveState value={live}>{children}</LiveState>;
}
