package sqlstore

import (
	"context"
	"database/sql"

	"perch/chat"
)

var insertJournal = insert{
	head:    "INSERT INTO journal (id, kind, at, actor, actor_uri, room, room_guid, room_name, message, last, alert, body, rich, endpoint, cause, detail, actor_name, client, subject) VALUES ",
	columns: 19,
}

// write appends entries to the journal.
func (t *Tx) write(ctx context.Context, entries ...chat.Entry) error {
	args := make([]any, 0, len(entries)*insertJournal.columns)
	for i := range entries {
		entry := entries[i]
		entry.Clean()
		e := &entry
		t.journal++
		uri := e.ActorURI
		if e.Actor == 0 && uri == "" {
			uri = t.Operator
		}
		args = append(args, int64(t.journal), string(e.Kind), int64(e.At), int64(e.Actor), uri, int64(e.Room), e.RoomGUID,
			e.RoomName, int64(e.Message), int64(e.Last), boolInt(e.Alert), e.Text, e.Rich, e.Endpoint, e.Cause, e.Detail, e.ActorName, e.Client, e.Subject)
	}
	return insertJournal.rows(ctx, t, "writing the journal", args)
}

// ListEntries reads the journal. The text of a logged post is that of its
// message, as it was posted, and its author is named as there.
func ListEntries(ctx context.Context, db DB, after chat.EntryID, n int) ([]chat.Entry, error) {
	const query = `SELECT j.id, j.kind, j.at, j.actor, j.actor_uri, j.room, j.room_guid, j.room_name, j.message, j.last, j.alert,
		COALESCE(j.body, o.body, m.body, ''), COALESCE(j.rich, o.rich, m.rich, ''), j.endpoint, j.cause, j.detail,
		CASE WHEN j.kind = 'post' THEN COALESCE(m.author_name, '') ELSE j.actor_name END, j.client, j.subject
		FROM journal j LEFT JOIN messages m ON j.kind = 'post' AND m.room = j.room AND m.id = j.message
		LEFT JOIN originals o ON j.body IS NULL AND o.room = j.room AND o.id = j.message
		WHERE j.id > $1 ORDER BY j.id LIMIT $2`
	return list(ctx, db, "reading the journal", query, func(rows *sql.Rows, e *chat.Entry) error {
		return rows.Scan(&e.ID, &e.Kind, &e.At, &e.Actor, &e.ActorURI, &e.Room, &e.RoomGUID, &e.RoomName, &e.Message, &e.Last, &e.Alert,
			&e.Text, &e.Rich, &e.Endpoint, &e.Cause, &e.Detail, &e.ActorName, &e.Client, &e.Subject)
	}, int64(after), max(n, 0))
}

// JournalHead reads the id that was given last.
func JournalHead(ctx context.Context, db DB) (head chat.EntryID, err error) {
	err = db.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) FROM journal").Scan(&head)
	return head, fail("reading the journal's head", err)
}
