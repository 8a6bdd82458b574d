// SPDX-License-Identifier: Apache-2.0
// The incident's ground: its name and state, the address ranges, whose signatures count, what Douse signs in with, host keys.
import { useState } from "react";
import type { HostKeyChange, Incident } from "../../api";
import { Press } from "../../kit/button";
import { ReasonSheet } from "../../kit/decision";
import { Sheet } from "../../kit/dialog";
import { count, moment, plural } from "../../kit/format";
import { Link } from "../../kit/link";
import { useNow, useTitle } from "../../kit/now";
import { View } from "../../kit/view";
import { useCloseIncident, useRemoveScope } from "./actions";
import { HostKeyDecision } from "./decision_sheet";
import { useCredentials, useHealth, useHostKeys, useMe, useNowPicture, useScope, useSigners } from "./queries";
import { AddCredential, AddRanges, AddSigner, OpenIncident } from "./setting_forms";

export function SettingsPage() {
  useTitle("Settings");
  const rights = useMe().data?.rights ?? [];
  const health = useHealth().data;
  return (
    <div className="page narrow">
      <div className="page-head">
        <h1>Settings</h1>
        {health && (
          <span className="sm mut">
            {health.name} {health.version}
            {health.drill ? ", started by a drill" : ""}
            {health.acting ? "" : ", does not act"}
          </span>
        )}
      </div>
      <View inside asked={useNowPicture()} what="the incident">
        {({ incident }) => (incident ? <IncidentPart incident={incident} rights={rights} /> : <NoIncident rights={rights} />)}
      </View>
      <ScopePart rights={rights} />
      <SignersPart rights={rights} />
      <CredentialsPart rights={rights} />
      <HostKeysPart />
    </div>
  );
}

interface Rights {
  rights: readonly string[];
}

function NoIncident({ rights }: Rights) {
  return (
    <section>
      <div className="hd">
        <h2>Incident</h2>
      </div>
      <p className="mut">None is open.</p>
      {rights.includes("run_incident") && <OpenIncident />}
    </section>
  );
}

function IncidentPart({ incident, rights }: Rights & { incident: Incident }) {
  const t = useNow();
  const [closing, setClosing] = useState(false);
  const close = useCloseIncident(() => setClosing(false));
  return (
    <section>
      <div className="hd">
        <h2>Incident</h2>
        <span className="age">{incident.state}</span>
      </div>
      <dl className="facts-list">
        <dt>Name</dt>
        <dd className="b">{incident.name}</dd>
        <dt>Playbook</dt>
        <dd>
          <Link className="n" to="/playbook">
            {incident.playbook.name}
          </Link>
          , {incident.playbook.id} v{incident.playbook.version}
        </dd>
        <dt>Opened</dt>
        <dd>
          {moment(incident.opened_at_ms, t)}
          {incident.owner ? ` by ${incident.owner}` : ""}
        </dd>
        {incident.closed_at_ms ? (
          <>
            <dt>Closed</dt>
            <dd>{moment(incident.closed_at_ms, t)}</dd>
          </>
        ) : null}
      </dl>
      {rights.includes("run_incident") && incident.state !== "closed" && (
        <Press onPress={() => setClosing(true)}>Close the incident…</Press>
      )}
      {rights.includes("run_incident") && incident.state === "closed" && <OpenIncident />}
      <ReasonSheet
        title="Close the incident"
        open={closing}
        onClose={() => setClosing(false)}
        verb="Close the incident"
        kind="danger"
        pending={close.pending}
        trouble={close.trouble}
        onReason={close.run}
      >
        <p>No sweep, check or campaign runs after this. What is known stays, and can be read.</p>
      </ReasonSheet>
    </section>
  );
}

