-- +goose Up
-- Categories whose posts wait while the archive is too far behind.
ALTER TABLE categories ADD COLUMN strict BIGINT NOT NULL DEFAULT 0;

-- The names of people and programs as they were when an entry was written, and
-- the number of the principal or category that it is about. A post's author is
-- named by its message.
ALTER TABLE journal ADD COLUMN actor_name TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN subject BIGINT NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN client TEXT NOT NULL DEFAULT '';
