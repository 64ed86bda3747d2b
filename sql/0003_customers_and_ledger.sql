CREATE TABLE IF NOT EXISTS locations (
  tenant_id INT UNSIGNED NOT NULL,
  pos_location_id VARBINARY(64) NOT NULL,
  name VARCHAR(120) NOT NULL,
  time_zone VARCHAR(64) NULL,
  is_active BOOLEAN NOT NULL,
  PRIMARY KEY (tenant_id, pos_location_id),
  CONSTRAINT locations_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- balance and head_sequence move only by the trigger of ledger_entries: the application may not write them.
CREATE TABLE IF NOT EXISTS customers (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  first_name VARCHAR(100) NOT NULL DEFAULT '',
  last_name VARCHAR(100) NOT NULL DEFAULT '',
  phone VARBINARY(16) NULL,
  email VARCHAR(254) NULL,
  birth_date DATE NULL,
  head_sequence BIGINT UNSIGNED NULL,
  balance BIGINT NOT NULL DEFAULT 0,
  held BIGINT NOT NULL DEFAULT 0,
  points_owed BIGINT NOT NULL DEFAULT 0,
  lifetime_cents BIGINT NOT NULL DEFAULT 0,
  qualifying_cents BIGINT NOT NULL DEFAULT 0,
  order_count BIGINT NOT NULL DEFAULT 0,
  first_order_at DATETIME(6) NULL,
  last_order_at DATETIME(6) NULL,
  tier_id BINARY(16) NOT NULL,
  pin_tier_id BINARY(16) NULL,
  pin_until DATE NULL,
  segment ENUM('new', 'loyal', 'vip', 'high_value', 'frequent', 'slipping', 'at_risk', 'churned') NOT NULL,
  streak_current INT UNSIGNED NOT NULL DEFAULT 0,
  streak_longest INT UNSIGNED NOT NULL DEFAULT 0,
  streak_day DATE NULL,
  created_at DATETIME(6) NOT NULL,
  erased_at DATETIME(6) NULL,
  PRIMARY KEY (tenant_id, id),
  KEY by_last_name (tenant_id, last_name, id),
  KEY by_first_name (tenant_id, first_name, id),
  KEY by_phone (tenant_id, phone),
  KEY by_email (tenant_id, email),
  KEY by_recency (tenant_id, last_order_at, id),
  CONSTRAINT customers_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT customers_tier FOREIGN KEY (tenant_id, tier_id) REFERENCES tiers (tenant_id, id),
  CONSTRAINT customers_pin FOREIGN KEY (tenant_id, pin_tier_id) REFERENCES tiers (tenant_id, id),
  CONSTRAINT customers_empty CHECK (head_sequence IS NOT NULL OR balance = 0),
  CONSTRAINT customers_held CHECK (held >= 0 AND held <= balance),
  CONSTRAINT customers_owed CHECK (points_owed >= 0),
  CONSTRAINT customers_orders CHECK (order_count >= 0 AND (order_count = 0) = (last_order_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS customer_identities (
  tenant_id INT UNSIGNED NOT NULL,
  source ENUM('alleaves', 'alpine', 'alpine_code') NOT NULL,
  outside_id VARBINARY(128) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  PRIMARY KEY (tenant_id, source, outside_id),
  KEY by_customer (tenant_id, customer_id),
  CONSTRAINT customer_identities_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- When a customer's social-equity eligibility is in force: from the recorded moment to the moment it ends.
CREATE TABLE IF NOT EXISTS equity_periods (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  starts_at DATETIME(6) NOT NULL,
  ends_at DATETIME(6) NULL,
  PRIMARY KEY (tenant_id, customer_id, starts_at),
  CONSTRAINT equity_periods_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT equity_periods_span CHECK (ends_at IS NULL OR ends_at >= starts_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The latest revision of each order, the terms it earns under, and what has been posted for it.
CREATE TABLE IF NOT EXISTS orders (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  pos_order_id VARBINARY(64) NOT NULL,
  source ENUM('pos', 'api') NOT NULL,
  customer_id BINARY(16) NULL,
  pos_customer_id VARBINARY(64) NULL,
  pos_location_id VARBINARY(64) NULL,
  status VARCHAR(40) NULL,
  is_completed BOOLEAN NOT NULL,
  total_cents BIGINT NOT NULL,
  tax_cents BIGINT NULL,
  subtotal_cents BIGINT NULL,
  discount_cents BIGINT NULL,
  points_tender_cents BIGINT NOT NULL DEFAULT 0,
  refund_of VARBINARY(64) NULL,
  -- The id under which our API may know the same sale.
  external_id VARBINARY(64) NULL,
  completed_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NULL,
  -- Set whenever a revision is stored; cleared by the posting that brings the ledger to it. What is left after a
  -- crash is exactly what is still to do.
  posting_due BOOLEAN NOT NULL,
  points_per_dollar INT NULL,
  equity_multiplier INT NULL,
  tier_multiplier INT NULL,
  rounding ENUM('down', 'nearest', 'up') NULL,
  earn_on ENUM('total', 'before_tax') NULL,
  settings_version BIGINT UNSIGNED NULL,
  -- Postings so far: the n of the next key order:<id>:<n>.
  posting_count INT UNSIGNED NOT NULL DEFAULT 0,
  -- Whose ledger they are in: differs from customer_id until an order that moved is posted.
  posted_customer_id BINARY(16) NULL,
  -- The sum of those entries for that customer less what they put into points_owed.
  points_posted BIGINT NOT NULL DEFAULT 0,
  -- Whether the last posting counted it as a sale.
  is_counted BOOLEAN NOT NULL DEFAULT FALSE,
  no_points_reason ENUM('no_member', 'unknown_customer', 'paused', 'not_completed', 'below_one_point',
    'before_program_start', 'erased', 'unreadable') NULL,
  stored_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY by_pos_id (tenant_id, pos_order_id),
  KEY due (tenant_id, posting_due, customer_id),
  KEY by_customer (tenant_id, customer_id, completed_at),
  KEY by_posted_customer (tenant_id, posted_customer_id, posting_due),
  KEY by_pos_customer (tenant_id, pos_customer_id),
  KEY by_refund (tenant_id, refund_of),
  KEY by_completion (tenant_id, completed_at),
  KEY by_update (tenant_id, updated_at),
  CONSTRAINT orders_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT orders_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT orders_terms CHECK ((settings_version IS NULL) = (points_per_dollar IS NULL)
    AND (settings_version IS NULL) = (equity_multiplier IS NULL) AND (settings_version IS NULL) = (tier_multiplier IS NULL)
    AND (settings_version IS NULL) = (rounding IS NULL) AND (settings_version IS NULL) = (earn_on IS NULL)),
  CONSTRAINT orders_posted_customer FOREIGN KEY (tenant_id, posted_customer_id)
    REFERENCES customers (tenant_id, id),
  CONSTRAINT orders_posted CHECK (points_posted >= 0 AND (posting_count > 0 OR points_posted = 0)
    AND (posted_customer_id IS NOT NULL OR points_posted = 0))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What a clawback could not take: put is the sum ever owed for the order, open what later earnings have not settled.
CREATE TABLE IF NOT EXISTS order_owings (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  order_id BINARY(16) NOT NULL,
  put BIGINT NOT NULL,
  open BIGINT NOT NULL,
  settlements INT UNSIGNED NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, order_id),
  KEY by_order (tenant_id, order_id),
  CONSTRAINT order_owings_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT order_owings_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
  CONSTRAINT order_owings_open CHECK (open >= 0 AND open <= put)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Append-only; a chain per customer: each entry names the sequence and balance before it, and they must exist.
CREATE TABLE IF NOT EXISTS ledger_entries (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  sequence BIGINT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  points BIGINT NOT NULL,
  previous_balance BIGINT NOT NULL,
  balance BIGINT NOT NULL,
  previous_sequence BIGINT UNSIGNED NULL,
  kind ENUM('earn', 'clawback', 'redeem', 'redeem_reversal', 'alpine_override', 'adjustment', 'bonus', 'referral',
    'transfer') NOT NULL,
  entry_key VARBINARY(128) NOT NULL,
  order_id BINARY(16) NULL,
  run_id BINARY(16) NULL,
  user_id BINARY(16) NULL,
  reason VARCHAR(300) NOT NULL,
  settings_version BIGINT UNSIGNED NOT NULL,
  request_id VARBINARY(64) NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, sequence),
  UNIQUE KEY chain (tenant_id, customer_id, sequence, balance),
  UNIQUE KEY once (tenant_id, entry_key),
  KEY by_order (tenant_id, order_id),
  CONSTRAINT ledger_entries_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT ledger_entries_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
  CONSTRAINT ledger_entries_previous FOREIGN KEY (tenant_id, customer_id, previous_sequence, previous_balance)
    REFERENCES ledger_entries (tenant_id, customer_id, sequence, balance),
  CONSTRAINT ledger_entries_sum CHECK (balance = previous_balance + points),
  CONSTRAINT ledger_entries_moves CHECK (points <> 0),
  CONSTRAINT ledger_entries_positive CHECK (balance >= 0),
  CONSTRAINT ledger_entries_sequence CHECK (
    (sequence = 1 AND previous_sequence IS NULL AND previous_balance = 0)
    OR (sequence > 1 AND previous_sequence IS NOT NULL AND previous_sequence = sequence - 1))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The customer's head points at the last entry: added here, for the two tables refer to each other.
ALTER TABLE customers ADD CONSTRAINT customers_head FOREIGN KEY IF NOT EXISTS (tenant_id, id, head_sequence, balance)
  REFERENCES ledger_entries (tenant_id, customer_id, sequence, balance);

DELIMITER //
CREATE OR REPLACE TRIGGER ledger_entries_after_insert AFTER INSERT ON ledger_entries FOR EACH ROW
BEGIN
  UPDATE customers SET head_sequence = NEW.sequence, balance = NEW.balance
   WHERE tenant_id = NEW.tenant_id AND id = NEW.customer_id AND COALESCE(head_sequence, 0) = NEW.sequence - 1;
  IF ROW_COUNT() <> 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the customer''s ledger head did not move';
  END IF;
END//
CREATE OR REPLACE TRIGGER ledger_entries_before_update BEFORE UPDATE ON ledger_entries FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a ledger entry is never changed';
END//
CREATE OR REPLACE TRIGGER ledger_entries_before_delete BEFORE DELETE ON ledger_entries FOR EACH ROW
BEGIN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a ledger entry is never deleted';
END//
DELIMITER ;

-- Open holds; what customers.held must sum up to. Redemptions fill it.
CREATE TABLE IF NOT EXISTS redemptions (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  status ENUM('held', 'captured', 'voided', 'expired', 'reversed') NOT NULL,
  points BIGINT NOT NULL,
  value_cents BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NULL,
  PRIMARY KEY (tenant_id, id),
  KEY by_customer (tenant_id, customer_id, status),
  CONSTRAINT redemptions_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT redemptions_points CHECK (points > 0 AND value_cents > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The customer's timeline.
CREATE TABLE IF NOT EXISTS customer_activities (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  kind ENUM('order', 'points_earned', 'points_redeemed', 'points_adjusted', 'tier_change', 'segment_change',
    'badge_earned', 'hold', 'equity_change', 'consent_change', 'message', 'note') NOT NULL,
  at DATETIME(6) NOT NULL,
  cause VARCHAR(120) NOT NULL,
  from_value VARCHAR(120) NULL,
  to_value VARCHAR(120) NULL,
  points BIGINT NULL,
  order_id BINARY(16) NULL,
  user_id BINARY(16) NULL,
  PRIMARY KEY (tenant_id, customer_id, id),
  KEY by_time (tenant_id, customer_id, at),
  CONSTRAINT customer_activities_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
