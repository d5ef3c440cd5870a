-- Written by TestSchema -update; the source is migrations/.

CREATE TABLE categories (
    id          BIGINT PRIMARY KEY,
    guid        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    invitations BIGINT NOT NULL,
    files       BIGINT NOT NULL,
    history     BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    created_by  BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_by  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
, invites_from BIGINT NOT NULL DEFAULT 0, strict BIGINT NOT NULL DEFAULT 0, retention TEXT NOT NULL DEFAULT '', file_types TEXT NOT NULL DEFAULT '');

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

CREATE TABLE contacts (
    principal BIGINT PRIMARY KEY,
    version   BIGINT NOT NULL,
    list      TEXT NOT NULL
);

CREATE TABLE credentials (
    principal BIGINT PRIMARY KEY,
    password  TEXT NOT NULL,
    nt_hash   BLOB
);

CREATE TABLE feed_position (
    entry BIGINT NOT NULL
);

CREATE TABLE file_leftovers (
    sha256 TEXT PRIMARY KEY
);

CREATE TABLE file_tokens (
    token     TEXT PRIMARY KEY,
    principal BIGINT NOT NULL,
    room      BIGINT NOT NULL,
    upload    BIGINT NOT NULL,
    name      TEXT NOT NULL,
    endpoint  TEXT NOT NULL,
    client    TEXT NOT NULL,
    expires   BIGINT NOT NULL
);

CREATE INDEX file_tokens_expires ON file_tokens (expires);

CREATE TABLE files (
    id       TEXT PRIMARY KEY,
    room     BIGINT NOT NULL,
    uploader BIGINT NOT NULL,
    token    TEXT NOT NULL,
    name     TEXT NOT NULL,
    size     BIGINT NOT NULL,
    sha256   TEXT NOT NULL,
    type     TEXT NOT NULL,
    state    BIGINT NOT NULL,
    reason   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    posted   BIGINT NOT NULL
);

CREATE INDEX files_posted ON files (room, posted) WHERE posted > 0;

CREATE INDEX files_sha256 ON files (sha256) WHERE sha256 <> '';

CREATE INDEX files_unfinished ON files (uploader) WHERE state = 1;

CREATE INDEX files_unposted ON files (at) WHERE posted = 0;

CREATE INDEX files_waiting ON files (state, id) WHERE state <> 3;

CREATE TABLE gathered (
    principal BIGINT NOT NULL,
    feed      TEXT NOT NULL,
    position  BIGINT NOT NULL,
    room      BIGINT NOT NULL,
    message   BIGINT NOT NULL,
    PRIMARY KEY (principal, feed, position)
) WITHOUT ROWID;

CREATE INDEX gathered_room ON gathered (room);

CREATE INDEX gathered_unread ON gathered (principal, feed, room, message);

CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);

CREATE TABLE identity (
    guid TEXT NOT NULL
);

CREATE TABLE ids (
    place TEXT PRIMARY KEY,
    last  BIGINT NOT NULL
);

CREATE TABLE journal (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL,
    at        BIGINT NOT NULL,
    actor     BIGINT NOT NULL,
    actor_uri TEXT NOT NULL,
    room      BIGINT NOT NULL,
    room_guid TEXT NOT NULL,
    room_name TEXT NOT NULL,
    message   BIGINT NOT NULL,
    last      BIGINT NOT NULL,
    alert     BIGINT NOT NULL,
    body      TEXT,
    rich      TEXT,
    endpoint  TEXT NOT NULL,
    cause     TEXT NOT NULL,
    detail    TEXT NOT NULL
, actor_name TEXT NOT NULL DEFAULT '', subject BIGINT NOT NULL DEFAULT 0, client TEXT NOT NULL DEFAULT '');

CREATE TABLE lockouts (
    name  TEXT PRIMARY KEY,
    until BIGINT NOT NULL
);

CREATE TABLE marks (
    principal BIGINT NOT NULL,
    room      BIGINT NOT NULL,
    read      BIGINT NOT NULL,
    followed  BIGINT NOT NULL,
    PRIMARY KEY (principal, room)
) WITHOUT ROWID;

CREATE INDEX marks_room ON marks (room);

