// Package sqlstore is the SQL that all engines share: one text for each read
// and write of chat.Store, over a connection that the engine gives. An engine
// brings opening, migrations, transactions and group commit.
//
// It promises that a write does all of its change or, with an error, asks for
// its transaction to be rolled back; and that ids are dense, because only one
// transaction gives them at a time.
//
// It must not open, begin, commit or keep anything.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"perch/chat"
)

// DB runs statements: a pool of readers, or a connection in a transaction.
type DB interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// fail classifies an error of the engine; one that has a kind keeps it. A
// broken constraint is the call's fault and not the store's: the other calls
// of its group must not suffer for it.
func fail(op string, err error) error {
	var known *chat.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if strings.Contains(err.Error(), "constraint failed") || strings.Contains(err.Error(), "violates") {
		return chat.Wrap(chat.KindInvalid, op, err)
	}
	return chat.Wrap(chat.KindDatabase, op, err)
}

// list runs a query and scans every row.
func list[T any](ctx context.Context, db DB, op, query string, scan func(rows *sql.Rows, v *T) error, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fail(op, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return nil, fail(op, err)
		}
		out = append(out, v)
	}
	return out, fail(op, rows.Err())
}

func exec(ctx context.Context, db DB, op, query string, args ...any) (int64, error) {
	res, err := db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fail(op, err)
	}
	n, err := res.RowsAffected()
	return n, fail(op, err)
}

// insert is an INSERT of one row. Statements of several rows were measured and
// are slower: the engine spends more on the larger program than it saves.
type insert struct {
	head    string
	columns int
	tail    string
}

func (i *insert) text() string {
	var b strings.Builder
	b.WriteString(i.head)
	for c := range i.columns {
		b.WriteString(string("(,"[min(c, 1)]))
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(c + 1))
	}
	b.WriteByte(')')
	b.WriteString(i.tail)
	return b.String()
}

// rows inserts all rows, whose values stand one after the other in args.
func (i *insert) rows(ctx context.Context, db DB, op string, args []any) error {
	for text := i.text(); len(args) > 0; args = args[i.columns:] {
		if _, err := db.ExecContext(ctx, text, args[:i.columns]...); err != nil {
			return fail(op, err)
		}
	}
	return nil
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// duplicate says whether an insert failed because a unique value is taken.
func duplicate(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "UNIQUE constraint") || strings.Contains(err.Error(), "duplicate key"))
}

func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// Identity reads the store's GUID.
func Identity(ctx context.Context, db DB) (guid string, err error) {
	err = db.QueryRowContext(ctx, "SELECT guid FROM identity").Scan(&guid)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return guid, fail("reading the identity", err)
}

// SetIdentity stores the GUID of a new store.
func SetIdentity(ctx context.Context, db DB, guid string) error {
	_, err := exec(ctx, db, "storing the identity", "INSERT INTO identity (guid) VALUES ($1)", guid)
	return err
}

func missing(what string, id int64) string { return fmt.Sprintf("no %s %d", what, id) }
