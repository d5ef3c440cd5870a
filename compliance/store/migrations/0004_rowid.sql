-- +goose Up
-- The number is the row's own, which saves an index at each event, and kinds are
-- indexed but for posts, which most events are.
DROP INDEX events_room;
DROP INDEX events_kind;
ALTER TABLE events RENAME TO old_events;
CREATE TABLE events (
    id         INTEGER NOT NULL PRIMARY KEY,
    kind       TEXT NOT NULL,
    at         BIGINT NOT NULL,
    actor      BIGINT NOT NULL,
    actor_uri  TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    subject    BIGINT NOT NULL,
    room       BIGINT NOT NULL,
    room_guid  TEXT NOT NULL,
    room_name  TEXT NOT NULL,
    message    BIGINT NOT NULL,
    last       BIGINT NOT NULL,
    alert      BIGINT NOT NULL,
    body       TEXT NOT NULL,
    rich       TEXT NOT NULL,
    endpoint   TEXT NOT NULL,
    client     TEXT NOT NULL,
    cause      TEXT NOT NULL,
    detail     TEXT NOT NULL
);
INSERT INTO events (id, kind, at, actor, actor_uri, actor_name, subject, room, room_guid, room_name, message, last, alert, body, rich, endpoint, client, cause, detail)
    SELECT id, kind, at, actor, actor_uri, actor_name, subject, room, room_guid, room_name, message, last, alert, body, rich, endpoint, client, cause, detail
    FROM old_events ORDER BY id;
DROP TABLE old_events;
CREATE INDEX events_room ON events (room, id);
CREATE INDEX events_kind ON events (kind, id) WHERE kind <> 'post';
