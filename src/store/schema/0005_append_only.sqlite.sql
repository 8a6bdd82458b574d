-- SPDX-License-Identifier: Apache-2.0
-- What is append-only stays so, whatever program opens the file. SQLite's words; PostgreSQL will have its own file.

CREATE TRIGGER observations_no_update BEFORE UPDATE ON observations BEGIN SELECT RAISE(ABORT, 'observations is append-only'); END;
CREATE TRIGGER observations_no_delete BEFORE DELETE ON observations BEGIN SELECT RAISE(ABORT, 'observations is append-only'); END;
CREATE TRIGGER observation_identifiers_no_update BEFORE UPDATE ON observation_identifiers BEGIN SELECT RAISE(ABORT, 'observation_identifiers is append-only'); END;
CREATE TRIGGER observation_identifiers_no_delete BEFORE DELETE ON observation_identifiers BEGIN SELECT RAISE(ABORT, 'observation_identifiers is append-only'); END;
CREATE TRIGGER asset_observations_no_update BEFORE UPDATE ON asset_observations BEGIN SELECT RAISE(ABORT, 'asset_observations is append-only'); END;
CREATE TRIGGER asset_observations_no_delete BEFORE DELETE ON asset_observations BEGIN SELECT RAISE(ABORT, 'asset_observations is append-only'); END;
CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER attempts_no_update BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts is append-only'); END;
CREATE TRIGGER attempts_no_delete BEFORE DELETE ON attempts BEGIN SELECT RAISE(ABORT, 'attempts is append-only'); END;
CREATE TRIGGER attempt_events_no_update BEFORE UPDATE ON attempt_events BEGIN SELECT RAISE(ABORT, 'attempt_events is append-only'); END;
CREATE TRIGGER attempt_events_no_delete BEFORE DELETE ON attempt_events BEGIN SELECT RAISE(ABORT, 'attempt_events is append-only'); END;
CREATE TRIGGER steps_no_update BEFORE UPDATE ON steps BEGIN SELECT RAISE(ABORT, 'steps is append-only'); END;
CREATE TRIGGER steps_no_delete BEFORE DELETE ON steps BEGIN SELECT RAISE(ABORT, 'steps is append-only'); END;
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;
CREATE TRIGGER disposition_history_no_update BEFORE UPDATE ON disposition_history BEGIN SELECT RAISE(ABORT, 'disposition_history is append-only'); END;
CREATE TRIGGER disposition_history_no_delete BEFORE DELETE ON disposition_history BEGIN SELECT RAISE(ABORT, 'disposition_history is append-only'); END;
