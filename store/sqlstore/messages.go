package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"perch/chat"
)

var insertMessages = insert{
	head:    "INSERT INTO messages (room, id, author, author_uri, author_name, at, alert, logged, body, rich) VALUES ",
	columns: 10,
}

// Append stores a batch (chat.Messages).
func (t *Tx) Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error) {
	if len(b.Origins) != len(b.Drafts) {
		return nil, chat.E(chat.KindInvalid, "every draft needs its origin")
	}
	ids, err := t.number(ctx, b.Drafts)
	if err != nil {
		return nil, err
	}
	args := make([]any, 0, len(b.Drafts)*insertMessages.columns)
	posts := make([]any, 0, len(b.Drafts)*insertJournal.columns)
	for i := range b.Drafts {
		d := &b.Drafts[i]
		if ids[i] <= 0 { // it was posted before
			continue
		}
		text, rich := d.Text, d.Rich
		var kept, keptRich any // in the journal only when not in messages
		if d.Unlogged {
			kept, keptRich, text, rich = d.Text, d.Rich, "", ""
		}
		args = append(args, int64(d.Room), int64(ids[i]), int64(d.Author), d.AuthorURI, d.AuthorName, int64(d.At),
			boolInt(d.Alert), boolInt(!d.Unlogged), text, rich)
		t.journal++
		posts = append(posts, int64(t.journal), string(chat.EntryPost), int64(d.At), int64(d.Author), d.AuthorURI, int64(d.Room),
			b.Origins[i].RoomGUID, b.Origins[i].RoomName, int64(ids[i]), int64(0), boolInt(d.Alert), kept, keptRich, b.Origins[i].Endpoint, "", "", "", "", 0)
	}
	if err := insertMessages.rows(ctx, t, "storing messages", args); err != nil {
		return nil, err
	}
	if err := insertJournal.rows(ctx, t, "writing the journal", posts); err != nil {
		return nil, err
	}
	for i := range b.Drafts {
		if ids[i] <= 0 {
			continue
		}
		if err := t.postFiles(ctx, b.Drafts[i].Room, b.Drafts[i].Files, ids[i]); err != nil {
			return nil, err
		}
	}
	return ids, t.write(ctx, b.Entries...)
}

// number gives drafts their ids, as Messages.Append returns them.
func (t *Tx) number(ctx context.Context, drafts []chat.Draft) ([]chat.MessageID, error) {
	ids := make([]chat.MessageID, len(drafts))
	for i := range drafts {
		d := &drafts[i]
		head, err := t.head(ctx, d.Room)
		if err != nil {
			return nil, err
		}
		if d.ClientID != "" {
			id, found, err := t.known(ctx, d)
			if err != nil {
				return nil, err
			}
			if found {
				ids[i] = id
				continue
			}
			if err := t.remember(ctx, d, head+1); err != nil {
				return nil, err
			}
		}
		ids[i] = head + 1
		t.setHead(d.Room, ids[i])
	}
	return ids, nil
}

const messageColumns = "room, id, author, author_uri, author_name, at, alert, body, rich, " +
	"EXISTS (SELECT 1 FROM originals o WHERE o.room = messages.room AND o.id = messages.id)"

func scanMessage(rows *sql.Rows, m *chat.Message) error {
	return rows.Scan(&m.Room, &m.ID, &m.Author, &m.AuthorURI, &m.AuthorName, &m.At, &m.Alert, &m.Text, &m.Rich, &m.Replaced)
}

// Conditions on messages of the room $1. Of a deleted room nothing is found,
// though its messages are there for the journal.
const (
	readable = "logged = 1 AND id > (SELECT purged FROM rooms WHERE rooms.id = $1)"
	// afterRead is what ids must be above to be after $2 and not purged: one
	// bound, so that an engine does not begin at the wrong one of two.
	afterRead = "(SELECT CASE WHEN purged > $2 THEN purged ELSE $2 END FROM rooms WHERE rooms.id = $1)"
)

const (
	newestText = "SELECT " + messageColumns + " FROM messages WHERE room = $1 AND id < $2 AND " + readable + " ORDER BY id DESC LIMIT $3"
	afterText  = "SELECT " + messageColumns + " FROM messages WHERE room = $1 AND id > " + afterRead + " AND logged = 1 ORDER BY id LIMIT $3"
)

