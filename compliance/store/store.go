// Package store keeps the compliance store in one SQLite file of its own. It
// implements compliance.Store: a write that returned nil is on disk, and only
// the holder of the lease writes. Several processes may open the file.
//
// It decides nothing about what is archived and runs no adapter.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"

	"github.com/pressly/goose/v3"
	"golang.org/x/sys/unix"
	"modernc.org/sqlite" // the driver
	sqlite3 "modernc.org/sqlite/lib"

	"perch/chat"
	"perch/compliance"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks the file as Perch's compliance store: "Prcc".
const applicationID = 0x50726363

// Store is an open compliance store. It implements compliance.Store.
type Store struct {
	db    *sql.DB
	once  sync.Once
	close error
}

// Open opens the file, making or migrating it first. A file of a newer schema, of
// another program, or that keeps another journal than the one of that identity
// (chat.Store.Identity) is refused.
func Open(ctx context.Context, path, journal string) (*Store, error) {
	unlock, err := opening(path)
	if err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "opening the compliance store", err)
	}
	defer unlock()
	// Before the engine: it gives its log the same permissions. One that is there is
	// not touched: closing it would drop the engine's locks on it.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, chat.Wrap(chat.KindDatabase, "opening the compliance store", err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "opening "+path, err)
	}
	if err := prepare(ctx, db, path); err != nil {
		db.Close()
		return nil, err
	}
	if err := claim(ctx, db, path, journal); err != nil {
		db.Close()
		return nil, err
	}
	db.SetMaxOpenConns(8)
	return &Store{db: db}, nil
}

// opening lets one process at a time make and migrate the file, which the engine
// does not: it would fail with "locked" where two begin together.
func opening(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { f.Close() }, nil //nolint:errcheck // the lock goes with it
}

// claim makes the file that of a journal, or refuses another's.
func claim(ctx context.Context, db *sql.DB, path, journal string) error {
	if _, err := db.ExecContext(ctx, "INSERT INTO journal (identity) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM journal)", journal); err != nil {
		return fail("noting whose journal it is", err)
	}
	var whose string
	if err := db.QueryRowContext(ctx, "SELECT identity FROM journal").Scan(&whose); err != nil {
		return fail("reading whose journal it is", err)
	}
	if whose != journal {
		return chat.E(chat.KindInvalid, path+" keeps the journal of another server's data: name another file (compliance.store)")
	}
	return nil
}

func dsn(path string) string {
	q := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "cache_size(-8000)", "temp_store(MEMORY)", "secure_delete(1)",
	}}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// prepare checks whose file it is and brings its schema up to date.
func prepare(ctx context.Context, db *sql.DB, path string) error {
	db.SetMaxOpenConns(1)
	var owner, tables int64
	err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&owner)
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&tables)
	}
	if err != nil {
		return chat.Wrap(chat.KindDatabase, path+" cannot be read as a database", err)
	}
	if owner != applicationID && (owner != 0 || tables > 0) {
		return chat.E(chat.KindDatabase, path+" is a database of another kind; name another file as the compliance store")
	}
	if owner == 0 {
		if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return chat.Wrap(chat.KindDatabase, "marking "+path, err)
		}
	}
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "migrations", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, sub, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "migrations", err)
	}
	sources := provider.ListSources()
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "reading the schema's version", err)
	}
	if newest := sources[len(sources)-1].Version; current > newest {
		return chat.E(chat.KindDatabase, fmt.Sprintf("%s has schema %d, this program knows up to %d: run the newer program", path, current, newest))
	}
	if _, err := provider.Up(ctx); err != nil {
		return chat.Wrap(chat.KindDatabase, "migrating "+path, err)
	}
	return nil
}

// Close waits for running calls and closes the store. It is idempotent.
func (s *Store) Close() error {
	s.once.Do(func() { s.close = s.db.Close() })
	return s.close
}

// fail gives an error of the engine its kind.
func fail(op string, err error) error {
	var known *chat.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if engine := (*sqlite.Error)(nil); errors.As(err, &engine) && engine.Code()&0xff == sqlite3.SQLITE_FULL {
		op += ": make room on its disk (compliance.store), and what waits is archived"
	}
	return chat.Wrap(chat.KindDatabase, "compliance store: "+op, err)
}

// write runs do in a transaction, if the lease still holds.
func (s *Store) write(ctx context.Context, l compliance.Lease, op string, do func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fail(op, err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	now, err := holder(ctx, tx)
	if err != nil {
		return err
	}
	if now.Fence != l.Fence || now.Holder != l.Holder {
		return compliance.ErrFenced
	}
	if err := do(tx); err != nil {
		return fail(op, err)
	}
	return fail(op, tx.Commit())
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func holder(ctx context.Context, db querier) (l compliance.Lease, err error) {
	err = db.QueryRowContext(ctx, "SELECT holder, fence, until FROM lease").Scan(&l.Holder, &l.Fence, &l.Until)
	return l, fail("reading the lease", err)
}

// Holder tells who holds the lease.
func (s *Store) Holder(ctx context.Context) (compliance.Lease, error) { return holder(ctx, s.db) }

// Acquire takes or prolongs the lease.
func (s *Store) Acquire(ctx context.Context, who string, now, until chat.Time) (compliance.Lease, error) {
	const op = "taking the lease"
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return compliance.Lease{}, fail(op, err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	l, err := holder(ctx, tx)
	if err != nil {
		return l, err
	}
	if l.Holder != who {
		if l.Holder != "" && l.Until > now {
			return compliance.Lease{}, compliance.ErrLeased
		}
		l.Holder, l.Fence = who, l.Fence+1
	}
	l.Until = until
	if _, err := tx.ExecContext(ctx, "UPDATE lease SET holder = $1, fence = $2, until = $3", l.Holder, l.Fence, int64(l.Until)); err != nil {
		return compliance.Lease{}, fail(op, err)
	}
	return l, fail(op, tx.Commit())
}

// Release gives the lease up.
func (s *Store) Release(ctx context.Context, l compliance.Lease) error {
	_, err := s.db.ExecContext(ctx, "UPDATE lease SET holder = '', until = 0 WHERE holder = $1 AND fence = $2", l.Holder, l.Fence)
	return fail("giving the lease up", err)
}
