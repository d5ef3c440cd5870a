-- +goose Up
-- Files of rooms: what is known of them, the tokens for them, and the hashes of
-- blobs that are to be deleted.
ALTER TABLE categories ADD COLUMN file_types TEXT NOT NULL DEFAULT '';

-- state: 1 unfinished, 2 waiting, 3 clean, 4 quarantined. posted is the first
-- message that links to the file, zero for none.
CREATE TABLE files (
    id       TEXT PRIMARY KEY,
    room     BIGINT NOT NULL,
    uploader BIGINT NOT NULL,
    token    TEXT NOT NULL,
    name     TEXT NOT NULL,
    size     BIGINT NOT NULL,
    sha256   TEXT NOT NULL,
    type     TEXT NOT NULL,
    state    BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    posted   BIGINT NOT NULL
);
CREATE INDEX files_sha256 ON files (sha256) WHERE sha256 <> '';
CREATE INDEX files_unposted ON files (at) WHERE posted = 0;
CREATE INDEX files_unfinished ON files (uploader) WHERE state = 1;
CREATE INDEX files_waiting ON files (state, id) WHERE state <> 3;

CREATE TABLE file_tokens (
    token     TEXT PRIMARY KEY,
    principal BIGINT NOT NULL,
    room      BIGINT NOT NULL,
    upload    BIGINT NOT NULL,
    name      TEXT NOT NULL,
    endpoint  TEXT NOT NULL,
    client    TEXT NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX file_tokens_expires ON file_tokens (expires);

CREATE TABLE file_leftovers (
    sha256 TEXT PRIMARY KEY
);
