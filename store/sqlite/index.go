package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"perch/chat"
	"perch/chat/search"
)

// index is the full text of all messages that can be read, in a file of its own
// beside the store's: what is in it follows from the store, and if the file is
// lost it is made again. It reads the journal in order and commits how far it
// has come with what it has learned, so that a crash leaves nothing out. Posts
// are stored by another writer into another file and never wait for it.
//
// It is one goroutine, started by Open and waited for by Close.
//
// What it holds: words, an FTS5 table without content, a row a message numbered
// by the journal's entry of its post, of its tags (room and author) and of its
// words as chat/search splits them; docs, which message that is; vocab, every
// word once, and parts, its trigrams, by which the words are found that hold a
// part of a word.
type index struct {
	main  *sql.DB // readers of the store
	write *sql.DB
	read  *sql.DB
	wake  chan struct{}
	quit  chan struct{}
	done  chan struct{}

	mu   sync.Mutex // guards the fields below
	at   chat.EntryID
	next chan struct{} // closed when at grows
	err  error         // why it stands still

	seen map[string]bool // words that vocab has; the goroutine's own
}

const indexSchema = `
CREATE TABLE IF NOT EXISTS place (at INTEGER NOT NULL);
INSERT INTO place (at) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM place);
CREATE TABLE IF NOT EXISTS docs (doc INTEGER PRIMARY KEY, room INTEGER NOT NULL, message INTEGER NOT NULL, author INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS docs_message ON docs (room, message);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(tags, body, content='', contentless_delete=1, tokenize='ascii');
CREATE TABLE IF NOT EXISTS vocab (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);
CREATE VIRTUAL TABLE IF NOT EXISTS parts USING fts5(word, content='vocab', content_rowid='id', tokenize='trigram case_sensitive 1', columnsize=0);
`

// maxSeen bounds the words that are remembered to be in vocab.
const maxSeen = 1_000_000

// openIndex opens the index beside the store's file.
func openIndex(ctx context.Context, main *sql.DB, path string) (*index, error) {
	path = strings.TrimSuffix(path, ".db") + ".search.db"
	if err := protect(path); err != nil {
		return nil, chat.Wrap(chat.KindDatabase, "protecting "+path, err)
	}
	x := &index{
		main: main, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
		next: make(chan struct{}), seen: map[string]bool{},
	}
	var err error
	light := strings.Replace(dsn(path, "rw"), "synchronous%28FULL%29", "synchronous%28NORMAL%29", 1) // it can be made again
	if x.write, err = sql.Open("sqlite", light); err == nil {
		x.write.SetMaxOpenConns(1)
		_, err = x.write.ExecContext(ctx, indexSchema)
	}
	if err == nil {
		err = x.write.QueryRowContext(ctx, "SELECT at FROM place").Scan(&x.at)
	}
	if err == nil {
		x.read, err = sql.Open("sqlite", light+"&_pragma=query_only(1)")
	}
	if err != nil {
		x.close()
		return nil, chat.Wrap(chat.KindDatabase, "opening the search index "+path+" (it may be deleted: it is made again)", err)
	}
	x.read.SetMaxOpenConns(4)
	x.read.SetMaxIdleConns(4)
	return x, nil
}

func (x *index) close() {
	for _, db := range [...]*sql.DB{x.write, x.read} {
		if db != nil {
			db.Close()
		}
	}
}

// stop ends the goroutine and closes the file.
func (x *index) stop() {
	close(x.quit)
	<-x.done
	x.close()
}

// nudge says that the journal has grown. It never blocks.
func (x *index) nudge() {
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

// indexBatch is how many entries share a transaction.
const indexBatch = 2000

func (x *index) run() {
	defer close(x.done)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the index, which it lets end in mid-batch
		<-x.quit
		cancel()
	}()
	for {
		more, err := x.batch(ctx)
		if err != nil && ctx.Err() == nil {
			x.progress(0, err)
		}
		select {
		case <-x.quit:
			return
		default:
		}
		if more && err == nil {
			continue
		}
		select {
		case <-x.wake:
		case <-x.quit:
			return
		}
	}
}

// progress makes known how far the index has come, or why not further.
func (x *index) progress(at chat.EntryID, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err = err
	if err == nil {
		x.at = at
	}
	close(x.next)
	x.next = make(chan struct{})
}

// indexed is one entry of the journal as the index needs it: the message as it
// is now, if it can be read.
type indexed struct {
	id            chat.EntryID
	kind          chat.EntryKind
	room          int64
	message, last int64
	gone          bool // the room is deleted
	author, at    sql.NullInt64
	body          sql.NullString
}

const indexText = `SELECT j.id, j.kind, j.room, j.message, j.last, r.id IS NULL, m.author, m.at, m.body
	FROM journal j LEFT JOIN rooms r ON r.id = j.room
	LEFT JOIN messages m ON j.kind IN ('post', 'replace', 'remove') AND m.room = j.room AND m.id = j.message AND m.logged = 1 AND m.id > r.purged
	WHERE j.id > ? ORDER BY j.id LIMIT ?`

// batch indexes the next entries, and says whether there may be more.
func (x *index) batch(ctx context.Context) (more bool, err error) {
	rows, err := x.main.QueryContext(ctx, indexText, int64(x.at), indexBatch)
	if err != nil {
		return false, err
	}
	var entries []indexed
	for rows.Next() {
		var e indexed
		if err := rows.Scan(&e.id, &e.kind, &e.room, &e.message, &e.last, &e.gone, &e.author, &e.at, &e.body); err != nil {
			rows.Close()
			return false, err
		}
		entries = append(entries, e)
	}
	rows.Close()
	if err := rows.Err(); err != nil || len(entries) == 0 {
		return false, err
	}
	if err := x.learn(ctx, entries); err != nil {
		clear(x.seen) // what was rolled back is not there
		return false, err
	}
	x.progress(entries[len(entries)-1].id, nil)
	return len(entries) == indexBatch, nil
}

