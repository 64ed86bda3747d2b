-- A sale known by two ids: the other id of an order, and whose it is. The order stands under the id that was stored first.
CREATE TABLE IF NOT EXISTS order_aliases (
  tenant_id INT UNSIGNED NOT NULL,
  other_id VARBINARY(64) NOT NULL,
  order_id BINARY(16) NOT NULL,
  source ENUM('pos', 'api') NOT NULL,
  PRIMARY KEY (tenant_id, other_id),
  KEY by_order (tenant_id, order_id),
  CONSTRAINT order_aliases_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
ALTER TABLE orders ADD INDEX IF NOT EXISTS by_external (tenant_id, external_id), ALGORITHM=INPLACE, LOCK=NONE;
GRANT SELECT, INSERT, UPDATE, DELETE ON order_aliases TO loyalty_application;
