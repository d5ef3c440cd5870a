package sqlstore

import (
	"context"
	"database/sql"

	"perch/chat"
)

// ListLockouts reads the lockouts that end after a time.
func ListLockouts(ctx context.Context, db DB, after chat.Time) ([]chat.Lockout, error) {
	scan := func(rows *sql.Rows, l *chat.Lockout) error { return rows.Scan(&l.Name, &l.Until) }
	return list(ctx, db, "reading lockouts", "SELECT name, until FROM lockouts WHERE until > $1 ORDER BY name", scan, int64(after))
}

// UpdateLockout stores a lockout and takes away those that have ended.
func (t *Tx) UpdateLockout(ctx context.Context, l chat.Lockout, now chat.Time) error {
	if _, err := exec(ctx, t, "taking lockouts away", "DELETE FROM lockouts WHERE until <= $1", int64(now)); err != nil {
		return err
	}
	_, err := exec(ctx, t, "storing a lockout", "INSERT INTO lockouts (name, until) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET until = excluded.until", l.Name, int64(l.Until))
	return err
}

// DeleteLockout takes a lockout away.
func (t *Tx) DeleteLockout(ctx context.Context, name string) error {
	_, err := exec(ctx, t, "taking a lockout away", "DELETE FROM lockouts WHERE name = $1", name)
	return err
}
