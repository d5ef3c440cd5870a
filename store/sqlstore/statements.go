package sqlstore

import (
	"context"
	"database/sql"
	"sync"
)

// Preparer is a DB that can prepare statements: a pool, or a connection.
type Preparer interface {
	DB
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// Statements is a DB that keeps the statements prepared that it has run: to parse
// one costs as much as to run it. It is safe for concurrent use if its DB is.
type Statements struct {
	db Preparer

	mu   sync.RWMutex // guards kept
	kept map[string]*sql.Stmt
}

// mostKept bounds the statements; there are fewer texts.
const mostKept = 500

// unkept is a DB for texts that are not the same the next time.
func unkept(db DB) DB {
	if s, ok := db.(*Statements); ok {
		return s.db
	}
	return db
}

// NewStatements keeps statements of a DB, which stays its owner's.
func NewStatements(db Preparer) *Statements {
	return &Statements{db: db, kept: map[string]*sql.Stmt{}}
}

// statement is the prepared one, or nil if the text is to be run as it is.
func (s *Statements) statement(ctx context.Context, query string) *sql.Stmt {
	s.mu.RLock()
	st, n := s.kept[query], len(s.kept)
	s.mu.RUnlock()
	if st != nil || n >= mostKept {
		return st
	}
	made, err := s.db.PrepareContext(ctx, query)
	if err != nil {
		return nil // running it says why
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if st = s.kept[query]; st != nil { // somebody else was faster
		made.Close()
		return st
	}
	s.kept[query] = made
	return made
}

// ExecContext implements DB.
func (s *Statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if st := s.statement(ctx, query); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return s.db.ExecContext(ctx, query, args...)
}

// QueryContext implements DB.
func (s *Statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := s.statement(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return s.db.QueryContext(ctx, query, args...)
}

// QueryRowContext implements DB.
func (s *Statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st := s.statement(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return s.db.QueryRowContext(ctx, query, args...)
}

// Close closes the statements.
func (s *Statements) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.kept {
		st.Close()
	}
	clear(s.kept)
}
