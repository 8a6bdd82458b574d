-- SPDX-License-Identifier: Apache-2.0
-- The ledger's head is there from the start, so that a store without one is broken. One that lost it together with its rows gets a
-- new one here, and is found by its people, whom no row names.

INSERT INTO ledger_head (one, seq, hash)
SELECT 1, 0, '0000000000000000000000000000000000000000000000000000000000000000'
WHERE NOT EXISTS (SELECT 1 FROM ledger_head) AND NOT EXISTS (SELECT 1 FROM ledger);
