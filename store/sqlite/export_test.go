package sqlite

import (
	"context"

	"perch/store/sqlstore"
)

// Exec runs a statement on the writer's connection, for tests that set limits
// on it.
func (s *Store) Exec(ctx context.Context, text string) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error {
		_, err := tx.ExecContext(ctx, text)
		return err
	})
}

// Pragmas reads a pragma of the writer's connection and of a reader's.
func (s *Store) Pragmas(ctx context.Context, name string) (writer, reader string, err error) {
	err = s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.QueryRowContext(ctx, "PRAGMA "+name).Scan(&writer)
	})
	if err == nil {
		err = s.reads.QueryRowContext(ctx, "PRAGMA "+name).Scan(&reader)
	}
	return writer, reader, err
}

// Together hands calls to the writer as one group, with one transaction and one
// commit, and returns their errors.
func (s *Store) Together(ctx context.Context, calls ...func(ctx context.Context, tx *sqlstore.Tx) error) []error {
	inside, ready, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() { // keeps the writer busy until all calls are queued
		defer close(done)
		_ = s.writer.submit(ctx, func(context.Context, *sqlstore.Tx) error { close(inside); <-ready; return nil })
	}()
	<-inside
	waiting := make([]*call, len(calls))
	for i, do := range calls {
		waiting[i] = &call{ctx: ctx, do: do, answer: make(chan struct{})}
		s.writer.queue <- waiting[i]
	}
	close(ready)
	<-done
	errs := make([]error, len(calls))
	for i, c := range waiting {
		<-c.answer
		errs[i] = c.err
	}
	return errs
}

// FlushIndex makes the index write what it has in memory.
func (s *Store) FlushIndex() error { return s.index.text.Flush() }

// StopIndex makes the index stand still.
func (s *Store) StopIndex() { s.index.stop() }

// IndexBehind is how many entries the index has still to be told.
func (s *Store) IndexBehind(ctx context.Context) int {
	head, err := s.JournalHead(ctx)
	if err != nil {
		return -1
	}
	return int(head - s.index.text.Last().Entry)
}
