package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"perch/chat"
)

// EraseEntries takes away for good what entries say.
func (t *Tx) EraseEntries(ctx context.Context, ids []chat.EntryID) error {
	const op = "erasing an entry"
	for _, id := range ids {
		var kind chat.EntryKind
		var room, message int64
		err := t.QueryRowContext(ctx, "SELECT kind, room, message FROM journal WHERE id = $1", int64(id)).Scan(&kind, &room, &message)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fail(op, err)
		}
		if _, err := exec(ctx, t, op, "UPDATE journal SET body = '', rich = '', cause = '', detail = '' WHERE id = $1", int64(id)); err != nil {
			return err
		}
		if kind != chat.EntryPost {
			continue
		}
		for _, query := range []string{
			"UPDATE messages SET body = '', rich = '', logged = CASE logged WHEN 1 THEN 2 ELSE logged END WHERE room = $1 AND id = $2",
			"DELETE FROM originals WHERE room = $1 AND id = $2",
		} {
			if _, err := exec(ctx, t, op, query, room, message); err != nil {
				return err
			}
		}
	}
	return nil
}

// needed is an entry that is kept when the journal is trimmed: the post of a
// message that can be read, from which the full-text index can be made again.
const needed = `(j.kind = 'post' AND EXISTS (SELECT 1 FROM messages m JOIN rooms r ON r.id = m.room
	WHERE m.room = j.room AND m.id = j.message AND m.logged = 1 AND m.id > r.purged))`

// TrimJournal deletes old entries.
func (t *Tx) TrimJournal(ctx context.Context, before chat.Time, most int, made func(first, last chat.EntryID) (chat.Entry, error)) (int, error) {
	const op = "trimming the journal"
	var end sql.NullInt64
	if err := t.QueryRowContext(ctx, "SELECT MIN(id) FROM journal WHERE at >= $1", int64(before)).Scan(&end); err != nil {
		return 0, fail(op, err)
	}
	if !end.Valid { // the newest entry always stays
		if err := t.QueryRowContext(ctx, "SELECT MAX(id) FROM journal").Scan(&end); err != nil {
			return 0, fail(op, err)
		}
	}
	const old = "FROM journal j WHERE j.id < $1 AND NOT " + needed + " ORDER BY j.id LIMIT $2"
	var first, last sql.NullInt64
	var n int
	err := t.QueryRowContext(ctx, "SELECT MIN(id), MAX(id), COUNT(*) FROM (SELECT j.id "+old+")", end.Int64, most).Scan(&first, &last, &n)
	if err != nil || n == 0 {
		return 0, fail(op, err)
	}
	e, err := made(chat.EntryID(first.Int64), chat.EntryID(last.Int64))
	if err != nil {
		return 0, err
	}
	if err := t.write(ctx, e); err != nil {
		return 0, err
	}
	_, err = exec(ctx, t, op, "DELETE FROM journal WHERE id IN (SELECT j.id "+old+")", end.Int64, most)
	return n, err
}
