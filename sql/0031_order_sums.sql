-- With the points in it, what entries say of an order is summed without a look at the entries: for the proof.
ALTER TABLE ledger_entries DROP KEY IF EXISTS by_order, ADD KEY by_order (tenant_id, order_id, points);
