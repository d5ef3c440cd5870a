-- +goose Up
-- What was not captured, as events told of it; it outlives them. Kinds are those
-- of seal.Gap; since and till are microseconds UTC.
CREATE TABLE gaps (
    entry     BIGINT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL,
    since     BIGINT NOT NULL,
    till      BIGINT NOT NULL,
    room_guid TEXT NOT NULL,
    room_name TEXT NOT NULL,
    count     BIGINT NOT NULL,
    why       TEXT NOT NULL
);
CREATE INDEX gaps_room ON gaps (room_guid, entry);

-- How the server did at the last event that told it, and when the last event was.
CREATE TABLE lived (
    cause TEXT NOT NULL,
    at    BIGINT NOT NULL
);
INSERT INTO lived (cause, at) VALUES ('', 0);
UPDATE lived SET cause = COALESCE((SELECT cause FROM events WHERE kind = 'server' ORDER BY id DESC LIMIT 1), ''),
    at = COALESCE((SELECT at FROM events ORDER BY id DESC LIMIT 1), 0);
INSERT INTO gaps (entry, kind, since, till, room_guid, room_name, count, why)
    SELECT e.id, CASE p.cause WHEN 'started' THEN 'crashed' ELSE 'stopped' END, COALESCE((SELECT at FROM events WHERE id = e.id - 1), p.at), e.at, '', '', 0,
        CASE p.cause WHEN 'started' THEN 'the server ended without being stopped' ELSE 'the server was stopped' END
    FROM events e JOIN events p ON p.id = (SELECT MAX(id) FROM events WHERE kind = 'server' AND id < e.id)
    WHERE e.kind = 'server' AND e.cause = 'started';
