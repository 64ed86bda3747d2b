-- Whom our API named as the buyer of a sale that the point of sale shows too: it counts while the latter names nobody.
CREATE TABLE IF NOT EXISTS order_told_buyers (
  tenant_id INT UNSIGNED NOT NULL,
  order_id BINARY(16) NOT NULL,
  customer_id BINARY(16) NULL,
  -- For somebody who was not known by it when they were named.
  pos_customer_id VARBINARY(64) NULL,
  PRIMARY KEY (tenant_id, order_id),
  KEY by_customer (tenant_id, customer_id),
  CONSTRAINT order_told_buyers_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
  CONSTRAINT order_told_buyers_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE ON order_told_buyers TO loyalty_application;

-- For erasing a person: outside ids and words that stood beside what is kept.
GRANT UPDATE (subject) ON engagement_events TO loyalty_application;
GRANT UPDATE (subject) ON sync_exceptions TO loyalty_application;
GRANT UPDATE (reason) ON customer_merges TO loyalty_application;
