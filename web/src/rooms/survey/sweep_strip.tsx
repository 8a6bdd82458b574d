// SPDX-License-Identifier: Apache-2.0
import type { Sweep } from "../../api";
import { Link } from "../../kit/link";
import { Age } from "../../kit/view";
import { saySweep } from "./say";

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
