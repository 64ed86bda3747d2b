-- What Alpine's number did to balances, and what somebody has to decide about it. rules.md, "Comparison".
ALTER TABLE alpine_standings
  MODIFY outcome ENUM('within', 'awaiting', 'discrepancy', 'not_compared', 'overridden') NOT NULL,
  ADD COLUMN IF NOT EXISTS pending BIGINT NOT NULL DEFAULT 0,
  -- The reading that the figure comes from.
  ADD COLUMN IF NOT EXISTS reading_id BINARY(16) NULL,
  -- Last found within, or brought there.
  ADD COLUMN IF NOT EXISTS reconciled_at DATETIME(6) NULL,
  -- A figure that somebody rejected: not compared again until it changes.
  ADD COLUMN IF NOT EXISTS rejected_points BIGINT NULL;

-- What an override wrote off of it, for Alpine's figure contained it already.
ALTER TABLE order_owings ADD COLUMN IF NOT EXISTS overridden BIGINT NOT NULL DEFAULT 0;

-- A customer whose balance was brought to Alpine's, until somebody has looked at it.
CREATE TABLE IF NOT EXISTS discrepancies (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  state ENUM('open', 'accepted', 'kept', 'set') NOT NULL,
  -- Overrides that joined it, and the sum of their points.
  overrides INT UNSIGNED NOT NULL,
  points BIGINT NOT NULL,
  opened_at DATETIME(6) NOT NULL,
  alerted_at DATETIME(6) NOT NULL,
  resolved_at DATETIME(6) NULL,
  resolved_by BINARY(16) NULL,
  reason VARCHAR(200) NOT NULL DEFAULT '',
  open_slot TINYINT AS (IF(state = 'open', 1, NULL)) STORED,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY one_open (tenant_id, customer_id, open_slot),
  KEY by_state (tenant_id, state, opened_at, id),
  KEY by_customer (tenant_id, customer_id, alerted_at),
  CONSTRAINT discrepancies_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT discrepancies_resolved CHECK ((state = 'open') = (resolved_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Many customers at once whose number differs: decided as a whole.
CREATE TABLE IF NOT EXISTS incidents (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  kind ENUM('wave', 'first') NOT NULL,
  state ENUM('open', 'applying', 'applied', 'rejected') NOT NULL,
  -- Customers of the group that were compared when it was opened.
  compared BIGINT NOT NULL,
  opened_at DATETIME(6) NOT NULL,
  resolved_at DATETIME(6) NULL,
  resolved_by BINARY(16) NULL,
  reason VARCHAR(200) NOT NULL DEFAULT '',
  open_slot TINYINT AS (IF(state IN ('open', 'applying'), 1, NULL)) STORED,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY one_open (tenant_id, kind, open_slot),
  KEY by_state (tenant_id, state, opened_at),
  CONSTRAINT incidents_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT incidents_resolved CHECK ((state = 'open') = (resolved_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS incident_members (
  tenant_id INT UNSIGNED NOT NULL,
  incident_id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  -- As last compared while the incident is open.
  calculated BIGINT NOT NULL,
  alpine_points BIGINT NOT NULL,
  pending BIGINT NOT NULL,
  difference BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, incident_id, customer_id),
  KEY by_customer (tenant_id, customer_id),
  CONSTRAINT incident_members_incident FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id),
  CONSTRAINT incident_members_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The evidence of every override: which reading, which figures, and what it belongs to.
CREATE TABLE IF NOT EXISTS alpine_overrides (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  sequence BIGINT UNSIGNED NOT NULL,
  reading_id BINARY(16) NOT NULL,
  discrepancy_id BINARY(16) NULL,
  incident_id BINARY(16) NULL,
  calculated BIGINT NOT NULL,
  alpine_points BIGINT NOT NULL,
  pending BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, sequence),
  KEY by_discrepancy (tenant_id, discrepancy_id),
  CONSTRAINT alpine_overrides_entry FOREIGN KEY (tenant_id, customer_id, sequence)
    REFERENCES ledger_entries (tenant_id, customer_id, sequence),
  CONSTRAINT alpine_overrides_reading FOREIGN KEY (tenant_id, customer_id, reading_id)
    REFERENCES alpine_readings (tenant_id, customer_id, id),
  CONSTRAINT alpine_overrides_discrepancy FOREIGN KEY (tenant_id, discrepancy_id) REFERENCES discrepancies (tenant_id, id),
  CONSTRAINT alpine_overrides_incident FOREIGN KEY (tenant_id, incident_id) REFERENCES incidents (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

GRANT SELECT, INSERT, UPDATE ON discrepancies TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON incidents TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON incident_members TO loyalty_application;
GRANT SELECT, INSERT ON alpine_overrides TO loyalty_application;
