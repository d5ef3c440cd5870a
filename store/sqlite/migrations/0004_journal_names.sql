-- +goose Up
-- The names of people and programs as they were when an entry was written. A
-- post's author is named by its message.
ALTER TABLE journal ADD COLUMN actor_name TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN client TEXT NOT NULL DEFAULT '';