CREATE TABLE memberships (
    group_id BIGINT NOT NULL,
    member   BIGINT NOT NULL, since BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (group_id, member)
);

CREATE INDEX memberships_member ON memberships (member);

CREATE TABLE messages (
    room        BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    author      BIGINT NOT NULL,
    author_uri  TEXT NOT NULL,
    author_name TEXT NOT NULL,
    at          BIGINT NOT NULL,
    alert       BIGINT NOT NULL,
    logged      BIGINT NOT NULL,
    body        TEXT NOT NULL,
    rich        TEXT NOT NULL,
    PRIMARY KEY (room, id)
) WITHOUT ROWID;

CREATE INDEX messages_hidden ON messages (room, id, logged) WHERE logged <> 1;

CREATE TABLE names (
    fold TEXT PRIMARY KEY
);

CREATE TABLE objects (
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    owner   BIGINT NOT NULL,
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);

CREATE INDEX objects_owner ON objects (owner) WHERE owner <> 0;

CREATE TABLE originals (
    room BIGINT NOT NULL,
    id   BIGINT NOT NULL,
    body TEXT NOT NULL,
    rich TEXT NOT NULL,
    PRIMARY KEY (room, id)
) WITHOUT ROWID;

CREATE TABLE passes (
    id        TEXT PRIMARY KEY,
    hash      TEXT NOT NULL UNIQUE,
    kind      TEXT NOT NULL,
    principal BIGINT NOT NULL,
    name      TEXT NOT NULL,
    how       TEXT NOT NULL,
    client    TEXT NOT NULL,
    address   TEXT NOT NULL,
    scope     TEXT NOT NULL,
    created   BIGINT NOT NULL,
    used      BIGINT NOT NULL,
    expires   BIGINT NOT NULL
);

CREATE INDEX passes_expires ON passes (expires) WHERE expires <> 0;

CREATE INDEX passes_principal ON passes (principal, kind, created, id);

CREATE INDEX passes_used ON passes (used) WHERE kind = 'session';

CREATE TABLE preferences (
    principal BIGINT NOT NULL,
    label     TEXT NOT NULL,
    version   BIGINT NOT NULL,
    content   TEXT NOT NULL,
    PRIMARY KEY (principal, label)
);

CREATE TABLE principals (
    id           BIGINT PRIMARY KEY,
    guid         TEXT NOT NULL UNIQUE,
    kind         BIGINT NOT NULL,
    uri          TEXT NOT NULL,
    name         TEXT NOT NULL,
    name_fold    TEXT NOT NULL,
    display_name TEXT NOT NULL,
    email        TEXT NOT NULL,
    company      TEXT NOT NULL,
    state        BIGINT NOT NULL,
    created_by   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_by   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
, bot BIGINT NOT NULL DEFAULT 0);

CREATE UNIQUE INDEX principals_name ON principals (name_fold) WHERE state <> 2;

CREATE UNIQUE INDEX principals_uri ON principals (uri) WHERE state <> 2;

CREATE TABLE publications (
    principal BIGINT NOT NULL,
    category  TEXT NOT NULL,
    instance  BIGINT NOT NULL,
    container BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    expire    TEXT NOT NULL,
    seconds   BIGINT NOT NULL,
    endpoint  TEXT NOT NULL,
    content   TEXT NOT NULL,
    PRIMARY KEY (principal, category, instance, container)
);

CREATE TABLE roles (
    list      TEXT NOT NULL,
    place     BIGINT NOT NULL,
    principal BIGINT NOT NULL, since BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (list, place, principal)
);

CREATE INDEX roles_principal ON roles (principal);

CREATE TABLE rooms (
    id          BIGINT PRIMARY KEY,
    guid        TEXT NOT NULL UNIQUE,
    category    BIGINT NOT NULL REFERENCES categories (id),
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    privacy     BIGINT NOT NULL,
    behavior    BIGINT NOT NULL,
    invitations BIGINT NOT NULL,
    disabled    BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    created_by  BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_by  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
, invites_from BIGINT NOT NULL DEFAULT 0, addin TEXT NOT NULL DEFAULT '', purged BIGINT NOT NULL DEFAULT 0, revised BIGINT NOT NULL DEFAULT 0);

CREATE INDEX rooms_category ON rooms (category);
