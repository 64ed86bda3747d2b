-- For script/bench, "verify": the shop once again, as if it were that much larger. By the server's owner and without a look
-- at foreign keys, for heads and entries are laid down as they stand.
-- @tenant: whose; @base: the second byte of the ids that are there; @copy: which copy, from 1 to 90.
SET SESSION foreign_key_checks = 0;
-- Ids begin with their time: of a copy, all are later than those before. Referral codes come from the end of customers' ids.
SET @later = CHAR(@base + @copy), @end = CONCAT(CHAR(1), CHAR(@base + 1));

INSERT INTO customers (tenant_id, id, first_name, last_name, head_sequence, balance, points_owed, lifetime_cents,
  qualifying_cents, order_count, first_order_at, last_order_at, tier_id, segment, created_at)
SELECT tenant_id, INSERT(INSERT(id, 2, 1, @later), 16, 1, CHAR(ASCII(RIGHT(id, 1)) ^ @copy)), first_name, last_name,
       head_sequence, balance, points_owed, lifetime_cents, qualifying_cents, order_count, first_order_at, last_order_at,
       tier_id, segment, created_at
  FROM customers WHERE tenant_id = @tenant AND id < @end ORDER BY id;

INSERT INTO orders (tenant_id, id, pos_order_id, source, customer_id, status, is_completed, total_cents, completed_at, stored_at)
SELECT tenant_id, INSERT(id, 2, 1, @later), CONCAT(pos_order_id, '-', @copy), source,
       INSERT(INSERT(customer_id, 2, 1, @later), 16, 1, CHAR(ASCII(RIGHT(customer_id, 1)) ^ @copy)), status, is_completed,
       total_cents, completed_at, stored_at
  FROM orders WHERE tenant_id = @tenant AND id < @end ORDER BY id;

INSERT INTO order_postings (tenant_id, order_id, points_per_dollar, equity_multiplier, tier_multiplier, rounding, earn_on,
  settings_version, posting_count, posted_customer_id, points_posted, points_told, is_counted, no_points_reason)
SELECT tenant_id, INSERT(order_id, 2, 1, @later), points_per_dollar, equity_multiplier, tier_multiplier, rounding, earn_on,
       settings_version, posting_count,
       INSERT(INSERT(posted_customer_id, 2, 1, @later), 16, 1, CHAR(ASCII(RIGHT(posted_customer_id, 1)) ^ @copy)),
       points_posted, points_told, is_counted, no_points_reason
  FROM order_postings WHERE tenant_id = @tenant AND order_id < @end ORDER BY order_id;

INSERT INTO order_owings (tenant_id, customer_id, order_id, put, open, settlements)
SELECT tenant_id, INSERT(INSERT(customer_id, 2, 1, @later), 16, 1, CHAR(ASCII(RIGHT(customer_id, 1)) ^ @copy)),
       INSERT(order_id, 2, 1, @later), put, open, settlements
  FROM order_owings WHERE tenant_id = @tenant AND order_id < @end;

INSERT INTO ledger_entries (tenant_id, customer_id, sequence, id, points, previous_balance, balance, previous_sequence, kind,
  entry_key, order_id, run_id, reason, settings_version, created_at, moves_head)
SELECT tenant_id, INSERT(INSERT(customer_id, 2, 1, @later), 16, 1, CHAR(ASCII(RIGHT(customer_id, 1)) ^ @copy)), sequence,
       INSERT(id, 2, 1, @later), points, previous_balance, balance, previous_sequence, kind, CONCAT(entry_key, ' ', @copy),
       INSERT(order_id, 2, 1, @later), run_id, reason, settings_version, created_at, FALSE
  FROM ledger_entries WHERE tenant_id = @tenant AND customer_id < @end ORDER BY customer_id, sequence;

INSERT INTO alpine_readings (tenant_id, customer_id, id, run_id, state, points, requested_at)
SELECT tenant_id, INSERT(INSERT(customer_id, 2, 1, @later), 16, 1, CHAR(ASCII(RIGHT(customer_id, 1)) ^ @copy)),
       INSERT(id, 2, 1, @later), run_id, state, points, requested_at
  FROM alpine_readings WHERE tenant_id = @tenant AND customer_id < @end;

INSERT INTO alpine_overrides (tenant_id, customer_id, sequence, reading_id, calculated, alpine, pending)
SELECT tenant_id, INSERT(INSERT(customer_id, 2, 1, @later), 16, 1, CHAR(ASCII(RIGHT(customer_id, 1)) ^ @copy)), sequence,
       INSERT(reading_id, 2, 1, @later), calculated, alpine, pending
  FROM alpine_overrides WHERE tenant_id = @tenant AND customer_id < @end;
