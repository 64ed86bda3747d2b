-- Points per day: the columns the dashboard adds up, so that a month is read from the index alone. Entries come in the
-- order of time, so the index grows at its end.
ALTER TABLE ledger_entries ADD INDEX IF NOT EXISTS by_day (tenant_id, created_at, kind, points);
-- How many stand how with Alpine IQ, and how many figures are known.
ALTER TABLE alpine_standings ADD INDEX IF NOT EXISTS by_outcome_and_figure (tenant_id, outcome, points);