function ScopePart({ rights }: Rights) {
  const remove = useRemoveScope();
  const may = rights.includes("run_incident");
  return (
    <section>
      <View inside asked={useScope()} what="the scope">
        {({ ranges, addresses }) => (
          <>
            <div className="hd">
              <h2>Scope</h2>
              <span className="sm mut">no packet goes anywhere else</span>
              <span className="age">{plural(addresses, "address", "addresses")}</span>
            </div>
            {ranges.length === 0 && <p className="mut">No range yet: nothing may be touched.</p>}
            <ul className="plain-list">
              {ranges.map((range) => (
                <li key={range}>
                  <span className="mono">{range}</span>
                  {may && (
                    <button
                      type="button"
                      className="plain n sm mut"
                      aria-label={`Take out ${range}`}
                      onClick={() => remove.run([range])}
                    >
                      take out
                    </button>
                  )}
                </li>
              ))}
            </ul>
            {remove.trouble && <p className="note bad">{remove.trouble}</p>}
            {may && <AddRanges />}
          </>
        )}
      </View>
    </section>
  );
}

function SignersPart({ rights }: Rights) {
  return (
    <section>
      <View inside asked={useSigners()} what="the signers">
        {({ signers }) => (
          <>
            <div className="hd">
              <h2>Signers</h2>
              <span className="sm mut">whose signatures under a playbook count here</span>
              <span className="age">{count(signers.length)}</span>
            </div>
            {signers.length === 0 && <p className="mut">None is pinned: no playbook counts as signed.</p>}
            <ul className="plain-list">
              {signers.map((signer) => (
                <li key={signer.key_id}>
                  <span className="m">{signer.name}</span>
                  <span className="mono dim wrap">{signer.key_id}</span>
                </li>
              ))}
            </ul>
            {rights.includes("keep_credentials") && <AddSigner />}
          </>
        )}
      </View>
    </section>
  );
}

function CredentialsPart({ rights }: Rights) {
  const t = useNow();
  return (
    <section>
      <View inside asked={useCredentials()} what="the credentials">
        {({ credentials }) => (
          <>
            <div className="hd">
              <h2>Credentials</h2>
              <span className="sm mut">what Douse signs in with; the secrets are never shown</span>
              <span className="age">{count(credentials.length)}</span>
            </div>
            {credentials.length === 0 && <p className="mut">None is kept: machines are looked at from outside only.</p>}
            <ul className="plain-list">
              {credentials.map((c) => (
                <li key={c.id}>
                  <span className="m">{c.user}</span>
                  <span className="mut">{c.kind === "ssh_key" ? "SSH key" : "password"}</span>
                  <span className="mut">{c.note ?? ""}</span>
                  <span className="age end">{c.added_at_ms ? moment(c.added_at_ms, t) : ""}</span>
                </li>
              ))}
            </ul>
            {rights.includes("keep_credentials") && <AddCredential />}
          </>
        )}
      </View>
    </section>
  );
}

function HostKeysPart() {
  const t = useNow();
  const [shown, setShown] = useState<HostKeyChange | null>(null);
  return (
    <section>
      <View inside asked={useHostKeys()} what="the host keys">
        {({ changes }) => (
          <>
            <div className="hd">
              <h2>Host keys</h2>
              <span className="sm mut">
                for a person to settle: another key than the pinned one, or a first one where only a password is left
              </span>
              <span className="age">{count(changes.length)}</span>
            </div>
            {changes.length === 0 && <p className="mut">None.</p>}
            <ul className="plain-list">
              {changes.map((change) => (
                <li key={change.id}>
                  <span className="m">{change.asset_name || change.endpoint}</span>
                  <span className="mono dim wrap">{change.endpoint}</span>
                  <span className="mut">
                    {change.accepted_by ? `accepted by ${change.accepted_by}` : change.pinned ? "changed" : "never confirmed"}
                  </span>
                  <span className="age end">{moment(change.seen_at_ms, t)}</span>
                  {change.allowed.length > 0 && (
                    <Press
                      size="small"
                      onPress={() => setShown(change)}
                      label={`Compare the keys of ${change.asset_name || change.endpoint}`}
                    >
                      Compare
                    </Press>
                  )}
                </li>
              ))}
            </ul>
            {shown && (
              <Sheet title={`The host key of ${shown.asset_name || shown.endpoint}`} open onClose={() => setShown(null)} wide>
                <HostKeyDecision decision={{ subject: shown.id, allowed: shown.allowed }} onClose={() => setShown(null)} />
              </Sheet>
            )}
          </>
        )}
      </View>
    </section>
  );
}
