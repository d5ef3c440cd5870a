-- +goose Up
-- Sessions of browsers and tokens of programs (chat.Pass), and users that are
-- programs.
CREATE TABLE passes (
    id        TEXT PRIMARY KEY,
    hash      TEXT NOT NULL UNIQUE,
    kind      TEXT NOT NULL,
    principal BIGINT NOT NULL,
    name      TEXT NOT NULL,
    how       TEXT NOT NULL,
    client    TEXT NOT NULL,
    address   TEXT NOT NULL,
    scope     TEXT NOT NULL,
    created   BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);
CREATE INDEX passes_principal ON passes (principal, kind, created, id);
CREATE INDEX passes_expires ON passes (expires) WHERE expires <> 0;
CREATE INDEX passes_used ON passes (used) WHERE kind = 'session';

ALTER TABLE principals ADD COLUMN bot BIGINT NOT NULL DEFAULT 0;
