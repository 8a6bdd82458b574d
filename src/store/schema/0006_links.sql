-- SPDX-License-Identifier: Apache-2.0
-- Of a person's one-time links only the newest counts: a newer one, or a sign-in by another, voids those that are open.

ALTER TABLE invitations ADD COLUMN voided_at_ms BIGINT;
CREATE INDEX invitations_person ON invitations (person);
