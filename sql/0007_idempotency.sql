-- What was answered under an Idempotency-Key, written together with what the answer tells of. While status is NULL the
-- row's own transaction is still at work: nobody else ever sees that. Keys live 30 days.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  tenant_id INT UNSIGNED NOT NULL,
  idempotency_key VARBINARY(255) NOT NULL,
  -- SHA-256 of method, path and raw body.
  request_hash BINARY(32) NOT NULL,
  status SMALLINT UNSIGNED NULL,
  body MEDIUMBLOB NULL,
  -- Whose data the answer may hold, so that erasing finds it.
  customer_id BINARY(16) NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, idempotency_key),
  KEY by_age (tenant_id, created_at),
  KEY by_customer (tenant_id, customer_id),
  CONSTRAINT idempotency_keys_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT idempotency_keys_answer CHECK ((status IS NULL) = (body IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO loyalty_application;
