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

// perQuery is how many ids one query names.
const perQuery = 500

// ascending returns ids sorted, each once.
func ascending(ids []chat.MessageID) []chat.MessageID {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// ListMessages reads those of the given messages that can be read, by id.
func ListMessages(ctx context.Context, db DB, room chat.RoomID, ids []chat.MessageID) ([]chat.Message, error) {
	var out []chat.Message
	for part := range slices.Chunk(ascending(ids), perQuery) {
		args, marks := []any{int64(room)}, make([]string, len(part))
		for i, id := range part {
			args, marks[i] = append(args, int64(id)), "$"+strconv.Itoa(i+2)
		}
		query := "SELECT " + messageColumns + " FROM messages WHERE room = $1 AND id IN (" + strings.Join(marks, ", ") + ") AND " + readable + " ORDER BY id"
		found, err := list(ctx, unkept(db), "reading messages", query, scanMessage, args...)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// about returns an entry with the room that it is about.
func (t *Tx) about(ctx context.Context, room chat.RoomID, e chat.Entry) (chat.Entry, error) {
	r := chat.Room{ID: room}
	err := t.QueryRowContext(ctx, "SELECT guid, name FROM rooms WHERE id = $1", int64(room)).Scan(&r.GUID, &r.Name)
	if errors.Is(err, sql.ErrNoRows) {
		return e, chat.E(chat.KindNoSuchRoom, "")
	}
	return completed([]chat.Entry{e}, []chat.Room{r})[0], fail("reading a room", err)
}

const (
	removeText  = "UPDATE messages SET logged = 2 WHERE room = $1 AND id = $2 AND " + readable
	keepText    = "INSERT INTO originals (room, id, body, rich) SELECT room, id, body, rich FROM messages WHERE room = $1 AND id = $2 AND " + readable + " ON CONFLICT DO NOTHING"
	replaceText = "UPDATE messages SET body = $3, rich = '' WHERE room = $1 AND id = $2 AND " + readable
)

// ChangeMessages replaces the text of messages, or takes them out of what can be
// read. What they said when they were posted is kept for the journal.
func (t *Tx) ChangeMessages(ctx context.Context, room chat.RoomID, ids []chat.MessageID, text *string, e chat.Entry) (changed int, err error) {
	if e, err = t.about(ctx, room, e); err != nil {
		return 0, err
	}
	e.Kind, e.Text, e.Rich, e.Last = chat.EntryRemove, "", "", 0
	if text != nil {
		e.Kind, e.Text = chat.EntryReplace, *text
	}
	for _, id := range ascending(ids) {
		var n int64
		if text == nil {
			n, err = exec(ctx, t, "removing a message", removeText, int64(room), int64(id))
		} else if _, err = exec(ctx, t, "keeping a message's text", keepText, int64(room), int64(id)); err == nil {
			n, err = exec(ctx, t, "replacing a message", replaceText, int64(room), int64(id), *text)
		}
		if err != nil {
			return 0, err
		}
		if n == 0 {
			continue
		}
		e.Message = id
		if err := t.write(ctx, e); err != nil {
			return 0, err
		}
		changed++
	}
	if changed == 0 {
		return 0, nil
	}
	return changed, t.revise(ctx, room)
}

// revise notes that the entry written last has changed a room's messages.
func (t *Tx) revise(ctx context.Context, room chat.RoomID) error {
	_, err := exec(ctx, t, "revising a room", "UPDATE rooms SET revised = $2 WHERE id = $1", int64(room), int64(t.journal))
	return err
}

// Until is how far a room is to be purged, as far as was seen.
type Until struct {
	last chat.MessageID // the last message posted in time, zero for none
	head chat.MessageID // what is newer was not looked at
}

// FindUntil looks for the last message posted at or before a time, from the
// newest back to after. That can take long in a large room, so it is done before
// the transaction, which looks only at what is newer.
func FindUntil(ctx context.Context, db DB, room chat.RoomID, after chat.MessageID, until chat.Time) (u Until, err error) {
	if u.head, err = Head(ctx, db, room); err != nil {
		return u, err
	}
	const query = "SELECT id FROM messages WHERE room = $1 AND id > " + afterRead + " AND at <= $3 ORDER BY id DESC LIMIT 1"
	err = db.QueryRowContext(ctx, query, int64(room), int64(after), int64(until)).Scan(&u.last)
	if errors.Is(err, sql.ErrNoRows) {
		return u, nil
	}
	return u, fail("looking for the last message to purge", err)
}

// Purge takes a room's messages up to a time out of what can be read; seen is
// what FindUntil has seen before.
func (t *Tx) Purge(ctx context.Context, room chat.RoomID, until chat.Time, seen Until, e chat.Entry) (int, error) {
	e, err := t.about(ctx, room, e)
	if err != nil {
		return 0, err
	}
	since, err := FindUntil(ctx, t, room, seen.head, until)
	if err != nil {
		return 0, err
	}
	const out = "FROM messages WHERE room = $1 AND id <= $2 AND id > (SELECT purged FROM rooms WHERE rooms.id = $1)"
	const query = "SELECT (SELECT MIN(id) " + out + " AND logged = 1), (SELECT MAX(id) " + out + " AND logged = 1), (SELECT COUNT(*) " + out + " AND logged <> 1), purged FROM rooms WHERE id = $1"
	last := max(seen.last, since.last)
	var first, end sql.NullInt64
	var hidden, purged int
	if err := t.QueryRowContext(ctx, query, int64(room), int64(last)).Scan(&first, &end, &hidden, &purged); err != nil {
		return 0, fail("reading what is to be purged", err)
	}
	if !first.Valid {
		return 0, nil
	}
	if _, err := exec(ctx, t, "purging a room", "UPDATE rooms SET purged = $2 WHERE id = $1", int64(room), int64(last)); err != nil {
		return 0, err
	}
	e.Kind, e.Message, e.Last = chat.EntryPurge, chat.MessageID(first.Int64), chat.MessageID(end.Int64)
	if err := t.write(ctx, e); err != nil {
		return 0, err
	}
	return int(last) - purged - hidden, t.revise(ctx, room)
}
