-- SPDX-License-Identifier: Apache-2.0
-- When the newest fact came is asked with each picture of the page Now; it must not walk over what nobody answered.

CREATE INDEX evidence_real_looks ON evidence (taken_at_ms) WHERE real_look = 1;
CREATE INDEX observations_looked ON observations (seen_at_ms) WHERE import IS NULL;
