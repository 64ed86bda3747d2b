-- Every statement can run again: MariaDB commits each DDL statement by itself (docs/architecture.md, "Migrations").

CREATE TABLE IF NOT EXISTS tenants (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT,
  slug VARBINARY(64) NOT NULL,
  -- The version of the newest row of loyalty_settings: one row answers "has anything changed".
  settings_version BIGINT UNSIGNED NOT NULL,
  -- Settings version in force when the first order of the tenant was posted: older orders earn under it.
  first_posting_at DATETIME(6) NULL,
  is_demo BOOLEAN NOT NULL DEFAULT FALSE,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY slug (slug)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Every name by which a tenant may be called: its slug too, so that resolving is one look-up.
CREATE TABLE IF NOT EXISTS tenant_aliases (
  alias VARBINARY(64) NOT NULL,
  tenant_id INT UNSIGNED NOT NULL,
  PRIMARY KEY (alias),
  KEY tenant (tenant_id),
  CONSTRAINT tenant_aliases_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- One row per save of one tab. A tab's value at version v is its row with the highest version <= v.
CREATE TABLE IF NOT EXISTS loyalty_settings (
  tenant_id INT UNSIGNED NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  tab ENUM('points', 'tiers', 'segments', 'redemptions', 'menu-display', 'business', 'program') NOT NULL,
  content LONGTEXT NOT NULL,
  saved_at DATETIME(6) NOT NULL,
  saved_by BINARY(16) NULL,
  request_id VARBINARY(64) NULL,
  PRIMARY KEY (tenant_id, version, tab),
  KEY by_tab (tenant_id, tab, version),
  CONSTRAINT loyalty_settings_json CHECK (JSON_VALID(content)),
  CONSTRAINT loyalty_settings_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Every tier that was ever saved, so that a customer's tier is one that exists; names and thresholds are versioned above.
CREATE TABLE IF NOT EXISTS tiers (
  tenant_id INT UNSIGNED NOT NULL,
  id BINARY(16) NOT NULL,
  name VARCHAR(64) NOT NULL,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT tiers_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
