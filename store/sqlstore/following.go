package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"perch/chat"
)

// there is a condition on $1, a user, and $2, a room: both are there. Who writes
// marks and gathered messages has read about them some time ago.
const there = "EXISTS (SELECT 1 FROM principals WHERE id = $1 AND state <> 2) AND EXISTS (SELECT 1 FROM rooms WHERE id = $2)"

// ListMarks reads a user's marks.
func ListMarks(ctx context.Context, db DB, user chat.PrincipalID) ([]chat.Mark, error) {
	return list(ctx, db, "reading marks", "SELECT principal, room, read, followed FROM marks WHERE principal = $1 ORDER BY room",
		func(rows *sql.Rows, m *chat.Mark) error { return rows.Scan(&m.User, &m.Room, &m.Read, &m.Followed) }, int64(user))
}

// FindMark reads one mark.
func FindMark(ctx context.Context, db DB, user chat.PrincipalID, room chat.RoomID) (chat.Mark, error) {
	m := chat.Mark{User: user, Room: room}
	err := db.QueryRowContext(ctx, "SELECT read, followed FROM marks WHERE principal = $1 AND room = $2", int64(user), int64(room)).Scan(&m.Read, &m.Followed)
	if errors.Is(err, sql.ErrNoRows) {
		return m, nil
	}
	return m, fail("reading a mark", err)
}

// ListFollowers reads who follows a room.
func ListFollowers(ctx context.Context, db DB, room chat.RoomID) ([]chat.PrincipalID, error) {
	return list(ctx, db, "reading followers", "SELECT principal FROM marks WHERE room = $1 AND followed = 1 ORDER BY principal",
		func(rows *sql.Rows, id *chat.PrincipalID) error { return rows.Scan(id) }, int64(room))
}

// storeMark stores a mark; of one that is there it moves Read on, never back.
const storeMark = "INSERT INTO marks (principal, room, read, followed) SELECT $1, $2, $3, $4 WHERE " + there +
	" ON CONFLICT (principal, room) DO UPDATE SET read = CASE WHEN excluded.read > marks.read THEN excluded.read ELSE marks.read END"

// UpdateMarks stores marks.
func (t *Tx) UpdateMarks(ctx context.Context, marks []chat.Mark) error {
	for i := range marks {
		m := &marks[i]
		_, err := exec(ctx, t, "storing a mark", storeMark+", followed = excluded.followed", int64(m.User), int64(m.Room), int64(m.Read), boolInt(m.Followed))
		if err != nil {
			return err
		}
	}
	return nil
}

// MoveMarks stores what was read.
func (t *Tx) MoveMarks(ctx context.Context, marks []chat.Mark) error {
	for i := range marks {
		m := &marks[i]
		if _, err := exec(ctx, t, "moving a mark", storeMark, int64(m.User), int64(m.Room), int64(m.Read), 0); err != nil {
			return err
		}
	}
	return nil
}

// AppendGathered stores what feeds gathered and how far they have looked.
func (t *Tx) AppendGathered(ctx context.Context, upTo chat.EntryID, gathered []chat.Gathered) (stored int, err error) {
	if _, err := exec(ctx, t, "storing the feeds' position", "UPDATE feed_position SET entry = $1 WHERE entry < $1", int64(upTo)); err != nil {
		return 0, err
	}
	for i := range gathered {
		g := &gathered[i]
		n, err := exec(ctx, t, "storing what a feed gathered", "INSERT INTO gathered (principal, room, feed, position, message) SELECT $1, $2, $3, $4, $5 WHERE "+there+
			" ON CONFLICT (principal, feed, position) DO NOTHING", int64(g.User), int64(g.Room), g.Feed, int64(g.Position), int64(g.Message))
		if err != nil {
			return 0, err
		}
		stored += int(n)
	}
	return stored, nil
}

// GatheredUpTo reads how far feeds have looked.
func GatheredUpTo(ctx context.Context, db DB) (upTo chat.EntryID, err error) {
	err = db.QueryRowContext(ctx, "SELECT entry FROM feed_position").Scan(&upTo)
	return upTo, fail("reading the feeds' position", err)
}

// ListGathered reads the newest of what a user's feed gathered, or all of his
// feeds.
func ListGathered(ctx context.Context, db DB, user chat.PrincipalID, feed string, before chat.EntryID, n int) ([]chat.Gathered, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	query, args := "SELECT principal, feed, position, room, message FROM gathered WHERE principal = $1 AND position < $2", []any{int64(user), int64(before), max(n, 0)}
	if feed != "" {
		query, args = query+" AND feed = $4", append(args, feed)
	}
	return list(ctx, db, "reading what feeds gathered", query+" ORDER BY position DESC, feed LIMIT $3", func(rows *sql.Rows, g *chat.Gathered) error {
		return rows.Scan(&g.User, &g.Feed, &g.Position, &g.Room, &g.Message)
	}, args...)
}

// CountGathered counts what a feed gathered that is newer than the user's marks.
func CountGathered(ctx context.Context, db DB, user chat.PrincipalID, feed string, room chat.RoomID) (map[chat.RoomID]int, error) {
	query := `SELECT m.room, (SELECT COUNT(*) FROM gathered g WHERE g.principal = m.principal AND g.feed = $2 AND g.room = m.room AND g.message > m.read)
		FROM marks m WHERE m.principal = $1`
	args := []any{int64(user), feed}
	if room != 0 {
		query, args = query+" AND m.room = $3", append(args, int64(room))
	}
	type counted struct {
		room chat.RoomID
		n    int
	}
	all, err := list(ctx, db, "counting what feeds gathered", query, func(rows *sql.Rows, c *counted) error { return rows.Scan(&c.room, &c.n) }, args...)
	if err != nil {
		return nil, err
	}
	out := map[chat.RoomID]int{}
	for _, c := range all {
		if c.n > 0 {
			out[c.room] = c.n
		}
	}
	return out, nil
}

// DeleteGathered empties a feed.
func (t *Tx) DeleteGathered(ctx context.Context, user chat.PrincipalID, feed string) error {
	_, err := exec(ctx, t, "emptying a feed", "DELETE FROM gathered WHERE principal = $1 AND feed = $2", int64(user), feed)
	return err
}
