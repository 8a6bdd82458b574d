// SPDX-License-Identifier: Apache-2.0
// What lists and looks say that this machine is called, and why these records are taken to be one machine.
import type { AssetDetail } from "../../api";
import { sentence } from "../../kit/errors";
import { count, moment, words } from "../../kit/format";
import { useNow } from "../../kit/now";
import { Age } from "../../kit/view";

const kinds: Record<string, string> = {
  machine_id: "machine id",
  directory_guid: "directory id",
  ssh_host_key: "host key",
  dns_name: "DNS name",
  host_name: "name",
  mac: "MAC",
};

const shown = 8;

export function WhoItIs({ records, reasons }: { records: AssetDetail["records"]; reasons: string[] }) {
  const now = useNow();
  return (
    <section>
      <div className="hd">
        <h2>Who it is</h2>
        <span className="age">{records.length === 1 ? "one record" : `${count(records.length)} records, one machine`}</span>
      </div>
      <ul className="idl">
        {records.slice(0, shown).map((record, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a source may say the same twice
          <li key={i}>
            <span className="m el" title={record.source}>
              {record.source}
            </span>
            <span className="mono wrap ids">
              {record.identifiers.map((id) => (
                <span key={`${id.kind} ${id.value}`} title={kinds[id.kind] ?? words(id.kind)}>
                  {id.value.length > 44 ? `${id.value.slice(0, 24)}…${id.value.slice(-8)}` : id.value}
                </span>
              ))}
            </span>
            <span className="age r">{record.seen_at_ms > 0 ? <Age at={record.seen_at_ms} /> : "no time given"}</span>
            <span className="sm mut">{attributes(record.attributes, now)}</span>
          </li>
        ))}
      </ul>
      {records.length > shown && <p className="xs dim">and {count(records.length - shown)} older records</p>}
      {reasons.map((reason) => (
        <p key={reason} className="sm mut reason">
          {sentence(reason)}
        </p>
      ))}
    </section>
  );
}

// A list's times come as it gave them, in milliseconds, under names that say so.
const attribute = (name: string, value: string, now: number): string =>
  name.endsWith("_ms") && /^\d+$/.test(value)
    ? `${words(name.slice(0, -3))} ${moment(Number(value), now)}`
    : `${words(name)} ${value}`;

const attributes = (given: Record<string, string> | undefined, now: number): string =>
  Object.entries(given ?? {})
    .filter(([, value]) => value !== "")
    .map(([name, value]) => attribute(name, value, now))
    .join(", ");
