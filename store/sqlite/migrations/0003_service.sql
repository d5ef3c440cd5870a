-- +goose Up
-- Administered things, what users have seen, numbered invitations, and messages
-- that are replaced, removed or purged.

-- What an object means is known to the service that owns its kind; content is
-- JSON. owner is the user it belongs to, zero for none.
CREATE TABLE objects (
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    owner   BIGINT NOT NULL,
    version BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE INDEX objects_owner ON objects (owner) WHERE owner <> 0;

-- The global policy was on from the beginning, and is so when there is none. A
-- user's own policy becomes a grant of one of two.
INSERT INTO objects (kind, name, owner, version, content)
    SELECT 'policy', 'global', 0, 1, '{"EnablePersistentChat":false}' FROM policies WHERE principal = 0 AND enable_persistent_chat = 0;
INSERT INTO objects (kind, name, owner, version, content)
    SELECT 'grant', who.guid, who.id, 1, CASE WHEN p.enable_persistent_chat = 0 THEN '{"Policy":"tag:Disabled"}' ELSE '{"Policy":"tag:Enabled"}' END
    FROM policies p JOIN principals who ON who.id = p.principal WHERE who.state <> 2;
INSERT INTO objects (kind, name, owner, version, content)
    SELECT DISTINCT 'policy', 'tag:Enabled', 0, 1, '{"EnablePersistentChat":true}' FROM objects WHERE kind = 'grant' AND content = '{"Policy":"tag:Enabled"}';
INSERT INTO objects (kind, name, owner, version, content)
    SELECT DISTINCT 'policy', 'tag:Disabled', 0, 1, '{"EnablePersistentChat":false}' FROM objects WHERE kind = 'grant' AND content = '{"Policy":"tag:Disabled"}';
DROP TABLE policies;

-- since says when a member was put there, invites_from when invitations were
-- switched on; both count in ids. Clients ask for what came after 1.
INSERT INTO ids (place, last) VALUES ('invitations', 1);
ALTER TABLE roles ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE categories ADD COLUMN invites_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN invites_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN addin TEXT NOT NULL DEFAULT '';

-- Messages up to the id purged are not read any more. A message that was
-- removed has logged = 2. The text of either stays for the journal, and so do
-- the messages of a deleted room.
ALTER TABLE rooms ADD COLUMN purged BIGINT NOT NULL DEFAULT 0;
CREATE INDEX messages_hidden ON messages (room, id, logged) WHERE logged <> 1;

-- What a message said before it was first replaced, for the journal.
CREATE TABLE originals (
    room BIGINT NOT NULL,
    id   BIGINT NOT NULL,
    body TEXT NOT NULL,
    rich TEXT NOT NULL,
    PRIMARY KEY (room, id)
) WITHOUT ROWID;

CREATE TABLE marks (
    principal BIGINT NOT NULL,
    room      BIGINT NOT NULL,
    read      BIGINT NOT NULL,
    followed  BIGINT NOT NULL,
    PRIMARY KEY (principal, room)
) WITHOUT ROWID;
CREATE INDEX marks_room ON marks (room);

CREATE TABLE gathered (
    principal BIGINT NOT NULL,
    feed      TEXT NOT NULL,
    position  BIGINT NOT NULL,
    room      BIGINT NOT NULL,
    message   BIGINT NOT NULL,
    PRIMARY KEY (principal, feed, position)
) WITHOUT ROWID;
CREATE INDEX gathered_room ON gathered (room);

-- The journal's entry up to which feeds have looked: one row.
CREATE TABLE feed_position (
    entry BIGINT NOT NULL
);
INSERT INTO feed_position (entry) VALUES (0);
