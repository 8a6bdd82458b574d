// SPDX-License-Identifier: Apache-2.0
// One event stream for all tabs. HTTP/1.1 allows a browser six connections to a host; a stream per tab would block the seventh tab
// wholly. So one tab leads: it holds the EventSource and tells the others over a BroadcastChannel. Who leads is decided by a Web
// Lock, and where there is none (plain http to an address is no secure context) by a lease in localStorage.
import type { Event as LiveEvent } from "../api";

export type Live = { state: "connecting" } | { state: "live" } | { state: "gone"; since: number };
type Message = { say: "event"; event: LiveEvent } | { say: "state"; live: Live } | { say: "ask" };

const kinds: LiveEvent["kind"][] = ["books", "asset", "campaign", "sweep", "incident", "ledger", "decision", "stop", "reload"];
const leaseKey = "douse-event-lead";
const lease = 6000;

export interface LiveStream {
  close(): void;
}

export function listen(onEvent: (event: LiveEvent) => void, onState: (live: Live) => void): LiveStream {
  const closed = new AbortController();
  const channel = new BroadcastChannel("douse-events");
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  let live: Live = { state: "connecting" };
  let lost = false;

  function tell(next: Live): void {
    live = next;
    onState(next);
    channel.postMessage({ say: "state", live: next } satisfies Message);
  }
  function hear(event: LiveEvent): void {
    onEvent(event);
    channel.postMessage({ say: "event", event } satisfies Message);
  }
  function receive(message: MessageEvent<string>): void {
    try {
      hear(JSON.parse(message.data) as LiveEvent);
    } catch {
      hear({ kind: "reload" }); // an event that can't be read may have been any
    }
  }

  function open(): void {
    if (closed.signal.aborted || source) return;
    source = new EventSource("/api/events");
    source.onopen = () => {
      tell({ state: "live" });
      if (lost) hear({ kind: "reload" });
      lost = false;
    };
    source.onmessage = receive;
    for (const kind of kinds) source.addEventListener(kind, receive as EventListener);
    source.onerror = () => {
      if (live.state !== "gone") tell({ state: "gone", since: Date.now() });
      lost = true;
      // The browser tries again by itself unless the answer was an error; then we do.
      if (source?.readyState === EventSource.CLOSED) {
        source = null;
        again = setTimeout(open, 3000);
      }
    };
  }
  function shut(): void {
    clearTimeout(again);
    source?.close();
    source = null;
  }

  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.say === "ask") {
      if (source) channel.postMessage({ say: "state", live } satisfies Message);
    } else if (data.say === "state") {
      if (!source) {
        live = data.live;
        onState(live);
      }
    } else if (!source) {
      onEvent(data.event);
    }
  };
  channel.postMessage({ say: "ask" } satisfies Message);

  if (navigator.locks) {
    navigator.locks
      .request("douse-events", { signal: closed.signal }, () => {
        open();
        return new Promise<void>((done) => closed.signal.addEventListener("abort", () => done()));
      })
      .catch(() => undefined); // the tab closed while it waited for the lead
  } else {
    const me = String(Math.random());
    const stand = () => {
      const [holder, until] = (localStorage.getItem(leaseKey) ?? "").split(" ");
      if (holder !== me && Number(until) > Date.now()) return shut();
      localStorage.setItem(leaseKey, `${me} ${Date.now() + lease}`);
      open();
    };
    stand();
    const timer = setInterval(stand, lease / 3);
    const resign = () => {
      clearInterval(timer);
      if (localStorage.getItem(leaseKey)?.startsWith(me)) localStorage.removeItem(leaseKey);
    };
    closed.signal.addEventListener("abort", resign);
    addEventListener("pagehide", resign, { once: true });
  }

  return {
    close() {
      shut();
      closed.abort();
      channel.close();
    },
  };
}
