-- What happens here and Alpine IQ cannot know, to be told there: written with the movement, sent by the worker. The
-- row says what is about to be done before it is done, so that whatever a crash leaves can be settled.
CREATE TABLE IF NOT EXISTS outbox (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  destination ENUM('alpine', 'alleaves') NOT NULL,
  customer_id BINARY(16) NOT NULL,
  -- The last entry of the customer's ledger then: a customer's rows go out by it, then by id.
  position BIGINT UNSIGNED NOT NULL,
  -- The movement told; else the order whose points are told; else neither: a correction of Alpine's figure.
  entry_sequence BIGINT UNSIGNED NULL,
  order_id BINARY(16) NULL,
  points BIGINT NOT NULL,
  -- A neutral text with an id in it, by which the adjustment is found again.
  note VARBINARY(120) NOT NULL,
  state ENUM('queued', 'waiting', 'sending', 'unclear', 'acknowledged', 'refused', 'unsettled') NOT NULL,
  -- To whom it was last sent.
  contact_id VARBINARY(128) NULL,
  attempts INT UNSIGNED NOT NULL DEFAULT 0,
  -- When it is next looked at: of a row that is being sent, when its sender counts as dead.
  next_attempt_at DATETIME(6) NOT NULL,
  -- The database's clock just before the last sending; when its answer was given up; when it was known to be done.
  sent_at DATETIME(6) NULL,
  unclear_at DATETIME(6) NULL,
  acknowledged_at DATETIME(6) NULL,
  problem VARCHAR(300) NULL,
  created_at DATETIME(6) NOT NULL,
  in_flight TINYINT AS (IF(state IN ('sending', 'unclear'), 1, NULL)) STORED,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY once (tenant_id, destination, note),
  UNIQUE KEY one_in_flight (tenant_id, destination, customer_id, in_flight),
  KEY by_customer (tenant_id, customer_id, acknowledged_at),
  KEY by_state (tenant_id, destination, state, next_attempt_at),
  KEY by_order (tenant_id, order_id),
  CONSTRAINT outbox_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT outbox_entry FOREIGN KEY (tenant_id, customer_id, entry_sequence)
    REFERENCES ledger_entries (tenant_id, customer_id, sequence),
  CONSTRAINT outbox_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
  CONSTRAINT outbox_cause CHECK (entry_sequence IS NULL OR order_id IS NULL),
  CONSTRAINT outbox_points CHECK (points <> 0),
  CONSTRAINT outbox_sent CHECK (state NOT IN ('sending', 'unclear', 'unsettled')
    OR (sent_at IS NOT NULL AND contact_id IS NOT NULL AND attempts > 0)),
  CONSTRAINT outbox_unclear CHECK (state <> 'unclear' OR unclear_at IS NOT NULL),
  CONSTRAINT outbox_acknowledged CHECK ((state = 'acknowledged') = (acknowledged_at IS NOT NULL)),
  CONSTRAINT outbox_problem CHECK (state NOT IN ('refused', 'unsettled') OR problem IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- How many of points_posted Alpine IQ has been told by way of the outbox, or had to be while it was not connected.
ALTER TABLE orders ADD COLUMN IF NOT EXISTS points_told BIGINT NOT NULL DEFAULT 0, ALGORITHM=INSTANT;

GRANT SELECT, INSERT ON outbox TO loyalty_application;
GRANT UPDATE (state, contact_id, attempts, next_attempt_at, sent_at, unclear_at, acknowledged_at, problem)
  ON outbox TO loyalty_application;
