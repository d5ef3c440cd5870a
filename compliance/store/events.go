package store

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"

	"perch/chat"
	"perch/compliance"
)

const columns = "id, kind, at, actor, actor_uri, actor_name, subject, room, room_guid, room_name, message, last, alert, body, rich, endpoint, client, cause, detail"

const insertEvent = "INSERT INTO events (" + columns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"

// Position reads the journal's entry up to which events are kept.
func (s *Store) Position(ctx context.Context) (chat.EntryID, error) { return position(ctx, s.db) }

func position(ctx context.Context, db querier) (at chat.EntryID, err error) {
	err = db.QueryRowContext(ctx, "SELECT entry FROM position").Scan(&at)
	return at, fail("reading the position", err)
}

// Append keeps events and moves the position on.
func (s *Store) Append(ctx context.Context, l compliance.Lease, events []chat.Entry) error {
	if len(events) == 0 {
		return nil
	}
	return s.write(ctx, l, "keeping events", func(tx *sql.Tx) error {
		at, err := position(ctx, tx)
		if err != nil {
			return err
		}
		before, err := livedSoFar(ctx, tx)
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, insertEvent)
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := range events {
			e := &events[i]
			if e.ID <= at {
				continue
			}
			if _, err := insert.ExecContext(ctx, int64(e.ID), string(e.Kind), int64(e.At), int64(e.Actor), e.ActorURI, e.ActorName, e.Subject, int64(e.Room),
				e.RoomGUID, e.RoomName, int64(e.Message), int64(e.Last), e.Alert, e.Text, e.Rich, e.Endpoint, e.Client, e.Cause, e.Detail); err != nil {
				return err
			}
			if err := attend(ctx, tx, e); err != nil {
				return err
			}
			if err := before.note(ctx, tx, e); err != nil {
				return err
			}
			at = e.ID
		}
		if err := before.keep(ctx, tx); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE position SET entry = $1", int64(at))
		return err
	})
}

// attend notes who comes and goes. Whoever comes again has been away unnoticed,
// and a server that starts has nobody in its rooms.
func attend(ctx context.Context, tx *sql.Tx, e *chat.Entry) error {
	var err error
	switch e.Kind {
	case chat.EntryJoin, chat.EntryPart:
		_, err = tx.ExecContext(ctx, "UPDATE presences SET parted = $1 WHERE room = $2 AND principal = $3 AND endpoint = $4 AND parted = 0",
			int64(e.ID), int64(e.Room), int64(e.Actor), e.Endpoint)
		if err == nil && e.Kind == chat.EntryJoin {
			_, err = tx.ExecContext(ctx, "INSERT INTO presences (room, principal, endpoint, since, joined, parted) VALUES ($1, $2, $3, $4, $5, 0)",
				int64(e.Room), int64(e.Actor), e.Endpoint, int64(e.At), int64(e.ID))
		}
	case chat.EntryServer:
		_, err = tx.ExecContext(ctx, "UPDATE presences SET parted = $1 WHERE parted = 0", int64(e.ID))
	}
	return err
}

// Events yields kept events of a range.
func (s *Store) Events(ctx context.Context, first, last chat.EntryID, room chat.RoomID) iter.Seq2[*chat.Entry, error] {
	query, args := "SELECT "+columns+" FROM events WHERE id BETWEEN $1 AND $2 ORDER BY id", []any{int64(first), int64(last)}
	if room != compliance.EveryRoom {
		query = "SELECT " + columns + " FROM events WHERE room = $3 AND id BETWEEN $1 AND $2 ORDER BY id"
		args = append(args, int64(room))
	}
	return s.entries(ctx, query, args)
}

// entries yields what a query finds.
func (s *Store) entries(ctx context.Context, query string, args []any) iter.Seq2[*chat.Entry, error] {
	return func(yield func(*chat.Entry, error) bool) {
		rows, err := s.db.QueryContext(ctx, query, args...)
		if err != nil {
			yield(nil, fail("reading events", err))
			return
		}
		defer rows.Close()
		var e chat.Entry
		for rows.Next() {
			if err := rows.Scan(&e.ID, &e.Kind, &e.At, &e.Actor, &e.ActorURI, &e.ActorName, &e.Subject, &e.Room, &e.RoomGUID, &e.RoomName, &e.Message,
				&e.Last, &e.Alert, &e.Text, &e.Rich, &e.Endpoint, &e.Client, &e.Cause, &e.Detail); err != nil {
				yield(nil, fail("reading events", err))
				return
			}
			if !yield(&e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, fail("reading events", err))
		}
	}
}

// Search yields kept events that match. Words are compared by the reader, with
// all of Unicode.
func (s *Store) Search(ctx context.Context, q compliance.Query) iter.Seq2[*chat.Entry, error] {
	where, args := []string{"id > ?"}, []any{int64(q.After)}
	bind := func(v any) string {
		args = append(args, v)
		return "?"
	}
	among := func(column string, n int, value func(i int) any) {
		if n == 0 {
			return
		}
		marks := make([]string, n)
		for i := range marks {
			marks[i] = bind(value(i))
		}
		where = append(where, column+" IN ("+strings.Join(marks, ", ")+")")
	}
	among("room_guid", len(q.Rooms), func(i int) any { return q.Rooms[i] })
	among("actor_uri", len(q.People), func(i int) any { return q.People[i] })
	among("kind", len(q.Kinds), func(i int) any { return string(q.Kinds[i]) })
	if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, chat.EntryPost) {
		where = append(where, "kind <> 'post'") // as the index has it
	}
	if q.Since != 0 {
		where = append(where, "at >= "+bind(int64(q.Since)))
	}
	if q.Till != 0 {
		where = append(where, "at < "+bind(int64(q.Till)))
	}
	all := s.entries(ctx, "SELECT "+columns+" FROM events WHERE "+strings.Join(where, " AND ")+" ORDER BY id", args)
	words := strings.ToLower(q.Words)
	return func(yield func(*chat.Entry, error) bool) {
		n := 0
		for e, err := range all {
			if err == nil && words != "" && !strings.Contains(strings.ToLower(e.Text), words) && !strings.Contains(strings.ToLower(e.Detail), words) {
				continue
			}
			if !yield(e, err) {
				return
			}
			if n++; n == q.Limit {
				return
			}
		}
	}
}

// Waiting counts what is in no batch yet.
func (s *Store) Waiting(ctx context.Context) (events int, oldest chat.Time, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(MIN(at), 0) FROM events WHERE id > (SELECT COALESCE(MAX(last), 0) FROM batches)").Scan(&events, &oldest)
	return events, oldest, fail("counting what waits", err)
}

// Erase takes away what kept events say.
func (s *Store) Erase(ctx context.Context, l compliance.Lease, ids []chat.EntryID) error {
	return s.write(ctx, l, "erasing events", func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "UPDATE events SET body = '', rich = '', cause = '', detail = '' WHERE id = $1", int64(id)); err != nil {
				return err
			}
		}
		return nil
	})
}
