-- Credentials are sealed; nothing here can be read without the secret key.
CREATE TABLE IF NOT EXISTS integrations (
  tenant_id INT UNSIGNED NOT NULL,
  kind ENUM('alleaves', 'alpine') NOT NULL,
  sealed VARBINARY(4096) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, kind),
  CONSTRAINT integrations_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- How far the POS has been read: moves last, after everything of a run is posted.
CREATE TABLE IF NOT EXISTS sync_watermarks (
  tenant_id INT UNSIGNED NOT NULL,
  history_read_at DATETIME(6) NULL,
  long_window_day DATE NULL,
  succeeded_at DATETIME(6) NULL,
  nightly_day DATE NULL,
  next_run_at DATETIME(6) NULL,
  PRIMARY KEY (tenant_id),
  CONSTRAINT sync_watermarks_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A run is its own job: workers claim it with SKIP LOCKED and keep it by a heartbeat.
CREATE TABLE IF NOT EXISTS sync_runs (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  kind ENUM('all', 'customer', 'nightly') NOT NULL,
  pos_customer_id VARBINARY(64) NULL,
  is_forced BOOLEAN NOT NULL DEFAULT FALSE,
  trigger_name ENUM('cron', 'schedule', 'user', 'api', 'cli') NOT NULL,
  state ENUM('queued', 'running', 'succeeded', 'degraded', 'failed') NOT NULL,
  queued_at DATETIME(6) NOT NULL,
  started_at DATETIME(6) NULL,
  heartbeat_at DATETIME(6) NULL,
  finished_at DATETIME(6) NULL,
  worker VARBINARY(64) NULL,
  -- Rises with every claim: a worker that lost its run to another can no longer write to it.
  fence INT UNSIGNED NOT NULL DEFAULT 0,
  stage VARCHAR(40) NOT NULL DEFAULT 'queued',
  done BIGINT NOT NULL DEFAULT 0,
  expected BIGINT NULL,
  -- Where reading goes on after a stop: the pages of each list that are stored whole, and the first day asked for.
  customer_pages INT UNSIGNED NOT NULL DEFAULT 0,
  customers_read BOOLEAN NOT NULL DEFAULT FALSE,
  order_pages INT UNSIGNED NOT NULL DEFAULT 0,
  orders_from DATE NULL,
  result LONGTEXT NULL,
  error VARCHAR(500) NULL,
  -- One queued and one running whole run per tenant.
  queued_slot TINYINT AS (IF(state = 'queued' AND kind = 'all', 1, NULL)) STORED,
  running_slot TINYINT AS (IF(state = 'running' AND kind = 'all', 1, NULL)) STORED,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY one_queued (tenant_id, queued_slot),
  UNIQUE KEY one_running (tenant_id, running_slot),
  KEY by_state (state, kind, queued_at),
  KEY by_id (id),
  CONSTRAINT sync_runs_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id),
  CONSTRAINT sync_runs_result CHECK (result IS NULL OR JSON_VALID(result)),
  CONSTRAINT sync_runs_customer CHECK ((kind = 'customer') = (pos_customer_id IS NOT NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What a run could not take in, or what somebody should look at.
CREATE TABLE IF NOT EXISTS sync_exceptions (
  tenant_id INT UNSIGNED NOT NULL,
  run_id BINARY(16) NOT NULL,
  number INT UNSIGNED NOT NULL,
  subject VARBINARY(120) NULL,
  reason VARCHAR(300) NOT NULL,
  PRIMARY KEY (tenant_id, run_id, number),
  CONSTRAINT sync_exceptions_run FOREIGN KEY (tenant_id, run_id) REFERENCES sync_runs (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What Alpine said: a row whenever figure or state changes.
CREATE TABLE IF NOT EXISTS alpine_readings (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  id BINARY(16) NOT NULL,
  run_id BINARY(16) NOT NULL,
  state ENUM('known', 'hidden', 'unknown', 'not_a_member') NOT NULL,
  points BIGINT NULL,
  requested_at DATETIME(6) NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, id),
  CONSTRAINT alpine_readings_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT alpine_readings_figure CHECK ((state = 'known') = (points IS NOT NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Where each customer stands with Alpine: the newest reading and how it compared.
CREATE TABLE IF NOT EXISTS alpine_standings (
  tenant_id INT UNSIGNED NOT NULL,
  customer_id BINARY(16) NOT NULL,
  contact_id VARBINARY(128) NOT NULL,
  state ENUM('known', 'hidden', 'unknown', 'not_a_member') NOT NULL,
  points BIGINT NULL,
  read_at DATETIME(6) NOT NULL,
  outcome ENUM('within', 'awaiting', 'discrepancy', 'not_compared') NOT NULL,
  calculated BIGINT NULL,
  difference BIGINT NULL,
  compared_at DATETIME(6) NULL,
  PRIMARY KEY (tenant_id, customer_id),
  KEY by_outcome (tenant_id, outcome),
  CONSTRAINT alpine_standings_customer FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
  CONSTRAINT alpine_standings_figure CHECK ((state = 'known') = (points IS NOT NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
