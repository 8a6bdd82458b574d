-- SPDX-License-Identifier: Apache-2.0
-- A pin made at first sight says which key came first, not whose it is. 0: nobody has confirmed it, and no login by key was made
-- under it; no password goes there.

ALTER TABLE host_keys ADD COLUMN confirmed_at_ms BIGINT NOT NULL DEFAULT 0;
UPDATE host_keys SET confirmed_at_ms = pinned_at_ms WHERE EXISTS (
    SELECT 1 FROM host_key_changes c
    WHERE c.endpoint = host_keys.endpoint AND c.offered_type = host_keys.type AND c.offered_fingerprint = host_keys.fingerprint
      AND c.accepted_by IS NOT NULL);
