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

-- Two records of one person: all of the one merged is the survivor's while it is set, and its balance is 0.
ALTER TABLE customers ADD COLUMN IF NOT EXISTS merged_into BINARY(16) NULL,
  ADD INDEX IF NOT EXISTS by_survivor (tenant_id, merged_into),
  ADD CONSTRAINT customers_survivor FOREIGN KEY IF NOT EXISTS (tenant_id, merged_into)
    REFERENCES customers (tenant_id, id),
  ADD CONSTRAINT IF NOT EXISTS customers_merged CHECK (merged_into IS NULL OR (balance = 0 AND held = 0));
GRANT UPDATE (merged_into) ON customers TO loyalty_application;
-- The id came with a merge: what the point of sale says of it changes nothing of the survivor's particulars.
ALTER TABLE customer_identities ADD COLUMN IF NOT EXISTS is_merged BOOLEAN NOT NULL DEFAULT FALSE, ALGORITHM=INSTANT;
-- Uses of points go with the points, so that a void gives them back to who has them.
GRANT UPDATE (customer_id) ON redemptions TO loyalty_application;

CREATE TABLE IF NOT EXISTS customer_merges (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  survivor_id BINARY(16) NOT NULL,
  merged_id BINARY(16) NOT NULL,
  -- What the pair of transfer entries moved.
  points BIGINT NOT NULL,
  reason VARCHAR(200) NOT NULL,
  user_id BINARY(16) NOT NULL,
  merged_at DATETIME(6) NOT NULL,
  unmerged_by BINARY(16) NULL,
  unmerged_at DATETIME(6) NULL,
  PRIMARY KEY (tenant_id, id),
  KEY by_merged (tenant_id, merged_id, unmerged_at),
  KEY by_survivor (tenant_id, survivor_id),
  CONSTRAINT customer_merges_survivor FOREIGN KEY (tenant_id, survivor_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT customer_merges_merged FOREIGN KEY (tenant_id, merged_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT customer_merges_points CHECK (points >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT ON customer_merges TO loyalty_application;
GRANT UPDATE (unmerged_by, unmerged_at) ON customer_merges TO loyalty_application;

-- What an unmerging gives back: the outside ids, and the orders, of which some carry no customer's outside id.
CREATE TABLE IF NOT EXISTS customer_merge_identities (
  tenant_id INT UNSIGNED NOT NULL,
  merge_id BINARY(16) NOT NULL,
  source ENUM('alleaves', 'alpine', 'alpine_code') NOT NULL,
  outside_id VARBINARY(128) NOT NULL,
  PRIMARY KEY (tenant_id, merge_id, source, outside_id),
  CONSTRAINT customer_merge_identities_merge FOREIGN KEY (tenant_id, merge_id)
    REFERENCES customer_merges (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE IF NOT EXISTS customer_merge_orders (
  tenant_id INT UNSIGNED NOT NULL,
  merge_id BINARY(16) NOT NULL,
  order_id BINARY(16) NOT NULL,
  PRIMARY KEY (tenant_id, merge_id, order_id),
  CONSTRAINT customer_merge_orders_merge FOREIGN KEY (tenant_id, merge_id) REFERENCES customer_merges (tenant_id, id),
  CONSTRAINT customer_merge_orders_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT ON customer_merge_identities TO loyalty_application;
GRANT SELECT, INSERT ON customer_merge_orders TO loyalty_application;

-- What is left of an erased customer's outside ids, phone and e-mail: a keyed digest, by which a later sync knows whom
-- not to restore. The key is the tenant's own, sealed, so that a new server key seals it anew and every digest stays.
CREATE TABLE IF NOT EXISTS tombstone_keys (
  tenant_id INT UNSIGNED NOT NULL,
  sealed VARBINARY(512) NOT NULL,
  PRIMARY KEY (tenant_id),
  CONSTRAINT tombstone_keys_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE IF NOT EXISTS identity_tombstones (
  tenant_id INT UNSIGNED NOT NULL,
  digest BINARY(32) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  PRIMARY KEY (tenant_id, digest),
  CONSTRAINT identity_tombstones_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE ON tombstone_keys TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON identity_tombstones TO loyalty_application;
-- For erasing a person: what names them, and words that people wrote about them.
GRANT DELETE ON customer_identities TO loyalty_application;
GRANT DELETE ON customer_merge_identities TO loyalty_application;
GRANT UPDATE (cause, from_value, to_value) ON customer_activities TO loyalty_application;
GRANT UPDATE (detail) ON audit_log TO loyalty_application;
