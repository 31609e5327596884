-- Tokens for those who run the service. What they may sign with is told by their keys, as with any other token.
ALTER TABLE tokens ADD COLUMN admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1));

-- When each key was last changed, as a number that only grows: a cache of any process looks for those above the last
-- number that it has seen. Triggers write it, so that nobody who changes a key can forget to.
CREATE TABLE key_changes (
  key_id     TEXT PRIMARY KEY,
  generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX key_changes_by_generation ON key_changes (generation);

CREATE TRIGGER key_version_made AFTER INSERT ON key_versions
BEGIN
  INSERT INTO key_changes VALUES (NEW.key_id, (SELECT coalesce(max(generation), 0) + 1 FROM key_changes))
    ON CONFLICT (key_id) DO UPDATE SET generation = excluded.generation;
END;

CREATE TRIGGER key_version_changed AFTER UPDATE ON key_versions
BEGIN
  INSERT INTO key_changes VALUES (NEW.key_id, (SELECT coalesce(max(generation), 0) + 1 FROM key_changes))
    ON CONFLICT (key_id) DO UPDATE SET generation = excluded.generation;
END;

CREATE TRIGGER key_version_deleted AFTER DELETE ON key_versions
BEGIN
  INSERT INTO key_changes VALUES (OLD.key_id, (SELECT coalesce(max(generation), 0) + 1 FROM key_changes))
    ON CONFLICT (key_id) DO UPDATE SET generation = excluded.generation;
END;

CREATE TRIGGER certificate_made AFTER INSERT ON certificates
BEGIN
  INSERT INTO key_changes VALUES (NEW.key_id, (SELECT coalesce(max(generation), 0) + 1 FROM key_changes))
    ON CONFLICT (key_id) DO UPDATE SET generation = excluded.generation;
END;

CREATE TRIGGER certificate_changed AFTER UPDATE ON certificates
BEGIN
  INSERT INTO key_changes VALUES (NEW.key_id, (SELECT coalesce(max(generation), 0) + 1 FROM key_changes))
    ON CONFLICT (key_id) DO UPDATE SET generation = excluded.generation;
END;

CREATE TRIGGER certificate_deleted AFTER DELETE ON certificates
BEGIN
  INSERT INTO key_changes VALUES (OLD.key_id, (SELECT coalesce(max(generation), 0) + 1 FROM key_changes))
    ON CONFLICT (key_id) DO UPDATE SET generation = excluded.generation;
END;

-- Which key of a provider became active the longest time ago: the health probe signs with it. And how many there are.
CREATE INDEX active_versions_by_provider ON key_versions (provider, created_at_ms) WHERE state = 'active';
CREATE INDEX versions_by_provider ON key_versions (provider, state);
