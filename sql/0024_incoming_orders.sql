-- New sales that a run has read and not taken in yet, as they came: written side by side as the pages come, and taken up
-- customer by customer. A row holds many, of customers whose ids lie in one of the ranges that the run divides them into.
CREATE TABLE IF NOT EXISTS incoming_orders (
  tenant_id INT UNSIGNED NOT NULL,
  run_id BINARY(16) NOT NULL,
  customer_range SMALLINT UNSIGNED NOT NULL,
  -- Of several rows that name an order the one with the highest number has its last revision.
  number INT UNSIGNED NOT NULL,
  order_count INT UNSIGNED NOT NULL,
  orders MEDIUMBLOB NOT NULL,
  PRIMARY KEY (tenant_id, run_id, customer_range, number),
  CONSTRAINT incoming_orders_run FOREIGN KEY (tenant_id, run_id) REFERENCES sync_runs (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

GRANT SELECT, INSERT, UPDATE, DELETE ON incoming_orders TO loyalty_application;
