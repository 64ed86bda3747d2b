-- Made for size: what a sync writes for each order is written once, and read in the order it lies in.

-- What posting has come to, apart from the revision: rows of orders would grow with it, split their pages, and move in
-- two indexes. No row: nothing has been posted, nor was it noted why not.
CREATE TABLE IF NOT EXISTS order_postings (
  tenant_id INT UNSIGNED NOT NULL,
  order_id BINARY(16) NOT NULL,
  points_per_dollar INT NULL,
  equity_multiplier INT NULL,
  tier_multiplier INT NULL,
  rounding ENUM('down', 'nearest', 'up') NULL,
  earn_on ENUM('total', 'before_tax') NULL,
  settings_version BIGINT UNSIGNED NULL,
  -- Postings so far: the n of the next key order:<id>:<n>.
  posting_count INT UNSIGNED NOT NULL,
  -- Whose ledger they are in: differs from the order's customer until an order that moved is posted.
  posted_customer_id BINARY(16) NULL,
  -- The sum of those entries for that customer less what they put into points_owed.
  points_posted BIGINT NOT NULL,
  -- How many of points_posted Alpine IQ has been told by way of the outbox, or had to be while it was not connected.
  points_told BIGINT NOT NULL,
  -- Whether the last posting counted it as a sale.
  is_counted BOOLEAN NOT NULL,
  no_points_reason ENUM('no_member', 'unknown_customer', 'paused', 'not_completed', 'below_one_point',
    'before_program_start', 'erased', 'unreadable') NULL,
  PRIMARY KEY (tenant_id, order_id),
  KEY by_customer (tenant_id, posted_customer_id, order_id),
  CONSTRAINT order_postings_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
  CONSTRAINT order_postings_customer FOREIGN KEY (tenant_id, posted_customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT order_postings_terms CHECK ((settings_version IS NULL) = (points_per_dollar IS NULL)
    AND (settings_version IS NULL) = (equity_multiplier IS NULL) AND (settings_version IS NULL) = (tier_multiplier IS NULL)
    AND (settings_version IS NULL) = (rounding IS NULL) AND (settings_version IS NULL) = (earn_on IS NULL)),
  CONSTRAINT order_postings_points CHECK (points_posted >= 0 AND (posting_count > 0 OR points_posted = 0)
    AND (posted_customer_id IS NOT NULL OR points_posted = 0))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Whose orders are to be posted: written with whatever changes what they are worth, removed by the posting that brings
-- the ledger to it. What is left after a crash is exactly what is still to do.
CREATE TABLE IF NOT EXISTS customers_due (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  -- An order in their ledger belongs to somebody else now: they come first, so that the new owner finds it released.
  is_losing BOOLEAN NOT NULL,
  -- Rises with every mark, so that a mark always writes the row, which other nodes of a cluster see.
  marks BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (tenant_id, customer_id),
  KEY losing (tenant_id, is_losing, customer_id),
  CONSTRAINT customers_due_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

DELIMITER //
BEGIN NOT ATOMIC
  IF EXISTS (SELECT 1 FROM information_schema.columns
              WHERE table_schema = DATABASE() AND table_name = 'orders' AND column_name = 'posting_due') THEN
    INSERT IGNORE INTO order_postings (tenant_id, order_id, points_per_dollar, equity_multiplier, tier_multiplier,
      rounding, earn_on, settings_version, posting_count, posted_customer_id, points_posted, points_told, is_counted,
      no_points_reason)
    SELECT tenant_id, id, points_per_dollar, equity_multiplier, tier_multiplier, rounding, earn_on, settings_version,
           posting_count, posted_customer_id, points_posted, points_told, is_counted, no_points_reason
      FROM orders
     WHERE posting_count > 0 OR posted_customer_id IS NOT NULL OR is_counted = 1 OR settings_version IS NOT NULL
        OR no_points_reason IS NOT NULL OR points_told <> 0;
    INSERT IGNORE INTO customers_due (tenant_id, customer_id, is_losing, marks)
    SELECT DISTINCT tenant_id, posted_customer_id, 1, 1 FROM orders
     WHERE posted_customer_id IS NOT NULL AND NOT (customer_id <=> posted_customer_id);
    INSERT IGNORE INTO customers_due (tenant_id, customer_id, is_losing, marks)
    SELECT DISTINCT tenant_id, customer_id, 0, 1 FROM orders WHERE posting_due = 1 AND customer_id IS NOT NULL;
  END IF;
END//
DELIMITER ;

ALTER TABLE orders
  DROP FOREIGN KEY IF EXISTS orders_posted_customer,
  DROP CONSTRAINT IF EXISTS orders_terms,
  DROP CONSTRAINT IF EXISTS orders_posted,
  DROP KEY IF EXISTS due,
  DROP KEY IF EXISTS by_posted_customer,
  -- Nothing looks orders up by it.
  DROP KEY IF EXISTS by_update,
  DROP COLUMN IF EXISTS posting_due,
  DROP COLUMN IF EXISTS points_per_dollar,
  DROP COLUMN IF EXISTS equity_multiplier,
  DROP COLUMN IF EXISTS tier_multiplier,
  DROP COLUMN IF EXISTS rounding,
  DROP COLUMN IF EXISTS earn_on,
  DROP COLUMN IF EXISTS settings_version,
  DROP COLUMN IF EXISTS posting_count,
  DROP COLUMN IF EXISTS posted_customer_id,
  DROP COLUMN IF EXISTS points_posted,
  DROP COLUMN IF EXISTS points_told,
  DROP COLUMN IF EXISTS is_counted,
  DROP COLUMN IF EXISTS no_points_reason;

-- The timeline lies in the order in which it is read; an index of its own would double what each row costs.
ALTER TABLE customer_activities DROP PRIMARY KEY, ADD PRIMARY KEY (tenant_id, customer_id, at, id),
  DROP KEY IF EXISTS by_time;

-- Of many entries of one customer written at once only the last moves the head: moving it is dearer than the entry. Were
-- it forgotten, nothing could follow in that chain, for the number after the head is taken, and the proof would tell.
ALTER TABLE ledger_entries ADD COLUMN IF NOT EXISTS moves_head BOOLEAN NOT NULL DEFAULT TRUE, ALGORITHM=INSTANT;
DELIMITER //
CREATE OR REPLACE TRIGGER ledger_entries_after_insert AFTER INSERT ON ledger_entries FOR EACH ROW
BEGIN
  IF NEW.moves_head THEN
    UPDATE customers SET head_sequence = NEW.sequence, balance = NEW.balance
     WHERE tenant_id = NEW.tenant_id AND id = NEW.customer_id AND COALESCE(head_sequence, 0) < NEW.sequence;
    IF ROW_COUNT() <> 1 THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the customer''s ledger head did not move';
    END IF;
  END IF;
END//
DELIMITER ;

GRANT SELECT, INSERT, UPDATE ON order_postings TO loyalty_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON customers_due TO loyalty_application;
