-- A use of points: what was asked for, the price it was made at, and what became of it. Later edits of the redemption
-- tiers never touch it.
ALTER TABLE redemptions
  ADD COLUMN IF NOT EXISTS pos_order_id VARBINARY(64) NULL AFTER customer_id,
  -- The redemption tier, which lives in the settings; null for a number of points.
  ADD COLUMN IF NOT EXISTS redemption_tier_id BINARY(16) NULL AFTER pos_order_id,
  ADD COLUMN IF NOT EXISTS label VARCHAR(160) NOT NULL AFTER redemption_tier_id,
  -- points and value_cents are what is charged and taken off; these are the price without a cap.
  ADD COLUMN IF NOT EXISTS full_points BIGINT NOT NULL AFTER value_cents,
  ADD COLUMN IF NOT EXISTS full_value_cents BIGINT NOT NULL AFTER full_points,
  ADD COLUMN IF NOT EXISTS shrinks BOOLEAN NOT NULL AFTER full_value_cents,
  ADD COLUMN IF NOT EXISTS max_percent TINYINT UNSIGNED NOT NULL AFTER shrinks,
  ADD COLUMN IF NOT EXISTS order_total_cents BIGINT NOT NULL AFTER max_percent,
  ADD COLUMN IF NOT EXISTS settings_version BIGINT UNSIGNED NOT NULL AFTER order_total_cents,
  ADD COLUMN IF NOT EXISTS source ENUM('api', 'till') NOT NULL AFTER settings_version,
  ADD COLUMN IF NOT EXISTS user_id BINARY(16) NULL AFTER source,
  ADD COLUMN IF NOT EXISTS api_key_id VARBINARY(32) NULL AFTER user_id,
  ADD COLUMN IF NOT EXISTS pos_location_id VARBINARY(64) NULL AFTER api_key_id,
  ADD COLUMN IF NOT EXISTS captured_at DATETIME(6) NULL AFTER expires_at,
  -- Captured after its hold had lapsed.
  ADD COLUMN IF NOT EXISTS is_late BOOLEAN NOT NULL DEFAULT FALSE AFTER captured_at,
  ADD COLUMN IF NOT EXISTS voided_at DATETIME(6) NULL AFTER is_late,
  ADD COLUMN IF NOT EXISTS reversed_at DATETIME(6) NULL AFTER voided_at,
  -- The order that was voided, cancelled, or wholly refunded or returned. Set on a captured redemption it is still to
  -- be reversed: what a crash leaves is exactly what is still to do.
  ADD COLUMN IF NOT EXISTS undone_order_id BINARY(16) NULL AFTER reversed_at,
  -- The report; what an order has taken already; holds that lapse; what is to be reversed, and what was.
  ADD INDEX IF NOT EXISTS by_capture (tenant_id, captured_at),
  ADD INDEX IF NOT EXISTS by_order (tenant_id, pos_order_id, status),
  ADD INDEX IF NOT EXISTS by_expiry (tenant_id, status, expires_at),
  ADD INDEX IF NOT EXISTS by_undone_order (tenant_id, status, undone_order_id),
  ADD CONSTRAINT redemptions_order FOREIGN KEY IF NOT EXISTS (tenant_id, undone_order_id)
    REFERENCES orders (tenant_id, id),
  ADD CONSTRAINT redemptions_api_key FOREIGN KEY IF NOT EXISTS (tenant_id, api_key_id)
    REFERENCES api_keys (tenant_id, id),
  ADD CONSTRAINT IF NOT EXISTS redemptions_price CHECK (points <= full_points AND value_cents <= full_value_cents
    AND (shrinks = 1 OR (points = full_points AND value_cents = full_value_cents))),
  ADD CONSTRAINT IF NOT EXISTS redemptions_cap CHECK (value_cents <= order_total_cents
    AND max_percent BETWEEN 1 AND 100),
  ADD CONSTRAINT IF NOT EXISTS redemptions_actor CHECK ((source = 'till') = (user_id IS NOT NULL)
    AND (source = 'api') = (api_key_id IS NOT NULL)),
  ADD CONSTRAINT IF NOT EXISTS redemptions_state CHECK (
    CASE status
      WHEN 'held' THEN expires_at IS NOT NULL AND captured_at IS NULL AND voided_at IS NULL AND reversed_at IS NULL
      WHEN 'expired' THEN expires_at IS NOT NULL AND captured_at IS NULL AND voided_at IS NULL AND reversed_at IS NULL
      WHEN 'captured' THEN captured_at IS NOT NULL AND voided_at IS NULL AND reversed_at IS NULL
      WHEN 'voided' THEN (captured_at IS NOT NULL OR expires_at IS NOT NULL) AND voided_at IS NOT NULL
        AND reversed_at IS NULL
      WHEN 'reversed' THEN captured_at IS NOT NULL AND voided_at IS NULL AND reversed_at IS NOT NULL
        AND undone_order_id IS NOT NULL
      ELSE FALSE
    END),
  ADD CONSTRAINT IF NOT EXISTS redemptions_late CHECK (is_late = 0
    OR (captured_at IS NOT NULL AND expires_at IS NOT NULL));
GRANT UPDATE (points, value_cents, order_total_cents, captured_at, is_late, voided_at, reversed_at, undone_order_id)
  ON redemptions TO loyalty_application;

-- One row for each order that points were used on: its lock makes redemptions of one order, of whatever customers,
-- follow each other, so that each knows what the others took. The count makes the lock a write, which nodes of a
-- cluster see.
CREATE TABLE IF NOT EXISTS redeemed_orders (
  tenant_id INT UNSIGNED NOT NULL,
  pos_order_id VARBINARY(64) NOT NULL,
  lock_count BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (tenant_id, pos_order_id),
  CONSTRAINT redeemed_orders_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE ON redeemed_orders TO loyalty_application;

-- The redemption that an entry belongs to.
ALTER TABLE ledger_entries ADD COLUMN IF NOT EXISTS redemption_id BINARY(16) NULL AFTER order_id, ALGORITHM=INSTANT;
