package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"perch/chat"
	"perch/chat/search"
	"perch/store/textindex"
)

// index tells the full-text index, in a folder of its own beside the store's
// file, of everything that was stored: it reads the journal in order. Posts are
// committed by another goroutine and never wait for it. What is in the folder
// follows from the store; if it is lost it is made again.
//
// It is one goroutine, started by Open and waited for by Close.
type index struct {
	main *sql.DB // readers of the store
	text *textindex.Index
	wake chan struct{} // the journal has grown
	now  chan struct{} // and somebody waits for it
	quit chan struct{}
	done chan struct{}
	once sync.Once

	mu   sync.Mutex    // guards the fields below
	next chan struct{} // closed when the index has come further
	err  error         // why it stands still
}

// openIndex opens the index beside the store's file.
func openIndex(ctx context.Context, main *sql.DB, path, identity string) (*index, error) {
	folder := strings.TrimSuffix(path, ".db") + ".search"
	failed := func(err error) error {
		return chat.Wrap(chat.KindDatabase, "opening the search index "+folder+" (it may be deleted: it is made again)", err)
	}
	text, err := textindex.Open(folder, identity)
	if err != nil {
		return nil, failed(err)
	}
	x := &index{
		main: main, text: text, wake: make(chan struct{}, 1), now: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
		next: make(chan struct{}),
	}
	if err := x.compare(ctx); err != nil {
		text.Close()
		return nil, failed(err)
	}
	return x, nil
}

// compare begins anew if the index knows of a journal that is not this one's
// beginning: the store's file was put back.
func (x *index) compare(ctx context.Context) error {
	last := x.text.Last()
	if last.Entry == 0 {
		return nil
	}
	var at int64
	err := x.main.QueryRowContext(ctx, "SELECT at FROM journal WHERE id = ?", int64(last.Entry)).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) || err == nil && chat.Time(at) != last.At {
		return x.text.Reset()
	}
	return err
}

// close ends an index that does not run.
func (x *index) close() { x.text.Close() }

// stop ends the goroutine and the index.
func (x *index) stop() {
	x.once.Do(func() { close(x.quit) })
	<-x.done
	x.text.Close()
}

// nudge says that the journal has grown. It never blocks.
func (x *index) nudge() { signal(x.wake) }

// hurry says that somebody waits.
func (x *index) hurry() { signal(x.now) }

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// indexBatch is how many entries are told together.
const indexBatch = 1000

func (x *index) run() {
	defer close(x.done)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { // ends with the index, whose reading it ends
		<-x.quit
		cancel()
	}()
	for {
		more, err := x.batch(ctx)
		if ctx.Err() != nil {
			return
		}
		x.progress(err)
		if more && err == nil {
			continue
		}
		x.rest()
	}
}

// linger is how long what was stored waits for more, so that reading it costs
// posts little. A search does not wait for that.
const linger = 50 * time.Millisecond

// rest returns when there is something to tell, or at the end.
func (x *index) rest() {
	select {
	case <-x.wake:
	case <-x.now:
		return
	case <-x.quit:
		return
	}
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.now:
	case <-x.quit:
	}
}

// progress makes known that the index has come further, or why not.
func (x *index) progress(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err = err
	close(x.next)
	x.next = make(chan struct{})
}

// indexed is one entry of the journal as the index needs it: with the message as
// it is now, if it can be read.
type indexed struct {
	id            chat.EntryID
	kind          chat.EntryKind
	room          chat.RoomID
	at            chat.Time
	message, last chat.MessageID
	deleted       bool // the room is
	author, when  sql.NullInt64
	alert         sql.NullBool
	body          sql.NullString
}

const indexText = `SELECT j.id, j.kind, j.room, j.at, j.message, j.last, r.id IS NULL, m.author, m.at, m.alert, m.body
	FROM journal j LEFT JOIN rooms r ON r.id = j.room
	LEFT JOIN messages m ON j.kind IN ('post', 'replace', 'remove') AND m.room = j.room AND m.id = j.message AND m.logged = 1 AND m.id > r.purged
	WHERE j.id > ? ORDER BY j.id LIMIT ?`

// batch tells of the next entries, and says whether there may be more.
func (x *index) batch(ctx context.Context) (more bool, err error) {
	last := x.text.Last()
	rows, err := x.main.QueryContext(ctx, indexText, int64(last.Entry), indexBatch)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var changes []textindex.Change
	n := 0
	for ; rows.Next(); n++ {
		var e indexed
		if err := rows.Scan(&e.id, &e.kind, &e.room, &e.at, &e.message, &e.last, &e.deleted, &e.author, &e.when, &e.alert, &e.body); err != nil {
			return false, err
		}
		if c, ok := e.change(); ok {
			changes = append(changes, c)
		}
		last = textindex.Place{Entry: e.id, At: e.at}
	}
	if err := rows.Err(); err != nil || n == 0 {
		return false, err
	}
	rows.Close()
	return n == indexBatch, x.text.Tell(changes, last)
}

// change is what an entry changes, if anything.
func (e *indexed) change() (c textindex.Change, ok bool) {
	c = textindex.Change{Room: e.room, First: e.message, Last: e.message}
	switch e.kind {
	case chat.EntryPost:
		if !e.body.Valid {
			return c, false
		}
		c.Doc = e.doc(e.id)
	case chat.EntryReplace, chat.EntryRemove:
		if e.body.Valid {
			c.Doc = e.doc(0)
		}
	case chat.EntryPurge:
		c.First, c.Last = 0, e.last
	case chat.EntryRoom:
		c.First, c.Last = 0, math.MaxInt64
		return c, e.deleted
	default:
		return c, false
	}
	return c, true
}

func (e *indexed) doc(position chat.EntryID) *textindex.Doc {
	return &textindex.Doc{
		Position: position, Room: e.room, ID: e.message, Author: chat.PrincipalID(e.author.Int64), At: chat.Time(e.when.Int64),
		Alert: e.alert.Bool, Text: search.Normal(e.body.String),
	}
}

// catchUp bounds how long a search waits for the index.
const catchUp = 5 * time.Second

// wait returns when the index knows of everything up to an entry.
func (x *index) wait(ctx context.Context, upTo chat.EntryID) error {
	var timer *time.Timer
	for {
		x.mu.Lock()
		next, err := x.next, x.err
		x.mu.Unlock()
		at := x.text.Last().Entry
		if at >= upTo {
			return nil
		}
		x.hurry() // also to try again
		if err != nil {
			return chat.Wrap(chat.KindDatabase, "the search index stands still", err)
		}
		if timer == nil {
			timer = time.NewTimer(catchUp)
			defer timer.Stop()
		}
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
