package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"perch/chat"
	"perch/store/sqlstore"
)

// writer is the one goroutine that writes. It takes every call that waits,
// runs them in one transaction, commits once, and answers all: what a commit
// costs is shared. It is started by Open and waited for by Close. Its queue is
// bounded; who finds it full waits.
//
// Calls that share a transaction run in a savepoint each, so that one that is
// refused does not take the others with it. A savepoint makes SQLite keep every
// page it changes twice, so a call alone has none.
type writer struct {
	db    *sql.DB
	queue chan *call
	quit  chan struct{}
	done  chan struct{}
	once  sync.Once
	// committed is told after each commit. It must not block.
	committed func()

	// The goroutine's own.
	conn       *sql.Conn
	statements *sqlstore.Statements // of conn
	counters   *sqlstore.Counters
}

type call struct {
	ctx    context.Context //nolint:containedctx // the caller's, for as long as the call lasts
	do     func(ctx context.Context, tx *sqlstore.Tx) error
	err    error
	answer chan struct{}
	// taken is set once: by the writer when it begins the call, or by the caller
	// who no longer waits for one that was not begun.
	taken atomic.Bool
}

// run does the call, unless its caller has given up.
func (c *call) run(ctx context.Context, tx *sqlstore.Tx) error {
	if !c.taken.CompareAndSwap(false, true) {
		return nil
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	tx.Operator = chat.Operator(c.ctx)
	return c.do(ctx, tx)
}

// most is how many calls share a transaction, and how many may wait.
const most = 1024

func startWriter(ctx context.Context, db *sql.DB, committed func()) (*writer, error) {
	w := &writer{
		db: db, queue: make(chan *call, most), quit: make(chan struct{}), done: make(chan struct{}), committed: committed, counters: sqlstore.NewCounters(),
	}
	if err := w.connect(ctx); err != nil {
		return nil, err
	}
	go w.run()
	return w, nil
}

func (w *writer) connect(ctx context.Context) error {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "connecting the writer", err)
	}
	w.conn, w.statements = conn, sqlstore.NewStatements(conn)
	return nil
}

// submit queues a call and waits for its outcome.
func (w *writer) submit(ctx context.Context, do func(ctx context.Context, tx *sqlstore.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{ctx: ctx, do: do, answer: make(chan struct{})}
	select {
	case <-w.quit:
		return errClosed()
	default:
	}
	select {
	case w.queue <- c:
	case <-w.quit:
		return errClosed()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-c.answer:
		return c.err
	case <-ctx.Done():
		if c.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
	case <-w.done:
	}
	return w.outcome(c)
}

// outcome waits for a call that was begun, or that the writer left behind.
func (w *writer) outcome(c *call) error {
	select {
	case <-c.answer:
		return c.err
	case <-w.done:
		select {
		case <-c.answer:
			return c.err
		default:
			return errClosed()
		}
	}
}

func errClosed() error { return chat.E(chat.KindDatabase, "the store is closed") }

func (w *writer) stop() error {
	w.once.Do(func() { close(w.quit) })
	<-w.done
	return w.db.Close()
}

func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case c := <-w.queue:
			w.commit(w.gather(c))
		case <-w.quit:
			for {
				select {
				case c := <-w.queue:
					w.commit(w.gather(c))
					continue
				default:
				}
				w.disconnect()
				return
			}
		}
	}
}

// gather takes what waits beside the first call.
func (w *writer) gather(first *call) []*call {
	calls := []*call{first}
	for len(calls) < most {
		select {
		case c := <-w.queue:
			calls = append(calls, c)
		default:
			return calls
		}
	}
	return calls
}

func (w *writer) disconnect() {
	if w.conn == nil {
		return
	}
	w.statements.Close()
	w.conn.Close()
	w.conn = nil
}

// commit runs calls in one transaction. If it cannot be committed all of them
// fail, and the writer begins anew with a fresh connection.
func (w *writer) commit(calls []*call) {
	ctx := context.Background()
	tx, err := w.begin(ctx)
	if err == nil {
		err = w.all(ctx, tx, calls)
	}
	if err != nil {
		w.abandon(ctx)
		failed := err
		if chat.KindOf(failed) == chat.KindUnknown {
			failed = chat.Wrap(chat.KindDatabase, "committing", err)
		}
		for _, c := range calls {
			c.err = failed
		}
	} else {
		tx.Committed()
		w.committed()
	}
	for _, c := range calls {
		close(c.answer)
	}
}

// all runs the calls and ends the transaction. An error says that nothing of
// it is kept.
func (w *writer) all(ctx context.Context, tx *sqlstore.Tx, calls []*call) error {
	if len(calls) == 1 {
		return w.alone(ctx, tx, calls[0])
	}
	for _, c := range calls {
		if c.err = w.one(ctx, tx, c); errors.Is(c.err, errBroken) {
			return errors.Unwrap(c.err)
		}
	}
	_, err := w.conn.ExecContext(ctx, "COMMIT")
	return err
}

// alone runs the only call of a transaction.
func (w *writer) alone(ctx context.Context, tx *sqlstore.Tx, c *call) error {
	mark := tx.Mark()
	end := "COMMIT"
	if c.err = c.run(ctx, tx); c.err != nil {
		if chat.KindOf(c.err) == chat.KindDatabase {
			return c.err
		}
		tx.Reset(mark)
		end = "ROLLBACK"
	}
	_, err := w.conn.ExecContext(ctx, end)
	return err
}

func (w *writer) begin(ctx context.Context) (*sqlstore.Tx, error) {
	if w.conn == nil {
		if err := w.connect(ctx); err != nil {
			return nil, err
		}
	}
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	return w.counters.Begin(ctx, w.statements)
}

// abandon rolls back, whatever state the transaction is in.
func (w *writer) abandon(ctx context.Context) {
	if w.conn != nil {
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // there may be none to roll back
	}
	w.counters.Forget()
	w.disconnect()
}

// broken is an error after which the whole transaction is in doubt.
type broken struct{ cause error }

var errBroken = errors.New("the transaction is broken")

func (b *broken) Error() string        { return b.cause.Error() }
func (b *broken) Unwrap() error        { return b.cause }
func (b *broken) Is(target error) bool { return target == errBroken }

// one runs one call in its savepoint.
func (w *writer) one(ctx context.Context, tx *sqlstore.Tx, c *call) error {
	if _, err := w.conn.ExecContext(ctx, "SAVEPOINT one"); err != nil {
		return &broken{err}
	}
	mark := tx.Mark()
	err := c.run(ctx, tx)
	if err == nil {
		if _, err := w.conn.ExecContext(ctx, "RELEASE one"); err != nil {
			return &broken{err}
		}
		return nil
	}
	if chat.KindOf(err) == chat.KindDatabase { // the disk, not the call
		return &broken{err}
	}
	if _, rerr := w.conn.ExecContext(ctx, "ROLLBACK TO one; RELEASE one"); rerr != nil {
		return &broken{rerr}
	}
	tx.Reset(mark)
	return err
}
