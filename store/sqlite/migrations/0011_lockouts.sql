-- +goose Up
-- Names that are locked out (chat.Lockout).
CREATE TABLE lockouts (
    name  TEXT PRIMARY KEY,
    until BIGINT NOT NULL
);
