-- What each key may be used for. A key without a row has the default policy.
CREATE TABLE key_policies (
  key_id        TEXT PRIMARY KEY REFERENCES keys (id),
  policy        TEXT NOT NULL CHECK (json_valid(policy)),
  changed_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
