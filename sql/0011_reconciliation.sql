-- What became of comparisons with Alpine IQ: rules.md, "Comparison".
ALTER TABLE alpine_standings
  MODIFY COLUMN outcome ENUM('within', 'awaiting', 'discrepancy', 'not_compared', 'overridden') NOT NULL,
  ALGORITHM=INSTANT;
-- reconciled_at: since when the two numbers have agreed at least once; a comparison before that, or before the program
-- was last resumed, is a first one. lost_at: when the person was gone from Alpine IQ, with the last number it had named.
ALTER TABLE alpine_standings
  ADD COLUMN IF NOT EXISTS reconciled_at DATETIME(6) NULL, ADD COLUMN IF NOT EXISTS lost_at DATETIME(6) NULL,
  ADD COLUMN IF NOT EXISTS lost_points BIGINT NULL, ALGORITHM=INSTANT;
ALTER TABLE alpine_standings ADD INDEX IF NOT EXISTS by_loss (tenant_id, lost_at);
UPDATE alpine_standings SET reconciled_at = compared_at WHERE outcome = 'within' AND reconciled_at IS NULL;

-- Something happened at the source: many numbers differ at once, and none is taken before an admin decides.
CREATE TABLE IF NOT EXISTS alpine_incidents (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  comparison_group ENUM('reconciled', 'first') NOT NULL,
  -- agreed: the numbers came to agree again before anybody decided.
  state ENUM('open', 'applied', 'rejected', 'agreed') NOT NULL,
  run_id BINARY(16) NOT NULL,
  opened_at DATETIME(6) NOT NULL,
  -- Customers of the group that were compared in the run that opened it.
  compared BIGINT NOT NULL,
  decided_at DATETIME(6) NULL,
  decided_by BINARY(16) NULL,
  reason VARCHAR(200) NULL,
  open_slot TINYINT AS (IF(state = 'open', 1, NULL)) STORED,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY one_open (tenant_id, comparison_group, open_slot),
  KEY by_state (tenant_id, state),
  CONSTRAINT alpine_incidents_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT alpine_incidents_decided CHECK ((state = 'open') = (decided_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The customers of an incident with the newest comparison of each; live while it keeps them from being overridden.
CREATE TABLE IF NOT EXISTS alpine_incident_members (
  tenant_id INT UNSIGNED NOT NULL,
  incident_id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  -- A run that was cut short counts its own members anew.
  joined_run BINARY(16) NOT NULL,
  reading_id BINARY(16) NOT NULL,
  requested_at DATETIME(6) NOT NULL,
  calculated BIGINT NOT NULL,
  alpine BIGINT NOT NULL,
  pending BIGINT NOT NULL,
  difference BIGINT NOT NULL,
  -- agreed: the numbers agree again. posted: Alpine's was taken. left: it could not be taken, and the next comparison
  -- decides. changed: Alpine named another number after this one was rejected.
  ended ENUM('agreed', 'posted', 'left', 'changed') NULL,
  live_slot TINYINT AS (IF(ended IS NULL, 1, NULL)) STORED,
  PRIMARY KEY (tenant_id, incident_id, customer_id),
  UNIQUE KEY one_live (tenant_id, customer_id, live_slot),
  KEY by_live (tenant_id, incident_id, live_slot, customer_id),
  CONSTRAINT alpine_incident_members_incident FOREIGN KEY (tenant_id, incident_id)
    REFERENCES alpine_incidents (tenant_id, id),
  CONSTRAINT alpine_incident_members_reading FOREIGN KEY (tenant_id, customer_id, reading_id)
    REFERENCES alpine_readings (tenant_id, customer_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A difference to look at: one open record a customer, which later overrides join. The evidence is the newest comparison
-- here, and the readings and entries up to it, which never change.
CREATE TABLE IF NOT EXISTS alpine_discrepancies (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  state ENUM('open', 'accepted', 'kept', 'set') NOT NULL,
  opened_at DATETIME(6) NOT NULL,
  reading_id BINARY(16) NOT NULL,
  requested_at DATETIME(6) NOT NULL,
  calculated BIGINT NOT NULL,
  alpine BIGINT NOT NULL,
  pending BIGINT NOT NULL,
  difference BIGINT NOT NULL,
  -- The sum of the overrides that joined it, and what an override would still post.
  taken_points BIGINT NOT NULL DEFAULT 0,
  untaken_points BIGINT NOT NULL DEFAULT 0,
  untaken_reason ENUM('compare_only', 'switched_off', 'paused', 'hold', 'lost_match') NULL,
  alerted_at DATETIME(6) NULL,
  resolved_at DATETIME(6) NULL,
  resolved_by BINARY(16) NULL,
  resolution_reason VARCHAR(200) NULL,
  -- What the decision moved here, and what Alpine IQ was told.
  moved_points BIGINT NOT NULL DEFAULT 0,
  pushed_points BIGINT NOT NULL DEFAULT 0,
  open_slot TINYINT AS (IF(state = 'open', 1, NULL)) STORED,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY one_open (tenant_id, customer_id, open_slot),
  KEY by_slot (tenant_id, open_slot, id),
  CONSTRAINT alpine_discrepancies_reading FOREIGN KEY (tenant_id, customer_id, reading_id)
    REFERENCES alpine_readings (tenant_id, customer_id, id),
  CONSTRAINT alpine_discrepancies_untaken CHECK ((untaken_points = 0) = (untaken_reason IS NULL)),
  CONSTRAINT alpine_discrepancies_resolved CHECK ((state = 'open') = (resolved_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Why an entry of kind alpine_override is there: the reading it followed, and the comparison.
CREATE TABLE IF NOT EXISTS alpine_overrides (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  sequence BIGINT UNSIGNED NOT NULL,
  reading_id BINARY(16) NOT NULL,
  calculated BIGINT NOT NULL,
  alpine BIGINT NOT NULL,
  pending BIGINT NOT NULL,
  discrepancy_id BINARY(16) NULL,
  incident_id BINARY(16) NULL,
  PRIMARY KEY (tenant_id, customer_id, sequence),
  KEY by_discrepancy (tenant_id, discrepancy_id),
  CONSTRAINT alpine_overrides_entry FOREIGN KEY (tenant_id, customer_id, sequence)
    REFERENCES ledger_entries (tenant_id, customer_id, sequence),
  CONSTRAINT alpine_overrides_reading FOREIGN KEY (tenant_id, customer_id, reading_id)
    REFERENCES alpine_readings (tenant_id, customer_id, id),
  CONSTRAINT alpine_overrides_discrepancy FOREIGN KEY (tenant_id, discrepancy_id)
    REFERENCES alpine_discrepancies (tenant_id, id),
  CONSTRAINT alpine_overrides_incident FOREIGN KEY (tenant_id, incident_id) REFERENCES alpine_incidents (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What an override settled of points owed, without a clawback: Alpine's number contains it already.
CREATE TABLE IF NOT EXISTS alpine_settlements (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  order_id BINARY(16) NOT NULL,
  sequence BIGINT UNSIGNED NOT NULL,
  points BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, order_id, sequence),
  CONSTRAINT alpine_settlements_override FOREIGN KEY (tenant_id, customer_id, sequence)
    REFERENCES alpine_overrides (tenant_id, customer_id, sequence),
  CONSTRAINT alpine_settlements_owing FOREIGN KEY (tenant_id, customer_id, order_id)
    REFERENCES order_owings (tenant_id, customer_id, order_id),
  CONSTRAINT alpine_settlements_points CHECK (points > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

GRANT SELECT, INSERT, UPDATE ON alpine_incidents TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON alpine_incident_members TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON alpine_discrepancies TO loyalty_application;
GRANT SELECT, INSERT ON alpine_overrides TO loyalty_application;
GRANT SELECT, INSERT ON alpine_settlements TO loyalty_application;
