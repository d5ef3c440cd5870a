-- +goose Up
-- The compliance store: what was read of the journal and is not done with yet.
-- Times are microseconds UTC.
CREATE TABLE lease (
    holder TEXT NOT NULL,
    fence  BIGINT NOT NULL,
    until  BIGINT NOT NULL
);
INSERT INTO lease (holder, fence, until) VALUES ('', 0, 0);

-- The journal's entry up to which events were kept.
CREATE TABLE position (
    entry BIGINT NOT NULL
);
INSERT INTO position (entry) VALUES (0);

-- Columns as in the journal. They are deleted when all adapters are done.
CREATE TABLE events (
    id         BIGINT NOT NULL PRIMARY KEY,
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
CREATE INDEX events_room ON events (room, id);
CREATE INDEX events_kind ON events (kind, id);

-- Stays in rooms, by the entries of joining and parting; parted is zero for who
-- is there. They are deleted with the last batch that they touch.
CREATE TABLE presences (
    room      BIGINT NOT NULL,
    principal BIGINT NOT NULL,
    endpoint  TEXT NOT NULL,
    since     BIGINT NOT NULL,
    joined    BIGINT NOT NULL,
    parted    BIGINT NOT NULL,
    PRIMARY KEY (room, principal, endpoint, joined)
);
CREATE INDEX presences_parted ON presences (parted);

-- Closed ranges of events. about is JSON: rooms and people as they were.
CREATE TABLE batches (
    number    BIGINT NOT NULL PRIMARY KEY,
    first     BIGINT NOT NULL,
    last      BIGINT NOT NULL,
    opened    BIGINT NOT NULL,
    closed    BIGINT NOT NULL,
    events    BIGINT NOT NULL,
    about     TEXT NOT NULL,
    forgotten BIGINT NOT NULL
);

CREATE TABLE deliveries (
    adapter  TEXT NOT NULL,
    batch    BIGINT NOT NULL,
    state    TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next     BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    finished BIGINT NOT NULL,
    took     BIGINT NOT NULL,
    PRIMARY KEY (adapter, batch)
);
CREATE INDEX deliveries_open ON deliveries (adapter, batch) WHERE state <> 'done';
