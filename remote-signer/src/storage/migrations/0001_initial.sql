-- Times are milliseconds since 1970; digests and hashes are 32 bytes.

CREATE TABLE keys (
  id            TEXT PRIMARY KEY,          -- tenant/name
  tenant        TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE key_versions (
  key_id            TEXT NOT NULL REFERENCES keys (id),
  version           INTEGER NOT NULL CHECK (version >= 1),
  -- Today: active, draining, disabled. The rest is what the state machine of rotation will need.
  state             TEXT NOT NULL
                    CHECK (state IN ('announced', 'active', 'draining', 'verify-only', 'retired', 'disabled')),
  provider          TEXT NOT NULL,
  reference         TEXT NOT NULL,         -- the provider's name for it, a URI
  spki              BLOB NOT NULL,
  kid               TEXT NOT NULL,         -- RFC 7638 thumbprint, base64url
  created_at_ms     INTEGER NOT NULL,
  draining_until_ms INTEGER,
  PRIMARY KEY (key_id, version),
  UNIQUE (key_id, kid),                    -- a new version with the old key would be no new version
  CHECK ((state = 'draining') = (draining_until_ms IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_active_version ON key_versions (key_id) WHERE state = 'active';

CREATE TABLE certificates (
  key_id   TEXT NOT NULL,
  version  INTEGER NOT NULL,
  position INTEGER NOT NULL,               -- 0 is the leaf
  der      BLOB NOT NULL,
  PRIMARY KEY (key_id, version, position),
  FOREIGN KEY (key_id, version) REFERENCES key_versions (key_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  id            TEXT PRIMARY KEY,
  tenant        TEXT NOT NULL,
  secret_sha256 BLOB NOT NULL,
  label         TEXT NOT NULL,
  all_keys      INTEGER NOT NULL CHECK (all_keys IN (0, 1)),
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE token_keys (
  token_id TEXT NOT NULL REFERENCES tokens (id),
  key_id   TEXT NOT NULL,                  -- the key may be made later
  PRIMARY KEY (token_id, key_id)
) STRICT, WITHOUT ROWID;

-- One row for each call of a provider. It is made before the call (intent) and completed after it (signed, failed);
-- what a crash left without an outcome is unresolved.
CREATE TABLE signings (
  request_id    TEXT PRIMARY KEY,
  tenant        TEXT NOT NULL,
  token_id      TEXT NOT NULL,
  key_id        TEXT NOT NULL,
  key_version   INTEGER NOT NULL,
  digest        BLOB NOT NULL,
  profile       TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('intent', 'signed', 'failed', 'unresolved')),
  intent_at_ms  INTEGER NOT NULL,
  outcome_at_ms INTEGER,
  failure       TEXT,                      -- the class, if it failed
  signature     BLOB,                      -- verified, if it is signed
  kms_us        INTEGER,
  total_us      INTEGER,
  FOREIGN KEY (key_id, key_version) REFERENCES key_versions (key_id, version),
  CHECK ((state = 'signed') = (signature IS NOT NULL)),
  CHECK ((state = 'failed') = (failure IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX signings_without_outcome ON signings (state) WHERE state IN ('intent', 'unresolved');

CREATE TABLE idempotency (
  tenant         TEXT NOT NULL,
  key            TEXT NOT NULL,
  item           INTEGER NOT NULL,         -- 0 for a single request, from 1 in a batch
  request_sha256 BLOB NOT NULL,
  request_id     TEXT NOT NULL REFERENCES signings (request_id),
  created_at_ms  INTEGER NOT NULL,
  PRIMARY KEY (tenant, key, item)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at_ms);

-- docs/audit.md describes the bytes: hash = SHA-256(previous ‖ body).
CREATE TABLE audit_records (
  seq      INTEGER PRIMARY KEY,            -- 1, 2, 3, … without gaps
  previous BLOB NOT NULL,
  hash     BLOB NOT NULL,
  body     TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_records_are_never_changed BEFORE UPDATE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END;

CREATE TRIGGER audit_records_are_never_deleted BEFORE DELETE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END;

-- One row, written to find out whether writing works.
CREATE TABLE heartbeat (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  at_ms INTEGER NOT NULL
) STRICT;
