-- One row a tenant: who joins holds it shared, by the foreign key of their guards, and an import of many members takes it
-- for itself instead of a guard for each of them. A foreign key and a count that changes, not a bare lock, so that two
-- nodes of a cluster see each other as well.
CREATE TABLE IF NOT EXISTS join_gates (
  tenant_id INT UNSIGNED NOT NULL,
  imports BIGINT UNSIGNED NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id),
  CONSTRAINT join_gates_tenant FOREIGN KEY (tenant_id) REFERENCES tenants (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Made by the database, so that no way of becoming a tenant can forget it.
CREATE OR REPLACE TRIGGER tenants_after_insert AFTER INSERT ON tenants FOR EACH ROW
  INSERT INTO join_gates (tenant_id) VALUES (NEW.id);

INSERT INTO join_gates (tenant_id) SELECT id FROM tenants ON DUPLICATE KEY UPDATE imports = imports;

ALTER TABLE join_guards
  ADD CONSTRAINT join_guards_gate FOREIGN KEY IF NOT EXISTS (tenant_id) REFERENCES join_gates (tenant_id);

GRANT SELECT, UPDATE ON join_gates TO loyalty_application;
