-- An order names another one as the sale it takes back or as its second face, never both: one index serves both. Most
-- name none, and each index is an entry for each of them all the same.
ALTER TABLE orders
  ADD KEY IF NOT EXISTS by_named_order (tenant_id, refund_of, external_id),
  DROP KEY IF EXISTS by_refund,
  DROP KEY IF EXISTS by_external;

-- Nobody deletes orders, the application may not, and what is posted for an order is written in the transaction that holds
-- it: a look at the order for each entry and each posting finds nothing that the proof does not. Customers and the chain of
-- entries are looked at as before.
ALTER TABLE ledger_entries DROP FOREIGN KEY IF EXISTS ledger_entries_order;
ALTER TABLE order_postings DROP FOREIGN KEY IF EXISTS order_postings_order;
ALTER TABLE orders DROP FOREIGN KEY IF EXISTS orders_tenant;
