-- The application's rights. script/server (or the operator, docs/operations.md) gives this role to the application's
-- user; migrations run as another. No DELETE where history matters; no right to balances or ledger heads.
DELIMITER //
BEGIN NOT ATOMIC
  -- Making a role takes CREATE USER, a right over all of the server's users: whoever migrates without it has been
  -- given the role beforehand.
  IF NOT EXISTS (SELECT 1 FROM information_schema.applicable_roles WHERE role_name = 'loyalty_application') THEN
    CREATE ROLE IF NOT EXISTS loyalty_application;
  END IF;
END//
DELIMITER ;
GRANT SELECT ON schema_migrations TO loyalty_application;
GRANT SELECT, INSERT ON tenants TO loyalty_application;
GRANT UPDATE (settings_version, first_posting_at) ON tenants TO loyalty_application;
GRANT SELECT, INSERT ON tenant_aliases TO loyalty_application;
GRANT SELECT, INSERT ON loyalty_settings TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON tiers TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON users TO loyalty_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_tenants TO loyalty_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO loyalty_application;
GRANT SELECT, INSERT, UPDATE, DELETE ON login_attempts TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON api_keys TO loyalty_application;
GRANT SELECT, INSERT ON audit_log TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON locations TO loyalty_application;
GRANT SELECT ON customers TO loyalty_application;
GRANT INSERT (tenant_id, id, first_name, last_name, phone, email, birth_date, points_owed, lifetime_cents,
  qualifying_cents, order_count, first_order_at, last_order_at, tier_id, segment, created_at) ON customers TO loyalty_application;
-- INSERT … ON DUPLICATE KEY UPDATE asks for the right to update every column it inserts, whatever it then sets.
GRANT UPDATE (tenant_id, id, created_at, first_name, last_name, phone, email, birth_date, held, points_owed,
  lifetime_cents, qualifying_cents, order_count, first_order_at, last_order_at, tier_id, pin_tier_id, pin_until, segment,
  streak_current, streak_longest, streak_day, erased_at) ON customers TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON customer_identities TO loyalty_application;
GRANT SELECT, INSERT ON equity_periods TO loyalty_application;
GRANT UPDATE (ends_at) ON equity_periods TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON orders TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON order_owings TO loyalty_application;
GRANT SELECT, INSERT ON ledger_entries TO loyalty_application;
GRANT SELECT, INSERT ON redemptions TO loyalty_application;
GRANT UPDATE (status, expires_at) ON redemptions TO loyalty_application;
GRANT SELECT, INSERT ON customer_activities TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON integrations TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON sync_watermarks TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON sync_runs TO loyalty_application;
GRANT SELECT, INSERT ON sync_exceptions TO loyalty_application;
GRANT SELECT, INSERT ON alpine_readings TO loyalty_application;
GRANT SELECT, INSERT, UPDATE ON alpine_standings TO loyalty_application;
