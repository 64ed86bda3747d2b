-- Taken while somebody joins: of two who join with one phone or POS id at once the second waits and finds the first.
-- A row lives no longer than its transaction, so nothing of a person stays here.
CREATE TABLE IF NOT EXISTS join_guards (
  tenant_id INT UNSIGNED NOT NULL,
  guard VARBINARY(160) NOT NULL,
  PRIMARY KEY (tenant_id, guard),
  CONSTRAINT join_guards_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE, DELETE ON join_guards TO loyalty_application;

-- What a customer tells others to name them by: the last 50 random bits of the id, without the letters that look like
-- digits or each other. Made by the database, so that no way of becoming a customer can forget it.
ALTER TABLE customers ADD COLUMN IF NOT EXISTS referral_code VARBINARY(10) AS (RIGHT(LPAD(REPLACE(REPLACE(REPLACE(
  REPLACE(CONV(HEX(RIGHT(id, 7)), 16, 32), 'I', 'W'), 'L', 'X'), 'O', 'Y'), 'U', 'Z'), 12, '0'), 10)) STORED;
ALTER TABLE customers ADD UNIQUE KEY IF NOT EXISTS by_referral_code (tenant_id, referral_code);

-- Who was brought by whom, once for each customer.
CREATE TABLE IF NOT EXISTS referrals (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  referrer_id BINARY(16) NOT NULL,
  recorded_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, customer_id),
  KEY by_referrer (tenant_id, referrer_id, recorded_at),
  CONSTRAINT referrals_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT referrals_referrer FOREIGN KEY (tenant_id, referrer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT referrals_other CHECK (customer_id <> referrer_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT ON referrals TO loyalty_application;

-- Each time a customer allowed or forbade messages, never changed: the newest row of a channel is what holds, and no
-- row means that they were never asked.
CREATE TABLE IF NOT EXISTS consent_records (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  channel ENUM('sms', 'email') NOT NULL,
  number INT UNSIGNED NOT NULL,
  is_given BOOLEAN NOT NULL,
  -- Where it was said, in words, and the text that was agreed to, as far as we were told.
  place VARCHAR(120) NOT NULL,
  wording VARCHAR(500) NULL,
  user_id BINARY(16) NULL,
  request_id VARBINARY(64) NULL,
  recorded_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, channel, number),
  CONSTRAINT consent_records_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT ON consent_records TO loyalty_application;

-- What customers do beside buying. day is the shop's, so that streaks need no clock.
CREATE TABLE IF NOT EXISTS engagement_events (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  customer_id BINARY(16) NOT NULL,
  type ENUM('chat_started', 'product_searched', 'visit', 'check_in', 'review') NOT NULL,
  subject VARCHAR(200) NULL,
  at DATETIME(6) NOT NULL,
  day DATE NOT NULL,
  request_id VARBINARY(64) NULL,
  stored_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, id),
  KEY by_day (tenant_id, customer_id, type, day),
  KEY by_subject (tenant_id, customer_id, type, subject),
  CONSTRAINT engagement_events_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT ON engagement_events TO loyalty_application;
-- Streaks are written in bulk, by the INSERT that ends in an update.
GRANT INSERT (streak_current, streak_longest, streak_day) ON customers TO loyalty_application;

-- The tier held before an order told over the API changed it, so that telling the order again answers the same.
CREATE TABLE IF NOT EXISTS order_tier_changes (
  tenant_id INT UNSIGNED NOT NULL,
  order_id BINARY(16) NOT NULL,
  previous_tier_id BINARY(16) NOT NULL,
  PRIMARY KEY (tenant_id, order_id),
  CONSTRAINT order_tier_changes_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
  CONSTRAINT order_tier_changes_tier FOREIGN KEY (tenant_id, previous_tier_id) REFERENCES tiers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE, DELETE ON order_tier_changes TO loyalty_application;
