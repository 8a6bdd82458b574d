// SPDX-License-Identifier: Apache-2.0
// The stop switch: one press and one typed word. While it is on, the whole console says so.
import { useState } from "react";
import type { Stop } from "../../api";
import { Press } from "../../kit/button";
import { ReasonSheet } from "../../kit/decision";
import { Acts, Sheet } from "../../kit/dialog";
import { Field, Trouble } from "../../kit/form";
import { clock } from "../../kit/format";
import { useResumeAll, useStop } from "./actions";

export function StopButton({ stop, rights }: { stop: Stop | undefined; rights: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const shut = () => {
    setOpen(false);
    setTyped("");
  };
  const act = useStop(shut);
  const close = () => {
    shut();
    act.reset();
  };
  if (!rights.includes("stop_everything") || !stop || stop.stopped) return null;
  const ready = typed.trim().toLowerCase() === "stop";
  return (
    <>
      <button type="button" className="stop" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
          <rect width="10" height="10" fill="currentColor" />
        </svg>
        <span className="wide-only">Stop new actions…</span>
        <span className="phone-only">Stop…</span>
      </button>
      <Sheet title="Stop new actions" open={open} onClose={close} alert>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) act.run(null);
          }}
        >
          <p>
            From then on no new attempt, step or campaign starts, for everyone. A step that runs on a machine now ends by itself.
            What is isolated stays isolated. An owner or a deputy can allow actions again.
          </p>
          <Field label="Type stop" value={typed} onChange={setTyped} required autoFocus />
          {act.trouble && <Trouble>{act.trouble}</Trouble>}
          <Acts>
            <Press type="submit" kind="danger" disabled={!ready} pending={act.pending}>
              Stop new actions
            </Press>
            <Press onPress={close}>Leave it as it is</Press>
          </Acts>
        </form>
      </Sheet>
    </>
  );
}

export function StoppedBanner({ stop, rights }: { stop: Stop | undefined; rights: readonly string[] }) {
  const [open, setOpen] = useState(false);
  const act = useResumeAll(() => setOpen(false));
  if (!stop?.stopped) return null;
  const may = rights.includes("steer");
  return (
    <div className="banner stopped" role="status">
      <b>New actions are stopped</b>
      <span>
        {stop.since_ms ? `since ${clock(stop.since_ms)}` : ""}
        {stop.by ? ` by ${stop.by}` : ""}. Nothing new starts; what ran then ends by itself.
      </span>
      {may && (
        <Press size="small" onPress={() => setOpen(true)}>
          Allow actions again…
        </Press>
      )}
      <ReasonSheet
        title="Allow actions again"
        open={open}
        onClose={() => setOpen(false)}
        verb="Allow actions again"
        pending={act.pending}
        trouble={act.trouble}
        onReason={act.run}
      >
        <p>Running campaigns go on where they were. Paused ones stay paused.</p>
      </ReasonSheet>
    </div>
  );
}