// ListNewest reads the newest messages, oldest first.
func ListNewest(ctx context.Context, db DB, room chat.RoomID, before chat.MessageID, n int) ([]chat.Message, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	out, err := readMessages(ctx, db, newestText, room, before, n)
	slices.Reverse(out)
	return out, err
}

// ListAfter reads the messages after an id, oldest first.
func ListAfter(ctx context.Context, db DB, room chat.RoomID, after chat.MessageID, n int) ([]chat.Message, error) {
	return readMessages(ctx, db, afterText, room, after, n)
}

func readMessages(ctx context.Context, db DB, text string, room chat.RoomID, bound chat.MessageID, n int) ([]chat.Message, error) {
	n = max(n, 0) // engines read all for a negative limit, or fail
	rows, err := db.QueryContext(ctx, text, int64(room), int64(bound), n)
	if err != nil {
		return nil, fail("reading messages", err)
	}
	defer rows.Close()
	out := make([]chat.Message, 0, min(n, 64))
	for rows.Next() {
		out = append(out, chat.Message{})
		if err := scanMessage(rows, &out[len(out)-1]); err != nil {
			return nil, fail("reading messages", err)
		}
	}
	return out, fail("reading messages", rows.Err())
}

// headText reads a room's head, no row for a room that is not there.
const headText = "SELECT (SELECT MAX(m.id) FROM messages m WHERE m.room = r.id) FROM rooms r WHERE r.id = $1"

// Head reads the id that was given last in a room.
func Head(ctx context.Context, db DB, room chat.RoomID) (chat.MessageID, error) {
	var head sql.NullInt64
	err := db.QueryRowContext(ctx, headText, int64(room)).Scan(&head)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return chat.MessageID(head.Int64), fail("reading a room's head", err)
}

// roomsAtOnce bounds the rooms of one statement.
const roomsAtOnce = 500

// ListHeads reads the ids that were given last in rooms.
func ListHeads(ctx context.Context, db DB, rooms []chat.RoomID) (map[chat.RoomID]chat.MessageID, error) {
	return ofRooms[chat.MessageID](ctx, db, "reading rooms' heads", "(SELECT MAX(m.id) FROM messages m WHERE m.room = r.id)", rooms)
}

// ListRevised reads what changed rooms' messages last.
func ListRevised(ctx context.Context, db DB, rooms []chat.RoomID) (map[chat.RoomID]chat.EntryID, error) {
	return ofRooms[chat.EntryID](ctx, db, "reading when rooms were revised", "NULLIF(r.revised, 0)", rooms)
}

// ofRooms reads a value of each room r, of those that have one.
func ofRooms[V ~int64](ctx context.Context, db DB, op, value string, rooms []chat.RoomID) (map[chat.RoomID]V, error) {
	out := make(map[chat.RoomID]V, len(rooms))
	for part := range slices.Chunk(rooms, roomsAtOnce) {
		ids := make([]string, len(part))
		for i, id := range part {
			ids[i] = strconv.FormatInt(int64(id), 10)
		}
		query := "SELECT r.id, " + value + " FROM rooms r WHERE r.id IN (" + strings.Join(ids, ",") + ")"
		rows, err := unkept(db).QueryContext(ctx, query)
		if err != nil {
			return nil, fail(op, err)
		}
		defer rows.Close()
		for rows.Next() {
			var room chat.RoomID
			var v sql.NullInt64
			if err := rows.Scan(&room, &v); err != nil {
				return nil, fail(op, err)
			}
			if v.Valid {
				out[room] = V(v.Int64)
			}
		}
		if err := rows.Err(); err != nil {
			return nil, fail(op, err)
		}
	}
	return out, nil
}

// FindAt looks for the first message of a time by halving: ids are dense and
// times rise with them, so that no index by time need be kept.
func FindAt(ctx context.Context, db DB, room chat.RoomID, at chat.Time) (chat.MessageID, error) {
	head, err := Head(ctx, db, room)
	if err != nil {
		return 0, err
	}
	before, after := int64(0), int64(head)+1 // posted earlier, and not earlier
	for after-before > 1 {
		middle := before + (after-before)/2
		var posted int64
		if err := db.QueryRowContext(ctx, "SELECT at FROM messages WHERE room = $1 AND id = $2", int64(room), middle).Scan(&posted); err != nil {
			return 0, fail("looking for a time", err)
		}
		if posted < int64(at) {
			before = middle
		} else {
			after = middle
		}
	}
	return chat.MessageID(after), nil
}
