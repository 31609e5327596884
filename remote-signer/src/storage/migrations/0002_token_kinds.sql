-- What a token opens. `c2pa-url` is for clients that can only put it into a URL, where it ends in logs and histories:
-- it signs claims of C2PA with the keys named, and nothing else.
ALTER TABLE tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'api' CHECK (kind IN ('api', 'c2pa-url'));
