-- +goose Up
-- What authors' programs call their posts, so that one that is tried again is not
-- stored twice. digest is of what was posted; message is what came of it.
CREATE TABLE client_ids (
    author    BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    at        BIGINT NOT NULL,
    room      BIGINT NOT NULL,
    message   BIGINT NOT NULL,
    digest    BLOB NOT NULL,
    PRIMARY KEY (author, client_id)
) WITHOUT ROWID;
CREATE INDEX client_ids_at ON client_ids (at);

-- Unread mentions are counted by room.
CREATE INDEX gathered_unread ON gathered (principal, feed, room, message);
