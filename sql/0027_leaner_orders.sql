-- An order names another one as the sale it takes back or as its second face, never both: one index serves both. Most
-- name none, and each index is an entry for each of them all the same.
ALTER TABLE orders
  ADD KEY IF NOT EXISTS by_named_order (tenant_id, refund_of, external_id),
  DROP KEY IF EXISTS by_refund,
  DROP KEY IF EXISTS by_external;

-- The customer's key holds the tenant; a row of nobody is made by the tenant's own run or request.
ALTER TABLE orders DROP FOREIGN KEY IF EXISTS orders_tenant;
