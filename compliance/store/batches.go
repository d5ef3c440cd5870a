package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"perch/chat"
	"perch/compliance"
)

// about is what a batch says beside its events, as it is kept.
type about struct {
	Conversations []compliance.Conversation
	People        []compliance.Person
}

// CloseBatch closes the batch of everything that is in none yet.
func (s *Store) CloseBatch(ctx context.Context, l compliance.Lease, at chat.Time, adapters []string, details compliance.Describer) (*compliance.Batch, error) {
	var b *compliance.Batch
	err := s.write(ctx, l, "closing a batch", func(tx *sql.Tx) error {
		var err error
		if b, err = s.gather(ctx, tx, at, details); err != nil || b == nil {
			return err
		}
		text, err := json.Marshal(about{b.Conversations, sorted(b.People)})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO batches (number, first, last, opened, closed, events, about, forgotten) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
			b.Number, int64(b.First), int64(b.Last), int64(b.Opened), int64(b.Closed), b.Events, string(text))
		for _, a := range adapters {
			if err == nil {
				_, err = tx.ExecContext(ctx, "INSERT INTO deliveries (adapter, batch, state, attempts, next, reason, finished, took) VALUES ($1, $2, $3, 0, 0, '', 0, 0)",
					a, b.Number, string(compliance.Waiting))
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

func sorted(people map[chat.PrincipalID]compliance.Person) []compliance.Person {
	out := make([]compliance.Person, 0, len(people))
	for _, p := range people {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b compliance.Person) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// gather makes the batch; nil if there is nothing in it.
func (s *Store) gather(ctx context.Context, tx *sql.Tx, at chat.Time, details compliance.Describer) (*compliance.Batch, error) {
	b := &compliance.Batch{Closed: at, Source: s, People: map[chat.PrincipalID]compliance.Person{}}
	var last int64
	err := tx.QueryRowContext(ctx, "SELECT COALESCE(MAX(number), 0), COALESCE(MAX(last), 0), COALESCE(MAX(closed), 0) FROM batches").Scan(&b.Number, &last, &b.Opened)
	if err != nil {
		return nil, err
	}
	err = tx.QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(MIN(id), 0), COALESCE(MAX(id), 0), COALESCE(MIN(at), 0) FROM events WHERE id > $1", last).
		Scan(&b.Events, &b.First, &b.Last, &at)
	if err != nil || b.Events == 0 {
		return nil, err
	}
	if b.Number++; b.Opened == 0 {
		b.Opened = at
	}
	if err := conversations(ctx, tx, b, details); err != nil {
		return nil, err
	}
	return b, people(ctx, tx, b, details)
}

// conversations finds the rooms of a batch, each as its last event names it.
func conversations(ctx context.Context, tx *sql.Tx, b *compliance.Batch, details compliance.Describer) error {
	rows, err := tx.QueryContext(ctx, `SELECT e.room, n.room_guid, n.room_name, e.events, e.first, e.last FROM
		(SELECT room, COUNT(*) AS events, MIN(at) AS first, MAX(at) AS last, MAX(id) AS newest FROM events WHERE id BETWEEN $1 AND $2 GROUP BY room) e
		JOIN events n ON n.id = e.newest ORDER BY n.room_guid, e.room`, int64(b.First), int64(b.Last))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c compliance.Conversation
		if err := rows.Scan(&c.Room.ID, &c.Room.GUID, &c.Room.Name, &c.Events, &c.First, &c.Last); err != nil {
			return err
		}
		b.Conversations = append(b.Conversations, c)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range b.Conversations {
		c := &b.Conversations[i]
		if c.Room.ID == compliance.OutsideRooms {
			c.Room = compliance.Room{}
			continue
		}
		details.DescribeRoom(&c.Room)
		if c.Present, err = present(ctx, tx, c.Room.ID, b.First); err != nil {
			return err
		}
	}
	return nil
}

// present reads who was in a room before an entry.
func present(ctx context.Context, tx *sql.Tx, room chat.RoomID, before chat.EntryID) ([]compliance.Presence, error) {
	rows, err := tx.QueryContext(ctx, `SELECT principal, endpoint, since FROM presences
		WHERE room = $1 AND joined < $2 AND (parted = 0 OR parted >= $2) ORDER BY since, principal, endpoint`, int64(room), int64(before))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []compliance.Presence
	for rows.Next() {
		var p compliance.Presence
		if err := rows.Scan(&p.User, &p.Endpoint, &p.Since); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// people finds whom a batch names, each as his last event names him.
func people(ctx context.Context, tx *sql.Tx, b *compliance.Batch, details compliance.Describer) error {
	rows, err := tx.QueryContext(ctx, `SELECT e.actor, n.actor_uri, n.actor_name FROM
		(SELECT actor, MAX(id) AS newest FROM events WHERE id BETWEEN $1 AND $2 AND actor <> 0 GROUP BY actor) e JOIN events n ON n.id = e.newest`,
		int64(b.First), int64(b.Last))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p compliance.Person
		if err := rows.Scan(&p.ID, &p.URI, &p.DisplayName); err != nil {
			return err
		}
		b.People[p.ID] = p
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range b.Conversations {
		for _, at := range b.Conversations[i].Present {
			if _, known := b.People[at.User]; !known {
				b.People[at.User] = compliance.Person{ID: at.User}
			}
		}
	}
	for id, p := range b.People {
		details.DescribePerson(&p)
		b.People[id] = p
	}
	return nil
}

// FindBatch reads a closed batch whose events are still kept.
func (s *Store) FindBatch(ctx context.Context, number int64) (*compliance.Batch, error) {
	b := &compliance.Batch{Number: number, Source: s, People: map[chat.PrincipalID]compliance.Person{}}
	var (
		text      string
		forgotten int64
	)
	err := s.db.QueryRowContext(ctx, "SELECT first, last, opened, closed, events, about, forgotten FROM batches WHERE number = $1", number).
		Scan(&b.First, &b.Last, &b.Opened, &b.Closed, &b.Events, &text, &forgotten)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, chat.E(chat.KindNoSuchObject, "there is no such batch")
	case err != nil:
		return nil, fail("reading a batch", err)
	case forgotten != 0:
		return nil, chat.E(chat.KindNoSuchObject, "the events of that batch are no longer kept: all adapters had them")
	}
	var a about
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return nil, fail("reading a batch", err)
	}
	b.Conversations = a.Conversations
	for _, p := range a.People {
		b.People[p.ID] = p
	}
	return b, nil
}

const deliveryColumns = "adapter, batch, state, attempts, next, reason, finished, took, asked"

func scanDelivery(scan func(...any) error) (d compliance.Delivery, err error) {
	var took int64
	err = scan(&d.Adapter, &d.Batch, &d.State, &d.Attempts, &d.Next, &d.Reason, &d.Finished, &took, &d.Asked)
	d.Took = time.Duration(took)
	return d, err
}

// Next reads the first delivery of an adapter that waits.
func (s *Store) Next(ctx context.Context, adapter string) (*compliance.Delivery, error) {
	row := s.db.QueryRowContext(ctx, "SELECT "+deliveryColumns+" FROM deliveries WHERE adapter = $1 AND state = 'waiting' ORDER BY batch LIMIT 1", adapter)
	d, err := scanDelivery(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // as the contract says
	}
	return &d, fail("reading deliveries", err)
}

// UpdateDelivery stores what became of a delivery.
func (s *Store) UpdateDelivery(ctx context.Context, l compliance.Lease, d compliance.Delivery) error {
	return s.write(ctx, l, "noting a delivery", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = CASE asked WHEN $9 THEN $1 ELSE state END, attempts = $2, next = CASE asked WHEN $9 THEN $3 ELSE next END,
			reason = $4, finished = $5, took = $6 WHERE adapter = $7 AND batch = $8`,
			string(d.State), d.Attempts, int64(d.Next), d.Reason, int64(d.Finished), int64(d.Took), d.Adapter, d.Batch, d.Asked)
		return err
	})
}

// ListDeliveries reads what is not done, and of each adapter the newest that is.
func (s *Store) ListDeliveries(ctx context.Context) ([]compliance.Delivery, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+deliveryColumns+` FROM deliveries WHERE state <> 'done'
		UNION SELECT `+deliveryColumns+` FROM deliveries d WHERE state = 'done' AND batch = (SELECT MAX(batch) FROM deliveries WHERE adapter = d.adapter AND state = 'done')
		ORDER BY adapter, batch`)
	if err != nil {
		return nil, fail("reading deliveries", err)
	}
	defer rows.Close()
	var out []compliance.Delivery
	for rows.Next() {
		d, err := scanDelivery(rows.Scan)
		if err != nil {
			return nil, fail("reading deliveries", err)
		}
		out = append(out, d)
	}
	return out, fail("reading deliveries", rows.Err())
}

// Redeliver has a delivery wait again.
func (s *Store) Redeliver(ctx context.Context, adapter string, batch int64) error {
	if _, err := s.FindBatch(ctx, batch); err != nil {
		return err
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO deliveries (`+deliveryColumns+`) VALUES ($1, $2, 'waiting', 0, 0, '', 0, 0, 1)
		ON CONFLICT (adapter, batch) DO UPDATE SET state = 'waiting', next = 0, asked = asked + 1`, adapter, batch)
	return fail("having a batch delivered again", err)
}

// Forget deletes the events of batches that all adapters have.
func (s *Store) Forget(ctx context.Context, l compliance.Lease, closedBefore chat.Time, adapters []string) (gone int, err error) {
	set, err := json.Marshal(adapters)
	if err != nil {
		return 0, err
	}
	err = s.write(ctx, l, "forgetting events", func(tx *sql.Tx) error {
		// In order: a batch that is not done keeps those after it, too.
		var last int64
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(last), 0) FROM batches WHERE closed < $1 AND number < COALESCE(
			(SELECT MIN(batch) FROM deliveries WHERE state <> 'done' AND adapter IN (SELECT value FROM json_each($2))), 9223372036854775807)`,
			int64(closedBefore), string(set)).Scan(&last)
		if err != nil || last == 0 {
			return err
		}
		res, err := tx.ExecContext(ctx, "DELETE FROM events WHERE id <= $1", last)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		gone = int(n)
		if _, err := tx.ExecContext(ctx, "DELETE FROM deliveries WHERE state <> 'done' AND batch IN (SELECT number FROM batches WHERE last <= $1)", last); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE batches SET forgotten = 1, about = '' WHERE last <= $1 AND forgotten = 0", last); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM presences WHERE parted <> 0 AND parted <= $1", last)
		return err
	})
	return gone, err
}

// Handed is the entry up to which all deliveries to some adapters are done.
func (s *Store) Handed(ctx context.Context, adapters []string) (at chat.EntryID, err error) {
	set, err := json.Marshal(adapters)
	if err != nil {
		return 0, err
	}
	err = s.db.QueryRowContext(ctx, `SELECT COALESCE((SELECT MIN(b.first) - 1 FROM deliveries d JOIN batches b ON b.number = d.batch
		WHERE d.state <> 'done' AND d.adapter IN (SELECT value FROM json_each($1))), (SELECT MAX(last) FROM batches), 0)`, string(set)).Scan(&at)
	return at, fail("reading deliveries", err)
}
