// SPDX-License-Identifier: Apache-2.0
import type { Sweep } from "../../api";
import { count } from "../../kit/format";
import { Link } from "../../kit/link";
import { Age } from "../../kit/view";

// What a sweep found out, in one sentence; clean only where the server says that every machine was looked at and is done.
export function saySweep(s: Sweep): string {
  const counts = `${count(s.answered)} of ${count(s.targets)} addresses answered, ${count(s.inside)} looked at from inside`;
  if (s.state === "running") return `${counts} so far.`;
  if (s.state === "failed") return `${counts}; it did not end.`;
  const changed = s.changed === undefined ? "" : s.changed === 0 ? "; nothing changed" : `; ${count(s.changed)} changed`;
  const found = s.new_assets ? `; ${count(s.new_assets)} in no list` : "";
  return `${counts}${found}${changed}.`;
}

export function SweepStrip({ sweep }: { sweep: Sweep }) {
  return (
    <section>
      <div className="hd">
        <h2>
          <Link className="n" to="/sweeps">
            {sweep.kind === "check" ? "Check" : "Sweep"} {sweep.id}
          </Link>
        </h2>
        <span className="sm mut">{sweep.state === "done" && sweep.clean ? "done, clean" : sweep.state}</span>
        <span className="age">
          <Age at={sweep.ended_at_ms ?? sweep.started_at_ms} from={sweep.ended_at_ms ? " ago" : ""} />
        </span>
      </div>
      <p className="sm mut">{saySweep(sweep)}</p>
      {sweep.state === "done" && !sweep.clean && sweep.because && <p className="sm mut">Not clean: {sweep.because}.</p>}
    </section>
  );
}
