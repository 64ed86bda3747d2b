-- Each step of verifying a customer's equity, never changed: the newest row is where it stands. Of the document only
-- kind and reference. What orders earn by stands in equity_periods.
CREATE TABLE IF NOT EXISTS equity_records (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  number INT UNSIGNED NOT NULL,
  -- "expired" is no step: it follows from expires_on.
  status ENUM('pending', 'verified', 'rejected', 'revoked') NOT NULL,
  document_kind VARCHAR(60) NULL,
  document_reference VARCHAR(100) NULL,
  expires_on DATE NULL,
  reason VARCHAR(200) NOT NULL DEFAULT '',
  user_id BINARY(16) NULL,
  recorded_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, number),
  CONSTRAINT equity_records_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT equity_records_document CHECK (status <> 'verified'
    OR (document_kind IS NOT NULL AND document_reference IS NOT NULL)),
  CONSTRAINT equity_records_expiry CHECK (expires_on IS NULL OR status IN ('pending', 'verified'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
GRANT SELECT, INSERT ON equity_records TO loyalty_application;
-- For erasing a person: what could name them.
GRANT UPDATE (document_kind, document_reference, reason) ON equity_records TO loyalty_application;

-- When the tier was given by hand: sales of before do not earn by it. Null with a pin: it always was.
ALTER TABLE customers ADD COLUMN IF NOT EXISTS pin_since DATETIME(6) NULL AFTER pin_until;
GRANT UPDATE (pin_since) ON customers TO loyalty_application;

-- Notes are sentences.
ALTER TABLE customer_activities MODIFY cause VARCHAR(500) NOT NULL;
