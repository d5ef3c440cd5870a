-- +goose Up
-- The journal entry that changed last what was said in the room: removed, replaced or purged something of it.
ALTER TABLE rooms ADD COLUMN revised BIGINT NOT NULL DEFAULT 0;