// learn puts entries into the index in one transaction.
func (x *index) learn(ctx context.Context, entries []indexed) error {
	tx, err := x.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	l := &learner{x: x, tx: tx, stmts: map[string]*sql.Stmt{}}
	defer l.close()
	for i := range entries {
		e := &entries[i]
		switch e.kind {
		case chat.EntryPost:
			err = l.add(ctx, e, int64(e.id))
		case chat.EntryReplace, chat.EntryRemove:
			err = l.again(ctx, e)
		case chat.EntryPurge:
			err = l.drop(ctx, "room = ? AND message <= ?", e.room, e.last)
		case chat.EntryRoom:
			if e.gone {
				err = l.drop(ctx, "room = ?", e.room)
			}
		default: // nothing that is searched
		}
		if err != nil {
			return err
		}
	}
	if err := l.exec(ctx, "UPDATE place SET at = ?", int64(entries[len(entries)-1].id)); err != nil {
		return err
	}
	return tx.Commit()
}

// learner is one transaction of the index.
type learner struct {
	x     *index
	tx    *sql.Tx
	stmts map[string]*sql.Stmt
}

func (l *learner) stmt(ctx context.Context, text string) (*sql.Stmt, error) {
	if s := l.stmts[text]; s != nil {
		return s, nil
	}
	s, err := l.tx.PrepareContext(ctx, text)
	if err == nil {
		l.stmts[text] = s
	}
	return s, err
}

func (l *learner) close() {
	for _, s := range l.stmts {
		s.Close()
	}
}

func (l *learner) exec(ctx context.Context, text string, args ...any) error {
	s, err := l.stmt(ctx, text)
	if err == nil {
		_, err = s.ExecContext(ctx, args...)
	}
	return err
}

// add indexes a message, if it can be read.
func (l *learner) add(ctx context.Context, e *indexed, doc int64) error {
	if !e.body.Valid || e.gone {
		return nil
	}
	if err := l.exec(ctx, "INSERT INTO docs (doc, room, message, author, at) VALUES (?, ?, ?, ?, ?)", doc, e.room, e.message, e.author.Int64, e.at.Int64); err != nil {
		return err
	}
	words := search.Tokens(search.Fold(e.body.String))
	if err := l.exec(ctx, "INSERT INTO words (rowid, tags, body) VALUES (?, ?, ?)", doc,
		roomTag(e.room)+" "+authorTag(e.author.Int64), strings.Join(words, " ")); err != nil {
		return err
	}
	for _, w := range words {
		if err := l.know(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func roomTag(id int64) string   { return "r" + strconv.FormatInt(id, 10) }
func authorTag(id int64) string { return "a" + strconv.FormatInt(id, 10) }

// know puts a word that is new into the vocabulary.
func (l *learner) know(ctx context.Context, word string) error {
	if l.x.seen[word] || len(word) < 3 {
		return nil
	}
	s, err := l.stmt(ctx, "INSERT INTO vocab (word) VALUES (?) ON CONFLICT DO NOTHING")
	if err != nil {
		return err
	}
	res, err := s.ExecContext(ctx, word)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 1 {
		id, err := res.LastInsertId()
		if err != nil {
			return err
		}
		if err := l.exec(ctx, "INSERT INTO parts (rowid, word) VALUES (?, ?)", id, word); err != nil {
			return err
		}
	}
	if len(l.x.seen) >= maxSeen {
		clear(l.x.seen)
	}
	l.x.seen[word] = true
	return nil
}

// again indexes a message anew, as it is now.
func (l *learner) again(ctx context.Context, e *indexed) error {
	var doc int64
	err := l.tx.QueryRowContext(ctx, "SELECT doc FROM docs WHERE room = ? AND message = ?", e.room, e.message).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it was not to be read when its post was indexed, nor is it now
	}
	if err == nil {
		err = l.drop(ctx, "room = ? AND message = ?", e.room, e.message)
	}
	if err != nil {
		return err
	}
	return l.add(ctx, e, doc)
}

// drop takes messages out.
func (l *learner) drop(ctx context.Context, where string, args ...any) error {
	if err := l.exec(ctx, "DELETE FROM words WHERE rowid IN (SELECT doc FROM docs WHERE "+where+")", args...); err != nil {
		return err
	}
	return l.exec(ctx, "DELETE FROM docs WHERE "+where, args...)
}

// catchUp bounds how long a search waits for the index.
const catchUp = 5 * time.Second

// wait returns when everything up to an entry is indexed.
func (x *index) wait(ctx context.Context, upTo chat.EntryID) error {
	timer := time.NewTimer(catchUp)
	defer timer.Stop()
	for {
		x.mu.Lock()
		at, next, err := x.at, x.next, x.err
		x.mu.Unlock()
		if at >= upTo {
			return nil
		}
		if err != nil {
			return chat.Wrap(chat.KindDatabase, "the search index stands still", err)
		}
		x.nudge()
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		case <-x.done:
			return errClosed()
		case <-timer.C:
			return chat.E(chat.KindBusy, "the search index is "+strconv.FormatInt(int64(upTo-at), 10)+" entries behind, try again")
		}
	}
}
