package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"perch/chat"
	"perch/compliance/seal"
)

// life is what is known of the event before: when it was, and how the server did.
type life struct {
	cause string
	at    chat.Time
}

func livedSoFar(ctx context.Context, tx *sql.Tx) (l life, err error) {
	err = tx.QueryRowContext(ctx, "SELECT cause, at FROM lived").Scan(&l.cause, &l.at)
	return l, err
}

func (l *life) keep(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE lived SET cause = $1, at = $2", l.cause, int64(l.at))
	return err
}

// note keeps what an event tells was not captured, and goes on to the next.
func (l *life) note(ctx context.Context, tx *sql.Tx, e *chat.Entry) error {
	g, ok := seal.GapOf(e, l.cause, l.at)
	l.at = e.At
	if e.Kind == chat.EntryServer {
		l.cause = e.Cause
	}
	if !ok {
		return nil
	}
	if g.Kind == seal.Refused {
		rows, err := scanGaps(tx.QueryContext(ctx, "SELECT "+gapColumns+" FROM gaps WHERE room_guid = $1 ORDER BY entry DESC LIMIT 1", g.Room))
		if err != nil {
			return err
		}
		if len(rows) == 1 && rows[0].Join(&g) {
			g = rows[0]
			_, err := tx.ExecContext(ctx, "DELETE FROM gaps WHERE entry = (SELECT MAX(entry) FROM gaps WHERE room_guid = $1)", g.Room)
			if err != nil {
				return err
			}
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO gaps ("+gapColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		g.Entry, string(g.Kind), int64(g.From), int64(g.Until), g.Room, g.Name, g.Count, g.Why)
	return err
}

const gapColumns = "entry, kind, since, till, room_guid, room_name, count, why"

func scanGaps(rows *sql.Rows, err error) ([]seal.Gap, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []seal.Gap
	for rows.Next() {
		var g seal.Gap
		if err := rows.Scan(&g.Entry, &g.Kind, &g.From, &g.Until, &g.Room, &g.Name, &g.Count, &g.Why); err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Gaps lists the newest of what was not captured.
func (s *Store) Gaps(ctx context.Context, most int) ([]seal.Gap, error) {
	out, err := scanGaps(s.db.QueryContext(ctx, "SELECT "+gapColumns+" FROM gaps ORDER BY entry DESC LIMIT $1", most))
	slices.Reverse(out)
	return out, fail("reading what was not captured", err)
}
