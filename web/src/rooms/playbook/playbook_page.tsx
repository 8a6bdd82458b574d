// SPDX-License-Identifier: Apache-2.0
// The playbook as people read it: what it asks, what it concludes, what it does, and what it can't know.
import type { Playbook, PlaybookDetail } from "../../api";
import { toneOfVerdict } from "../../kit/disposition";
import { sentence } from "../../kit/errors";
import { Choice } from "../../kit/form";
import { shortHash, words } from "../../kit/format";
import { Link } from "../../kit/link";
import { Mark } from "../../kit/mark";
import { useTitle } from "../../kit/now";
import { go, useHere } from "../../kit/url";
import { View } from "../../kit/view";
import { useMe, useNowPicture } from "../incident/queries";
import { usePlaybook, usePlaybooks } from "./queries";
import { StorePlaybook } from "./store_playbook";
import { pathOfVersion, sayVersion, shownOf } from "./versions";

export function PlaybookPage() {
  useTitle("Playbook");
  const rights = useMe().data?.rights ?? [];
  const used = useNowPicture().data?.incident?.playbook;
  const asked = useHere().search.get("sha256") ?? "";
  return (
    <View
      asked={usePlaybooks()}
      what="the playbooks"
      empty={({ playbooks }) =>
        playbooks.length > 0
          ? null
          : {
              title: "No playbook is stored",
              children: (
                <>
                  <p>
                    A playbook says what the outbreak is: how to tell a vulnerable, fixed or infected machine, and how to clean
                    and patch it. First step: store one, with its signatures.
                  </p>
                  {rights.includes("run_incident") && <StorePlaybook />}
                </>
              ),
            }
      }
    >
      {({ playbooks }) => {
        const shown = shownOf(playbooks, asked, used?.sha256);
        if (!shown) return <NoSuchVersion sha256={asked} />;
        const said = sayVersion(shown, used, playbooks);
        return (
          <div className="page">
            <div className="page-head">
              {playbooks.length > 1 && (
                <Choice
                  label="Version"
                  value={shown.sha256}
                  onChange={(sha256) => go(pathOfVersion(sha256))}
                  options={playbooks.map((p) => ({
                    id: p.sha256,
                    text: `${p.id} v${p.version}`,
                    ...(p.sha256 === used?.sha256 ? { note: "in use" } : {}),
                  }))}
                />
              )}
              {rights.includes("run_incident") && <StorePlaybook />}
            </div>
            {said && (
              <p className={shown.sha256 === used?.sha256 ? "note" : "note warn"} role="status">
                {said}{" "}
                {used && shown.sha256 !== used.sha256 && (
                  <Link className="n" to={pathOfVersion(used.sha256)}>
                    Show the one it uses
                  </Link>
                )}
              </p>
            )}
            <Detail shown={shown} versions={playbooks.filter((p) => p.id === shown.id)} />
          </div>
        );
      }}
    </View>
  );
}

function NoSuchVersion({ sha256 }: { sha256: string }) {
  return (
    <section className="state">
      <h1 className="st-title">No playbook with this hash is stored</h1>
      <p className="mono wrap">{sha256}</p>
      <p>
        <Link to="/playbook" className="n">
          To the playbook in use
        </Link>
      </p>
    </section>
  );
}

function Detail({ shown, versions }: { shown: Playbook; versions: Playbook[] }) {
  return (
    <View asked={usePlaybook(shown)} what="this playbook">
      {(detail) => (
        <>
          <Head detail={detail} versions={versions} />
          <div className="two">
            <div>
              <Checks detail={detail} />
            </div>
            <div>
              <Steps detail={detail} />
              <Listed title="Isolation" items={detail.isolation ?? []} />
              <Listed title="What it can't know" items={detail.cannot_know} />
              <Listed title="Shown, and not carried out by this version" items={detail.not_carried_out} />
              <Files detail={detail} />
            </div>
          </div>
          <Instructions detail={detail} />
          {detail.yaml && (
            <details className="source">
              <summary>The playbook as it was stored</summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by key */}
              <pre tabIndex={0}>{detail.yaml}</pre>
            </details>
          )}
        </>
      )}
    </View>
  );
}

