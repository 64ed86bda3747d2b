CREATE TABLE IF NOT EXISTS users (
  id BINARY(16) NOT NULL,
  email VARCHAR(254) NOT NULL,
  password_hash VARBINARY(160) NOT NULL,
  is_super BOOLEAN NOT NULL DEFAULT FALSE,
  is_demo BOOLEAN NOT NULL DEFAULT FALSE,
  created_at DATETIME(6) NOT NULL,
  disabled_at DATETIME(6) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS user_tenants (
  tenant_id INT UNSIGNED NOT NULL,
  user_id BINARY(16) NOT NULL,
  role ENUM('dispensary_admin', 'manager', 'auditor', 'budtender') NOT NULL,
  PRIMARY KEY (tenant_id, user_id),
  KEY by_user (user_id),
  CONSTRAINT user_tenants_user FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT user_tenants_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- The cookie holds the token; this holds its SHA-256.
CREATE TABLE IF NOT EXISTS sessions (
  token_hash BINARY(32) NOT NULL,
  user_id BINARY(16) NOT NULL,
  csrf_token VARBINARY(64) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  seen_at DATETIME(6) NOT NULL,
  -- End of the idle span; moved on by use, never past the absolute end.
  idle_until DATETIME(6) NOT NULL,
  ends_at DATETIME(6) NOT NULL,
  -- What a POST leaves to be told on the page that follows, read once.
  notice VARCHAR(300) NULL,
  PRIMARY KEY (token_hash),
  KEY by_user (user_id),
  KEY by_end (ends_at),
  CONSTRAINT sessions_user FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Failed sign-ins per account and per address: a bucket that refills with time.
CREATE TABLE IF NOT EXISTS login_attempts (
  subject VARBINARY(300) NOT NULL,
  failures INT UNSIGNED NOT NULL,
  last_at DATETIME(6) NOT NULL,
  blocked_until DATETIME(6) NULL,
  PRIMARY KEY (subject),
  KEY by_time (last_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE IF NOT EXISTS api_keys (
  tenant_id INT UNSIGNED NOT NULL,
  id VARBINARY(32) NOT NULL,
  name VARCHAR(80) NOT NULL,
  secret_hash BINARY(32) NOT NULL,
  scopes VARCHAR(200) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  used_at DATETIME(6) NULL,
  revoked_at DATETIME(6) NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE KEY by_hash (secret_hash),
  CONSTRAINT api_keys_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Who did what; never updated. A row of no tenant (a failed sign-in, say) has the tenant 0.
CREATE TABLE IF NOT EXISTS audit_log (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  at DATETIME(6) NOT NULL,
  user_id BINARY(16) NULL,
  actor VARCHAR(100) NOT NULL,
  action VARCHAR(60) NOT NULL,
  subject VARBINARY(120) NULL,
  detail VARCHAR(1000) NOT NULL DEFAULT '',
  request_id VARBINARY(64) NULL,
  address VARBINARY(64) NULL,
  PRIMARY KEY (tenant_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
