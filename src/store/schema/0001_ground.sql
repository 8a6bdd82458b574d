-- SPDX-License-Identifier: Apache-2.0
-- The ground: people, incidents, the vault, the ledger. Times are milliseconds since 1970 UTC; booleans are 0 or 1;
-- states are the names of model/*.hpp; "none" is NULL.

CREATE TABLE people (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    role        TEXT    NOT NULL,
    uid         BIGINT  UNIQUE,
    redeemed    INTEGER NOT NULL DEFAULT 0,
    added_at_ms BIGINT  NOT NULL
);
CREATE TABLE invitations (
    code_sha256    TEXT    PRIMARY KEY,
    person         INTEGER NOT NULL REFERENCES people (id),
    expires_at_ms  BIGINT  NOT NULL,
    redeemed_at_ms BIGINT
);
CREATE TABLE sessions (
    token_sha256  TEXT    PRIMARY KEY,
    person        INTEGER NOT NULL REFERENCES people (id),
    expires_at_ms BIGINT  NOT NULL
);

CREATE TABLE incidents (
    id               INTEGER PRIMARY KEY,
    name             TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    playbook_id      TEXT    NOT NULL,
    playbook_version BIGINT  NOT NULL,
    playbook_sha256  TEXT    NOT NULL,
    owner            INTEGER REFERENCES people (id),
    opened_at_ms     BIGINT  NOT NULL,
    closed_at_ms     BIGINT
);
CREATE TABLE scope_ranges (
    incident INTEGER NOT NULL REFERENCES incidents (id),
    range    TEXT    NOT NULL,
    PRIMARY KEY (incident, range)
);
CREATE TABLE stop_switch (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    stopped  INTEGER NOT NULL,
    since_ms BIGINT  NOT NULL,
    person   INTEGER REFERENCES people (id)
);
INSERT INTO stop_switch (one, stopped, since_ms, person) VALUES (1, 0, 0, NULL);
CREATE TABLE answers (
    person    INTEGER NOT NULL,
    operation TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    answer    TEXT    NOT NULL,
    at_ms     BIGINT  NOT NULL,
    PRIMARY KEY (person, operation, key)
);

CREATE TABLE ledger (
    seq      INTEGER PRIMARY KEY,
    at_ms    BIGINT  NOT NULL,
    person   INTEGER REFERENCES people (id),
    action   TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    detail   TEXT    NOT NULL,
    previous TEXT    NOT NULL,
    hash     TEXT    NOT NULL
);
-- Where the chain ends, kept apart from it, so that rows cut off its end are noticed.
CREATE TABLE ledger_head (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  BIGINT  NOT NULL,
    hash TEXT    NOT NULL
);

CREATE TABLE playbooks (
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    sha256       TEXT   NOT NULL UNIQUE,
    name         TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    text         TEXT   NOT NULL,
    signatures   TEXT   NOT NULL,
    stored_at_ms BIGINT NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE TABLE signers (
    public_key TEXT PRIMARY KEY,
    key_id     TEXT NOT NULL,
    name       TEXT NOT NULL
);
CREATE TABLE files (
    sha256 TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    bytes  BLOB NOT NULL
);
CREATE TABLE credentials (
    id          INTEGER PRIMARY KEY,
    user_name   TEXT    NOT NULL,
    private_key TEXT    NOT NULL,
    password    TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    added_at_ms BIGINT  NOT NULL
);
CREATE TABLE host_keys (
    endpoint     TEXT   PRIMARY KEY,
    type         TEXT   NOT NULL,
    fingerprint  TEXT   NOT NULL,
    pinned_at_ms BIGINT NOT NULL
);
CREATE TABLE host_key_changes (
    id                  INTEGER PRIMARY KEY,
    endpoint            TEXT    NOT NULL,
    pinned              TEXT    NOT NULL,
    offered_type        TEXT    NOT NULL,
    offered_fingerprint TEXT    NOT NULL,
    seen_at_ms          BIGINT  NOT NULL,
    accepted_by         INTEGER REFERENCES people (id)
);
CREATE INDEX host_key_changes_endpoint ON host_key_changes (endpoint);