function Head({ detail, versions }: { detail: PlaybookDetail; versions: Playbook[] }) {
  const { playbook: p } = detail;
  return (
    <header className="pb-head">
      <h1 className="say">{p.name}</h1>
      <p className="say2">{detail.summary}</p>
      <p className="facts">
        <b>
          {p.id} v{p.version}
        </b>
        <span>{p.kind}</span>
        <span>{p.state}</span>
        <span>
          {p.signed_by.length === 0 ? (
            <b className="t-vulnerable">nobody pinned here has signed it</b>
          ) : (
            `signed by ${p.signed_by.join(", ")}`
          )}
        </span>
        <span className="mono" title={p.sha256}>
          {shortHash(p.sha256)}
        </span>
        {versions.length > 1 && <span>{versions.length} versions stored</span>}
      </p>
      {(p.warnings ?? []).length > 0 && (
        <ul className="note warn">
          {(p.warnings ?? []).map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
    </header>
  );
}

function Verdict({ verdict }: { verdict: string }) {
  const tone = toneOfVerdict(verdict);
  return (
    <span className={tone ? `d t-${tone}` : "d"}>
      {tone && <Mark tone={tone} />}
      {words(verdict)}
    </span>
  );
}

function Checks({ detail }: { detail: PlaybookDetail }) {
  return (
    <section>
      <div className="hd">
        <h2>Checks</h2>
        <span className="sm mut">what is asked, and what the answers mean</span>
      </div>
      {detail.checks.map((check) => (
        <div key={check.id} className="pb-check">
          <p>
            <b className="m">{check.title}</b> <span className="mono dim">{check.id}</span>{" "}
            <span className="tag">{words(check.ask)}</span>
          </p>
          <ul>
            {(check.rules ?? []).map((rule) => (
              <li key={`${rule.verdict} ${rule.why}`}>
                <Verdict verdict={rule.verdict} />
                <span className="mut">{sentence(rule.why)}</span>
              </li>
            ))}
          </ul>
          {(check.by_hand ?? []).length > 0 && (
            <details className="source">
              <summary>By hand</summary>
              <ul>
                {(check.by_hand ?? []).map(({ look, how }) => (
                  <li key={look}>
                    <span className="mono dim">{look}</span> <span>{how}</span>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </div>
      ))}
    </section>
  );
}

function Steps({ detail }: { detail: PlaybookDetail }) {
  return (
    <section>
      <div className="hd">
        <h2>Plan</h2>
        <span className="sm mut">what it does on a machine, in this order</span>
      </div>
      <ol className="pb-steps">
        {detail.plan.map((step, i) => (
          <li key={step.step}>
            <span className="num">{i + 1}</span>
            <div>
              <p>
                <b className="m">{step.title}</b> <span className="tag">{words(step.does)}</span>
              </p>
              {(step.actions ?? []).map((action) => (
                <p key={action} className="sm mut wrap">
                  {action}
                </p>
              ))}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Listed({ title, items }: { title: string; items: string[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <div className="hd">
        <h2>{title}</h2>
      </div>
      {items.map((item) => (
        <p key={item} className="sm mut reason">
          {sentence(item)}
        </p>
      ))}
    </section>
  );
}

function Files({ detail }: { detail: PlaybookDetail }) {
  if (detail.files.length === 0) return null;
  return (
    <section>
      <div className="hd">
        <h2>Files</h2>
        <span className="sm mut">named by hash</span>
      </div>
      <ul className="idl">
        {detail.files.map((file) => (
          <li key={file.id}>
            <span className="m el">{file.name}</span>
            <span className="mono dim" title={file.sha256}>
              {shortHash(file.sha256)}
            </span>
            <span className={file.here === false ? "age late" : "age"}>
              {file.here === undefined ? "" : file.here ? "stored" : "not stored yet"}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Instructions({ detail }: { detail: PlaybookDetail }) {
  const all = detail.instructions ?? [];
  if (all.length === 0) return null;
  return (
    <section>
      <div className="hd">
        <h2>Instructions</h2>
        <span className="sm mut">for whoever goes to the machine</span>
      </div>
      {all.map((text) => (
        <details key={`${text.role} ${text.language}`} className="source">
          <summary>
            {text.title}{" "}
            <span className="dim">
              {words(text.role)}, {text.language}
            </span>
          </summary>
          {(text.bring ?? []).length > 0 && <p className="sm">Bring: {(text.bring ?? []).join("; ")}</p>}
          <ol className="pb-steps">
            {text.steps.map((step, i) => (
              <li key={step}>
                <span className="num">{i + 1}</span>
                <span>{step}</span>
              </li>
            ))}
          </ol>
          {(text.never ?? []).map((never) => (
            <p key={never} className="note bad">
              Never: {never}
            </p>
          ))}
          {(text.report ?? []).length > 0 && <p className="sm mut">Report: {(text.report ?? []).join("; ")}</p>}
        </details>
      ))}
    </section>
  );
}
