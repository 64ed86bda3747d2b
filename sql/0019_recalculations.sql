-- A save of tiers, segments or the time zone queues a run that works out every customer's tier and segment anew.
ALTER TABLE sync_runs
  MODIFY COLUMN kind ENUM('all', 'customer', 'nightly', 'recalculation') NOT NULL,
  -- One queued per tenant: a save while one waits joins it, one while it works queues a follower.
  ADD COLUMN IF NOT EXISTS recalculation_slot TINYINT AS (IF(state = 'queued' AND kind = 'recalculation', 1, NULL)) STORED,
  ADD UNIQUE KEY IF NOT EXISTS one_recalculation (tenant_id, recalculation_slot);

ALTER TABLE sync_watermarks
  -- The local days between which the qualifying spend of every customer was worked out last; null: nobody knows.
  ADD COLUMN IF NOT EXISTS standings_from DATE NULL,
  ADD COLUMN IF NOT EXISTS standings_until DATE NULL,
  -- Of the recalculation under way that may narrow them when it ends; a save that moves the window takes it away.
  ADD COLUMN IF NOT EXISTS standings_token BINARY(16) NULL,
  ALGORITHM=INSTANT;
