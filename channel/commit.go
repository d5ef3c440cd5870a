package channel

import (
	"context"
	"log/slog"
	"runtime"
	"sync"

	"perch/chat"
)

// committer is the one writer of posts and of what the journal must know of
// joins, parts and reads. It takes everything that waits, stores it in one
// transaction, and tells everybody: throughput rises with load.
//
// Its queue is bounded by its users: a room lets at most Limits.WaitingPosts
// posts in, a session waits for its own entries, and a closing session queues
// one entry a room.
type committer struct {
	svc  *Service
	wake chan struct{}
	quit chan struct{}

	mu      sync.Mutex // guards the fields below
	jobs    []job
	spare   []job
	stopped bool
	last    chat.Time // of the posts taken in; their times never go back
	floor   chat.Time // of the first post that is being stored; zero for none
}

// job is a post (live is set) or journal entries.
type job struct {
	live    *liveRoom
	held    bool // live is held for this post alone, and released after it
	draft   chat.Draft
	origin  chat.Origin
	receipt Receipt

	entries []chat.Entry
	done    func(error) // may be nil
}

// maxBatch bounds one transaction, and so how long it takes.
const maxBatch = 2048

func newCommitter(s *Service) *committer {
	return &committer{svc: s, wake: make(chan struct{}, 1), quit: make(chan struct{})}
}

// add queues a job; after stop it is refused. A post gets its time here, so that
// times rise in the order of ids.
func (c *committer) add(j job) bool {
	_, ok := c.addAt(j)
	return ok
}

// addAt is add, and says the time of a post.
func (c *committer) addAt(j job) (at chat.Time, ok bool) {
	c.mu.Lock()
	if c.stopped {
		c.mu.Unlock()
		return 0, false
	}
	if j.live != nil {
		j.draft.At = c.nowLocked()
	}
	c.jobs = append(c.jobs, j)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return j.draft.At, true
}

// nowLocked is the time, never before the one that it said last.
func (c *committer) nowLocked() chat.Time {
	c.last = max(c.last, chat.At(c.svc.cfg.Now()))
	return c.last
}

// taken is a time: every post of an earlier one is on disk or was refused.
func (c *committer) taken() chat.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.nowLocked()
	if c.floor != 0 {
		return c.floor
	}
	for i := range c.jobs {
		if c.jobs[i].live != nil {
			return c.jobs[i].draft.At
		}
	}
	return now
}

// Taken is a time: every post of an earlier one is on disk or was refused, but for
// what is imported.
func (s *Service) Taken() chat.Time { return s.commits.taken() }

// record stores journal entries and waits until they are on disk.
func (c *committer) record(ctx context.Context, entries []chat.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	done := make(chan error, 1)
	if !c.add(job{entries: entries, done: func(err error) { done <- err }}) {
		return chat.E(chat.KindBusy, "the server is stopping")
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *committer) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.jobs)
}

// stop lets run end once the queue is empty.
func (c *committer) stop() {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	close(c.quit)
}

func (c *committer) run() {
	for {
		select {
		case <-c.wake:
		case <-c.quit:
		}
		for {
			runtime.Gosched() // let readers that are ready add theirs: fewer, larger commits
			jobs, last := c.take()
			if len(jobs) == 0 {
				if last {
					return
				}
				break
			}
			for len(jobs) > 0 {
				n := min(len(jobs), maxBatch)
				c.commit(jobs[:n])
				clear(jobs[:n])
				jobs = jobs[n:]
			}
		}
	}
}

// take swaps the queue for an empty one.
func (c *committer) take() (jobs []job, last bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	jobs = c.jobs
	c.jobs, c.spare = c.spare[:0], jobs
	c.floor = 0
	for i := range jobs {
		if jobs[i].live != nil {
			c.floor = jobs[i].draft.At
			break
		}
	}
	return jobs, c.stopped
}

// commit stores jobs together. If the batch is refused for what is in it (a
// room deleted meanwhile), each job is tried alone, so that one does not take
// the others with it.
func (c *committer) commit(jobs []job) {
	ids, err := c.append(jobs)
	if err != nil && len(jobs) > 1 && chat.KindOf(err) != chat.KindDatabase {
		for i := range jobs {
			c.commit(jobs[i : i+1])
		}
		return
	}
	if err != nil {
		c.svc.cfg.Log.Error("the store refused a batch", slog.Int("jobs", len(jobs)), slog.Any("error", err))
		if chat.KindOf(err) == chat.KindUnknown {
			err = chat.Wrap(chat.KindDatabase, "storing", err)
		}
	}
	n := 0
	defer func() {
		if n > 0 {
			c.svc.gather.nudge()
		}
	}()
	for i := range jobs {
		j := &jobs[i]
		if j.live == nil {
			if j.done != nil {
				j.done(err)
			}
			continue
		}
		if err != nil {
			c.svc.untaken.Add(1)
			c.answer(j, 0, err)
			continue
		}
		id := ids[n]
		n++
		switch {
		case id < 0:
			if w, ok := j.receipt.(*waiter); ok {
				w.again = true
			}
			c.answer(j, -id, nil)
		case id == 0:
			c.answer(j, 0, chat.E(chat.KindCollision, "another post of yours has this client_id: give each its own"))
		default:
			c.svc.posts.Add(1)
			c.svc.tellPosted(j.draft.Room)
			e := &Event{Kind: EventMessage, Room: j.live.ref, Message: j.draft.Message(id), ClientID: j.draft.ClientID}
			j.live.put(work{kind: workPosted, event: e, receipt: j.receipt, unlogged: j.draft.Unlogged, held: j.held})
		}
	}
}

// answer ends a post that nobody is told of.
func (c *committer) answer(j *job, id chat.MessageID, err error) {
	j.live.waiting.Add(-1)
	j.receipt.Stored(id, err)
	j.receipt.Release()
	if j.held {
		c.svc.release(j.live)
	}
}

func (c *committer) append(jobs []job) ([]chat.MessageID, error) {
	var b chat.Batch
	for i := range jobs {
		if jobs[i].live != nil {
			b.Drafts = append(b.Drafts, jobs[i].draft)
			b.Origins = append(b.Origins, jobs[i].origin)
		} else {
			b.Entries = append(b.Entries, jobs[i].entries...)
		}
	}
	return c.svc.store.Append(context.Background(), b)
}
