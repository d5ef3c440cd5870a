-- +goose Up
-- Whose journal is kept: a journal's numbers mean nothing beside another's.
CREATE TABLE journal (
    identity TEXT NOT NULL
);
