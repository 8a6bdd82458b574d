-- SPDX-License-Identifier: Apache-2.0
-- Evidence, and what is derived from it: `dispositions` and `counts` can be made anew from the rest (store/rebuild.cpp);
-- `disposition_history` is append-only and never made anew.

CREATE TABLE sweeps (
    id            INTEGER PRIMARY KEY,
    started_by    INTEGER REFERENCES people (id),
    state         TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    targets       BIGINT  NOT NULL,
    answered      BIGINT  NOT NULL,
    inside        BIGINT  NOT NULL,
    not_entered   BIGINT  NOT NULL,
    new_assets    BIGINT  NOT NULL,
    changed       BIGINT  NOT NULL,
    clean         INTEGER NOT NULL,
    because       TEXT    NOT NULL,
    started_at_ms BIGINT  NOT NULL,
    ended_at_ms   BIGINT
);

CREATE TABLE evidence (
    id             INTEGER PRIMARY KEY,
    asset          INTEGER NOT NULL REFERENCES assets (id),
    check_id       TEXT    NOT NULL,
    check_hash     TEXT    NOT NULL,
    origin         TEXT    NOT NULL,
    says           TEXT    NOT NULL,
    real_look      INTEGER NOT NULL,
    hint           INTEGER NOT NULL,
    mitigated      INTEGER NOT NULL,
    because        TEXT    NOT NULL,
    facts          TEXT    NOT NULL,
    taken_at_ms    BIGINT  NOT NULL,
    valid_until_ms BIGINT  NOT NULL,
    sweep          INTEGER REFERENCES sweeps (id),
    address        TEXT
);
CREATE INDEX evidence_asset ON evidence (asset);

-- No index holds the disposition: it changes too often.
CREATE TABLE dispositions (
    asset          INTEGER PRIMARY KEY REFERENCES assets (id),
    on_books       INTEGER NOT NULL,
    retired        INTEGER NOT NULL,
    vulnerability  TEXT    NOT NULL,
    infection      TEXT    NOT NULL,
    mitigated      INTEGER NOT NULL,
    disposition    TEXT    NOT NULL,
    because        TEXT    NOT NULL,
    evidence_at_ms BIGINT,
    changes_at_ms  BIGINT,
    speaks         TEXT    NOT NULL,
    since_ms       BIGINT  NOT NULL
);
CREATE INDEX dispositions_changes_at ON dispositions (changes_at_ms);
-- The eight dispositions, on_books, retired.
CREATE TABLE counts (
    name   TEXT   PRIMARY KEY,
    assets BIGINT NOT NULL
);
INSERT INTO counts (name, assets) VALUES
    ('infected_isolated', 0), ('infected', 0), ('fix_unverified', 0), ('not_affected', 0), ('fixed', 0), ('exempt', 0),
    ('vulnerable', 0), ('unknown', 0), ('on_books', 0), ('retired', 0);
CREATE TABLE disposition_history (
    id       INTEGER PRIMARY KEY,
    asset    INTEGER NOT NULL REFERENCES assets (id),
    was      TEXT,
    is_now   TEXT,
    because  TEXT    NOT NULL,
    at_ms    BIGINT  NOT NULL
);
CREATE INDEX disposition_history_asset ON disposition_history (asset);
CREATE INDEX disposition_history_at ON disposition_history (at_ms);
