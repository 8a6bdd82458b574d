-- SPDX-License-Identifier: Apache-2.0
-- Observations and the assets that they were resolved into.

CREATE TABLE imports (
    id         INTEGER PRIMARY KEY,
    source     TEXT    NOT NULL,
    format     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    sha256     TEXT    NOT NULL,
    row_count  BIGINT  NOT NULL,
    accepted   BIGINT  NOT NULL,
    refused    BIGINT  NOT NULL,
    new_assets BIGINT  NOT NULL,
    at_ms      BIGINT  NOT NULL,
    messages   TEXT    NOT NULL,
    imported_by INTEGER REFERENCES people (id),
    finished   INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE observations (
    id         INTEGER PRIMARY KEY,
    source     TEXT    NOT NULL,
    import     INTEGER REFERENCES imports (id),
    row_number BIGINT  NOT NULL,
    seen_at_ms BIGINT  NOT NULL,
    until_ms   BIGINT,
    attributes TEXT    NOT NULL
);
CREATE TABLE observation_identifiers (
    observation INTEGER NOT NULL REFERENCES observations (id),
    position    INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    PRIMARY KEY (observation, position)
);

-- name to last_seen_at_ms are derived from the identifiers and attributes that the asset carries (store/derive.cpp).
CREATE TABLE assets (
    id                INTEGER PRIMARY KEY,
    name              TEXT    NOT NULL DEFAULT '',
    address           TEXT    NOT NULL DEFAULT '',
    os                TEXT    NOT NULL DEFAULT '',
    place             TEXT    NOT NULL DEFAULT '',
    first_seen_at_ms  BIGINT  NOT NULL,
    last_seen_at_ms   BIGINT  NOT NULL,
    added_at_ms       BIGINT  NOT NULL,
    retired_at_ms     BIGINT,
    back_since_ms     BIGINT,            -- it was retired at that time and seen again: older evidence is history
    listed            INTEGER NOT NULL DEFAULT 0,  -- an imported list names it
    merged_into       INTEGER REFERENCES assets (id)  -- always the machine that it is now, never a merged one
);
CREATE INDEX assets_merged_into ON assets (merged_into);

-- Which asset an observation was found to be about. An observation is attached once; merges move assets, not these.
CREATE TABLE asset_observations (
    observation INTEGER PRIMARY KEY REFERENCES observations (id),
    asset       INTEGER NOT NULL REFERENCES assets (id)
);
CREATE INDEX asset_observations_asset ON asset_observations (asset);
CREATE TABLE asset_reasons (
    id     INTEGER PRIMARY KEY,
    asset  INTEGER NOT NULL REFERENCES assets (id),
    reason TEXT    NOT NULL,
    at_ms  BIGINT  NOT NULL,
    UNIQUE (asset, reason)
);

-- What an unmerged asset carries, by source: the union of what its observations claim.
CREATE TABLE asset_identifiers (
    asset       INTEGER NOT NULL REFERENCES assets (id),
    kind        TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    first_at_ms BIGINT  NOT NULL,
    last_at_ms  BIGINT  NOT NULL,
    until_ms    BIGINT,
    PRIMARY KEY (asset, kind, value, source)
);
CREATE INDEX asset_identifiers_value ON asset_identifiers (kind, value);
CREATE TABLE asset_attributes (
    asset  INTEGER NOT NULL REFERENCES assets (id),
    name   TEXT    NOT NULL,
    source TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    at_ms  BIGINT  NOT NULL,
    PRIMARY KEY (asset, name, source)
);

CREATE TABLE exemptions (
    id            INTEGER PRIMARY KEY,
    asset         INTEGER NOT NULL REFERENCES assets (id),
    reason        TEXT    NOT NULL,
    asked_by      INTEGER REFERENCES people (id),
    decided_by    INTEGER REFERENCES people (id),
    state         TEXT    NOT NULL,
    asked_at_ms   BIGINT  NOT NULL,
    expires_at_ms BIGINT  NOT NULL
);
CREATE INDEX exemptions_asset ON exemptions (asset);
