-- Versions that somebody began to make at a provider, until they are on record: after a crash in between, the key that
-- is there is known as our own.
CREATE TABLE key_attempts (
  key_id        TEXT NOT NULL,
  version       INTEGER NOT NULL,
  provider      TEXT NOT NULL,
  began_at_ms   INTEGER NOT NULL,
  PRIMARY KEY (key_id, version, provider)
) STRICT, WITHOUT ROWID;
