-- Orders that a webhook named, until they have been read from the point of sale again, which has the last word. Not a
-- column of orders: a webhook may name an order that is not stored yet.
CREATE TABLE IF NOT EXISTS order_rereads (
  tenant_id INT UNSIGNED NOT NULL,
  pos_order_id VARBINARY(64) NOT NULL,
  pos_customer_id VARBINARY(64) NULL,
  -- A mark that was set again while its order was being read stays.
  marked_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, pos_order_id),
  KEY by_age (tenant_id, marked_at),
  KEY by_customer (tenant_id, pos_customer_id),
  CONSTRAINT order_rereads_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE, DELETE ON order_rereads TO loyalty_application;
