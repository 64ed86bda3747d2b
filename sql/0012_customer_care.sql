-- A sale known by two ids: the other id of an order, and whose it is. The order stands under the id that was stored first.
CREATE TABLE IF NOT EXISTS order_aliases (
  tenant_id INT UNSIGNED NOT NULL,
  other_id VARBINARY(64) NOT NULL,
  order_id BINARY(16) NOT NULL,
  source ENUM('pos', 'api') NOT NULL,
  PRIMARY KEY (tenant_id, other_id),
  KEY by_order (tenant_id, order_id),
  CONSTRAINT order_aliases_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
ALTER TABLE orders ADD INDEX IF NOT EXISTS by_external (tenant_id, external_id), ALGORITHM=INPLACE, LOCK=NONE;
GRANT SELECT, INSERT, UPDATE, DELETE ON order_aliases TO loyalty_application;

-- Stored sales that the point of sale's list did not show: how often in a row, and whether that is listed to decide.
CREATE TABLE IF NOT EXISTS order_absences (
  tenant_id INT UNSIGNED NOT NULL,
  order_id BINARY(16) NOT NULL,
  reads_missed TINYINT UNSIGNED NOT NULL,
  -- The last run that counted: one that goes on after a crash does not count twice.
  run_id BINARY(16) NOT NULL,
  is_listed BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (tenant_id, order_id),
  CONSTRAINT order_absences_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE, DELETE ON order_absences TO loyalty_application;

-- What somebody should decide on or look at, once however many runs list it.
CREATE TABLE IF NOT EXISTS exception_cases (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  -- Of what and why.
  fingerprint BINARY(32) NOT NULL,
  run_id BINARY(16) NOT NULL,
  subject VARBINARY(120) NULL,
  reason VARCHAR(300) NOT NULL,
  -- The order that vanished: then there is something to take back.
  order_id BINARY(16) NULL,
  found_at DATETIME(6) NOT NULL,
  decision ENUM('keep', 'take_back', 'shown_again') NULL,
  decision_reason VARCHAR(200) NULL,
  user_id BINARY(16) NULL,
  decided_at DATETIME(6) NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY once (tenant_id, fingerprint),
  KEY open_cases (tenant_id, decision, id),
  KEY by_order (tenant_id, order_id),
  CONSTRAINT exception_cases_run FOREIGN KEY (tenant_id, run_id) REFERENCES sync_runs (tenant_id, id),
  CONSTRAINT exception_cases_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
  CONSTRAINT exception_cases_decided CHECK ((decision IS NULL) = (decided_at IS NULL)),
  CONSTRAINT exception_cases_take_back CHECK (decision IS NULL OR decision <> 'take_back' OR order_id IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE ON exception_cases TO loyalty_application;
