-- Entries and postings are written under the lock of their customer, whom nobody deletes, and an entry is one of its
-- customer's chain, at whose end the head moves (ledger_entries_after_insert): a look at the customer for each of them
-- finds nothing that these do not.
ALTER TABLE ledger_entries DROP FOREIGN KEY IF EXISTS ledger_entries_customer;
ALTER TABLE order_postings DROP FOREIGN KEY IF EXISTS order_postings_customer;

-- Only orders of nobody are looked up by the buyer whom the point of sale names: for when that buyer becomes known. In the
-- index by customer they stand together anyway, so it serves both.
ALTER TABLE orders
  ADD COLUMN IF NOT EXISTS waiting_for VARBINARY(64)
    GENERATED ALWAYS AS (IF(customer_id IS NULL, pos_customer_id, NULL)) STORED,
  DROP KEY IF EXISTS by_pos_customer,
  DROP KEY IF EXISTS by_customer,
  ADD KEY by_customer (tenant_id, customer_id, waiting_for, completed_at);
