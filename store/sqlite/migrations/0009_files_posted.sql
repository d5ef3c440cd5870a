-- +goose Up
-- A room's files are listed by the messages that posted them.
CREATE INDEX files_posted ON files (room, posted) WHERE posted > 0;
