-- SPDX-License-Identifier: Apache-2.0
-- Remediation runs. An attempt's state is its newest event.

CREATE TABLE campaigns (
    id               INTEGER PRIMARY KEY,
    incident         INTEGER NOT NULL REFERENCES incidents (id),
    state            TEXT    NOT NULL,
    plan_hash        TEXT    NOT NULL,
    asked_by         INTEGER REFERENCES people (id),
    approved_by      INTEGER REFERENCES people (id),
    paused_because   TEXT    NOT NULL,
    created_at_ms    BIGINT  NOT NULL,
    started_at_ms    BIGINT  NOT NULL,
    ended_at_ms      BIGINT  NOT NULL,
    playbook_id      TEXT    NOT NULL,
    playbook_version BIGINT  NOT NULL,
    playbook_sha256  TEXT    NOT NULL
);
CREATE TABLE waves (
    id            INTEGER PRIMARY KEY,
    campaign      INTEGER NOT NULL REFERENCES campaigns (id),
    number        BIGINT  NOT NULL,
    state         TEXT    NOT NULL,
    gated_because TEXT    NOT NULL,
    started_at_ms BIGINT  NOT NULL,
    ended_at_ms   BIGINT  NOT NULL,
    UNIQUE (campaign, number)
);
CREATE TABLE tasks (
    id         INTEGER PRIMARY KEY,
    campaign   INTEGER NOT NULL REFERENCES campaigns (id),
    wave       INTEGER NOT NULL REFERENCES waves (id),
    asset      INTEGER NOT NULL REFERENCES assets (id),
    state      TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    because    TEXT    NOT NULL,
    planned_as TEXT    NOT NULL,
    UNIQUE (campaign, asset)
);
CREATE INDEX tasks_asset ON tasks (asset);

CREATE TABLE attempts (
    id            INTEGER PRIMARY KEY,
    task          INTEGER NOT NULL REFERENCES tasks (id),
    asset         INTEGER NOT NULL REFERENCES assets (id),
    number        BIGINT  NOT NULL,
    created_at_ms BIGINT  NOT NULL,
    UNIQUE (task, number)
);
CREATE INDEX attempts_asset ON attempts (asset);
CREATE TABLE attempt_events (
    id       INTEGER PRIMARY KEY,
    attempt  INTEGER NOT NULL REFERENCES attempts (id),
    state    TEXT    NOT NULL,
    because  TEXT    NOT NULL,
    obstacle TEXT    NOT NULL,
    at_ms    BIGINT  NOT NULL
);
CREATE INDEX attempt_events_attempt ON attempt_events (attempt);
CREATE TABLE steps (
    id        INTEGER PRIMARY KEY,
    attempt   INTEGER NOT NULL REFERENCES attempts (id),
    step      TEXT    NOT NULL,
    run       BIGINT  NOT NULL,
    event     TEXT    NOT NULL,
    exit_code BIGINT,
    said      TEXT    NOT NULL,
    at_ms     BIGINT  NOT NULL
);
CREATE INDEX steps_attempt ON steps (attempt);
