package ua

import (
	"slices"
	"time"

	"perch/sip/transaction"
)

// sweepLoop is the stack's one timer: once a second it looks at everything
// that can run out. It ends with the stack.
func (s *Stack) sweepLoop() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case now := <-tick.C:
			s.clock.Store(now.UnixNano())
			s.sweep(now)
		}
	}
}

func (s *Stack) sweep(now time.Time) {
	s.table.each(func(d *Dialog) {
		deadline := d.deadline.Load()
		switch {
		case deadline != 0 && now.UnixNano() > deadline:
			d.end(EndExpired)
		case d.overdue(now):
			d.end(EndRefused)
		default:
			d.resendAccept(now)
		}
	})
	s.mu.Lock()
	conns := make([]*Conn, 0, 64)
	for c := range s.conns {
		c.sock.quiet()
		c.mu.Lock()
		if len(c.invites) > 0 {
			conns = append(conns, c)
		}
		c.mu.Unlock()
	}
	s.mu.Unlock()
	for _, c := range conns {
		c.mu.Lock()
		c.invites = slices.DeleteFunc(c.invites, func(t inviteTransaction) bool {
			return t.machine.Step(transaction.Tick, now).Has(transaction.Terminated)
		})
		c.mu.Unlock()
	}
}

// resendAccept sends the 200 to an INVITE again that has no ACK yet.
func (d *Dialog) resendAccept(now time.Time) {
	d.mu.Lock()
	w := d.accept
	if w == nil || now.Before(w.next) {
		d.mu.Unlock()
		return
	}
	if now.After(w.until) {
		d.accept = nil
		d.mu.Unlock()
		return
	}
	w.interval = min(2*w.interval, d.conn.stack.timers.T2)
	w.next = now.Add(w.interval)
	out := &d.conn.out
	_ = out.end(append(out.begin(), w.answer...)) // a dead connection is noticed by its reader
	d.mu.Unlock()
	out.flush()
}
