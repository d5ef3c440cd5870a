// Package sqlite keeps a pool's data in one SQLite file: the embedded default.
// It opens and migrates the file, gives the one writer its transactions with
// group commit, and readers a pool of their own. The SQL is in store/sqlstore.
//
// It promises what chat.Store promises: a write that returned nil is on disk
// (WAL, synchronous=FULL). When the disk is full or fails, writes are refused
// with KindDatabase, and work again without a restart once it is mended.
//
// It must not be opened twice on one file; the data folder's lock sees to that.
package sqlite

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

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver

	"perch/chat"
	"perch/store/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks the file as Perch's: "Prch".
const applicationID = 0x50726368

// Store is an open SQLite store. It implements chat.Store.
type Store struct {
	identity   string
	reads      *sql.DB
	statements *sqlstore.Statements // of reads
	writer     *writer
	index      *index

	once  sync.Once
	close error
}

// Open opens the file, making or migrating it first. A file of a newer schema,
// or of another program, is refused.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := protect(path); err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "protecting "+path, err)
	}
	db, err := sql.Open("sqlite", dsn(path, "rw"))
	if err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "opening "+path, err)
	}
	db.SetMaxOpenConns(1)
	if err := prepareFile(ctx, db, path); err != nil {
		db.Close()
		return nil, err
	}
	s := &Store{}
	if s.identity, err = identify(ctx, db); err == nil {
		err = s.openReads(path)
	}
	if err == nil {
		s.index, err = openIndex(ctx, s.reads, path, s.identity)
	}
	if err == nil {
		if s.writer, err = startWriter(ctx, db, s.index.nudge); err != nil {
			s.index.close()
		}
	}
	if err != nil {
		s.closeReads()
		db.Close()
		return nil, err
	}
	go s.index.run()
	s.index.nudge()
	return s, nil
}

// protect makes the file, if need be, and keeps others from reading it, because
// it holds password hashes. It comes before the engine, which gives its log the
// permissions that the file has when the log is made.
func protect(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Chmod(0o600)
}

func dsn(path, mode string) string {
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-16000)",
		"temp_store(MEMORY)", "wal_autocheckpoint(4000)", "secure_delete(1)",
	}}
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}
	return u.String()
}

// prepareFile checks whose file it is and brings its schema up to date.
func prepareFile(ctx context.Context, db *sql.DB, path string) error {
	var owner, tables int64
	if err := db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&owner); err != nil {
		return chat.Wrap(chat.KindDatabase, path+" cannot be read as a database", err)
	}
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_master").Scan(&tables); err != nil {
		return chat.Wrap(chat.KindDatabase, path+" cannot be read as a database", err)
	}
	if owner != applicationID && (owner != 0 || tables > 0) {
		return chat.E(chat.KindDatabase, path+" is a database of another program; name another data folder")
	}
	// The mark comes first, so that a file whose making was interrupted is still
	// known as ours.
	if _, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		return chat.Wrap(chat.KindDatabase, "marking "+path, err)
	}
	return migrate(ctx, db, path)
}

func migrate(ctx context.Context, db *sql.DB, path string) error {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "migrations", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, sub, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "migrations", err)
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	current, err := provider.GetDBVersion(ctx)
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "reading the schema's version", err)
	}
	if current > newest {
		return chat.E(chat.KindDatabase, fmt.Sprintf("%s has schema %d, this program knows up to %d: run the newer program", path, current, newest))
	}
	if _, err := provider.Up(ctx); err != nil {
		return chat.Wrap(chat.KindDatabase, "migrating "+path, err)
	}
	return nil
}

func identify(ctx context.Context, db *sql.DB) (string, error) {
	guid, err := sqlstore.Identity(ctx, db)
	if err != nil || guid != "" {
		return guid, err
	}
	guid = uuid.NewString()
	return guid, sqlstore.SetIdentity(ctx, db, guid)
}

func (s *Store) openReads(path string) (err error) {
	if s.reads, err = sql.Open("sqlite", dsn(path, "rw")+"&_pragma=query_only(1)"); err != nil {
		return chat.Wrap(chat.KindDatabase, "opening "+path, err)
	}
	s.reads.SetMaxOpenConns(4)
	s.reads.SetMaxIdleConns(4)
	s.statements = sqlstore.NewStatements(s.reads)
	return nil
}

func (s *Store) closeReads() {
	if s.reads != nil {
		s.statements.Close()
		s.reads.Close()
	}
}

// Identity is a GUID made with the store and never changed.
func (s *Store) Identity() string { return s.identity }

// Close waits for running calls and closes the store. It is idempotent.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.close = s.writer.stop()
		s.index.stop()
		s.closeReads()
	})
	return s.close
}

// reading maps the error of a closed pool.
func reading[T any](v T, err error) (T, error) {
	if err != nil && (errors.Is(err, sql.ErrConnDone) || err.Error() == "sql: database is closed" || err.Error() == "sql: statement is closed") {
		return v, chat.E(chat.KindDatabase, "the store is closed")
	}
	return v, err
}
