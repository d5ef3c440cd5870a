package ua

import (
	"errors"
	"sync"
)

// outbox is the bounded out-buffer of a connection. Whoever queues bytes while
// nobody writes writes them himself, without blocking; what the socket does not
// take is handed to a flusher goroutine, which ends when the box is empty.
//
// Invariants: bytes leave in the order they were queued; at most one goroutine
// writes at a time (busy); no lock is held during a write; queue+rest never
// exceeds max.
type outbox struct {
	max   int
	write func(b []byte) (int, error) // does not block; a short count is no error
	block func(b []byte) error        // blocks until all is written or the connection fails
	spawn func(f func())              // starts the flusher, owned by the connection
	full  func()                      // called once, with mu held, when max is exceeded or the flusher fails; must not block

	mu    sync.Mutex // guards the fields below
	queue []byte     // not yet being written
	rest  int        // bytes being written
	busy  bool
	err   error
}

var errOverflow = errors.New("the client does not read")

// bufferKeep is the largest buffer that goes back to the pool.
const bufferKeep = 64 << 10

// A slice does not go into a pool without an allocation, a pointer to one does:
// the pointers are pooled too.
var (
	buffers  = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}
	pointers = sync.Pool{New: func() any { return new([]byte) }}
)

func getBuffer() []byte {
	p := buffers.Get().(*[]byte)
	b := (*p)[:0]
	*p = nil
	pointers.Put(p)
	return b
}

func putBuffer(b []byte) {
	if cap(b) == 0 || cap(b) > bufferKeep {
		return
	}
	p := pointers.Get().(*[]byte)
	*p = b
	buffers.Put(p)
}

// begin locks the box and returns the buffer to append to; end must follow.
func (o *outbox) begin() []byte {
	o.mu.Lock()
	if o.queue == nil {
		o.queue = getBuffer()
	}
	return o.queue
}

// end takes the buffer back, and says whether the box is still good.
func (o *outbox) end(b []byte) error {
	o.queue = b
	if o.err == nil && len(o.queue)+o.rest > o.max {
		o.err = errOverflow
		o.full()
	}
	if o.err != nil {
		putBuffer(o.queue)
		o.queue = nil
	}
	err := o.err
	o.mu.Unlock()
	return err
}

// flush writes what is queued, unless somebody is writing already.
func (o *outbox) flush() {
	o.mu.Lock()
	if o.busy || len(o.queue) == 0 || o.err != nil {
		o.mu.Unlock()
		return
	}
	o.busy = true
	for len(o.queue) > 0 && o.err == nil {
		b := o.take()
		o.mu.Unlock()
		n, err := o.write(b)
		o.mu.Lock()
		o.note(err)
		if err == nil && n < len(b) {
			o.rest = len(b) - n
			o.mu.Unlock()
			o.spawn(func() { o.drain(b, n) })
			return
		}
		putBuffer(b)
	}
	o.rest, o.busy = 0, false
	o.mu.Unlock()
}

func (o *outbox) take() []byte {
	b := o.queue
	o.queue, o.rest = nil, len(b)
	return b
}

func (o *outbox) note(err error) {
	if err != nil && o.err == nil {
		o.err = err
	}
}

// drain is the flusher: it blocks until the box is empty or the connection fails.
func (o *outbox) drain(b []byte, done int) {
	for {
		err := o.block(b[done:])
		putBuffer(b)
		o.mu.Lock()
		if err != nil && o.err == nil { // it took nothing for too long
			o.err = err
			o.full()
		}
		if o.err != nil || len(o.queue) == 0 {
			o.rest, o.busy = 0, false
			o.mu.Unlock()
			return
		}
		b, done = o.take(), 0
		o.mu.Unlock()
	}
}

// fail makes the box refuse everything from now on.
func (o *outbox) fail(err error) {
	o.mu.Lock()
	o.note(err)
	if !o.busy {
		putBuffer(o.queue)
	}
	o.queue = nil
	o.mu.Unlock()
}

// queued is how many bytes wait.
func (o *outbox) queued() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue) + o.rest
}
