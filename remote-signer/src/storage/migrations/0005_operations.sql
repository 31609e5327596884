-- Tokens for those who run the service. What they may sign with is told by their keys, as with any other token.
ALTER TABLE tokens ADD COLUMN admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1));

-- Which key of a provider became active the longest time ago: the health probe signs with it. And how many there are.
CREATE INDEX active_versions_by_provider ON key_versions (provider, created_at_ms) WHERE state = 'active';
CREATE INDEX versions_by_provider ON key_versions (provider, state);
