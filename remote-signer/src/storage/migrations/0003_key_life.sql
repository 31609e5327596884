-- The life of key versions. Times are milliseconds since 1970.

ALTER TABLE key_versions ADD COLUMN state_since_ms INTEGER NOT NULL DEFAULT 0;
-- Until then caches without an announced version are about.
ALTER TABLE key_versions ADD COLUMN activatable_at_ms INTEGER;
ALTER TABLE key_versions ADD COLUMN activated_at_ms INTEGER;
ALTER TABLE key_versions ADD COLUMN disabled_from TEXT;

UPDATE key_versions SET state_since_ms = created_at_ms;
UPDATE key_versions SET activated_at_ms = created_at_ms WHERE state IN ('active', 'draining');

-- How long copies of what is published may be kept, since when: a row for each change. What was promised is kept even
-- if the configuration has another number now.
CREATE TABLE published_max_ages (
  since_ms   INTEGER PRIMARY KEY,
  max_age_ms INTEGER NOT NULL
) STRICT;

-- Keys that rotate otherwise than the configuration says.
CREATE TABLE rotation_policies (
  key_id        TEXT PRIMARY KEY REFERENCES keys (id),
  every_days    INTEGER CHECK (every_days >= 1)      -- NULL: never
) STRICT, WITHOUT ROWID;

-- Rotations that failed, until one succeeds.
CREATE TABLE rotation_failures (
  key_id        TEXT PRIMARY KEY REFERENCES keys (id),
  failures      INTEGER NOT NULL CHECK (failures >= 1),
  failure       TEXT NOT NULL,
  failed_at_ms  INTEGER NOT NULL,
  next_at_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
