// SPDX-License-Identifier: Apache-2.0
// How is this machine, by what evidence, and what can be done.
import type { AssetDetail, StoryRow } from "../../api";
import { LanesFigure } from "../../figures/lanes_figure";
import { dispositions } from "../../kit/disposition";
import { inline, sentence } from "../../kit/errors";
import { age, moment, words } from "../../kit/format";
import { Mark, Word } from "../../kit/mark";
import { useNow, useTitle } from "../../kit/now";
import { Age, View } from "../../kit/view";
import { TaskTable } from "../remediate/task_table";
import { EvidenceTable } from "./evidence_table";
import { MachineActs } from "./machine_acts";
import { useAsset } from "./queries";
import { WhoItIs } from "./who_it_is";

export function MachinePage({ id }: { id: number }) {
  const asked = useAsset(id);
  useTitle(asked.data?.asset.name ?? "Machine");
  return (
    <View asked={asked} what="this machine">
      {(detail) => <Machine detail={detail} />}
    </View>
  );
}

function Machine({ detail }: { detail: AssetDetail }) {
  const { asset } = detail;
  const t = useNow();
  return (
    <>
      <header className="mh">
        <h1>{asset.name}</h1>
        <p className="why">
          {asset.retired_at_ms ? (
            <span className="d t-retired b">
              <Mark tone="retired" size={13} />
              Retired
            </span>
          ) : (
            <span className="b">
              <Word disposition={asset.disposition} />
            </span>
          )}{" "}
          since <b>{moment(asset.retired_at_ms ?? asset.since_ms, t)}</b>. {sentence(asset.because)}
          {asset.next !== "" && (
            <>
              {" "}
              Next: <b>{inline(asset.next)}</b>.
            </>
          )}
          {detail.changes_at_ms ? (
            <>
              {" "}
              Unless it is looked at again, this holds until <b>{moment(detail.changes_at_ms, t)}</b>.
            </>
          ) : null}
        </p>
        <p className="facts">
          {asset.place !== "" && <b>{asset.place}</b>}
          {asset.address !== "" && <span>{asset.address}</span>}
          <span>{asset.os === "" ? "system not known" : asset.os}</span>
          {asset.last_seen_at_ms && asset.last_seen_at_ms > 0 ? (
            <span>
              seen <Age at={asset.last_seen_at_ms} /> ago
            </span>
          ) : (
            <span>never seen, only listed</span>
          )}
          <span className="dim">machine {asset.id}</span>
        </p>
      </header>
      <div className="g">
        <div className="c1">
          <EvidenceTable
            evidence={detail.evidence}
            asOf={detail.as_of_ms}
            vulnerability={detail.vulnerability}
            infection={detail.infection}
          />
          <Story detail={detail} />
          {detail.tasks.length > 0 && <TaskTable title="Tasks and attempts" tasks={detail.tasks} by="campaign" open />}
        </div>
        <aside className="c2" aria-label="What can be done, and who it is">
          <MachineActs detail={detail} />
          <WhoItIs records={detail.records} reasons={detail.reasons} />
        </aside>
      </div>
    </>
  );
}

function Story({ detail }: { detail: AssetDetail }) {
  const t = useNow();
  const story = detail.story.toSorted((a, b) => b.at_ms - a.at_ms);
  // A list that gives no times has its rows at zero; they come first, and start no axis.
  const first = story.findLast((row) => row.at_ms > 0);
  return (
    <section>
      <div className="hd">
        <h2>Story</h2>
        <span className="sm mut">the answers on top, what happened below</span>
        {first && <span className="age">{moment(first.at_ms, t)} to now</span>}
      </div>
      {story.length === 0 ? (
        <p className="mut sm">Nothing happened yet.</p>
      ) : (
        <>
          <LanesFigure story={story.filter((row) => row.at_ms > 0)} evidence={detail.evidence} now={detail.as_of_ms} />
          <ol className="sto">
            {story.map((row, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two things may happen in one millisecond
              <StoryLine key={`${row.at_ms}-${i}`} row={row} now={t} />
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

function StoryLine({ row, now }: { row: StoryRow; now: number }) {
  const look = row.disposition ? dispositions.find((d) => d.id === row.disposition) : undefined;
  return (
    <li>
      <time title={row.at_ms > 0 ? `${age(now - row.at_ms)} ago, ${words(row.kind)}` : words(row.kind)}>
        {row.at_ms > 0 ? moment(row.at_ms, now) : "no time"}
      </time>
      <span className="nd">{look ? <Mark tone={look.tone} /> : <i />}</span>
      {/* "is fixed" is the disposition's word; "came onto the books as unknown" says more than that. */}
      <b className={look ? `m t-${look.tone}` : "m"}>
        {look && row.text.startsWith("is ") ? look.word : sentence(row.text).replace(/\.$/, "")}
      </b>
      <span className="sm mut">{row.detail ?? ""}</span>
    </li>
  );
}
