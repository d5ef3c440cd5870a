package sqlstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"

	"perch/chat"
)

var insertClientID = insert{
	head:    "INSERT INTO client_ids (author, client_id, at, room, message, digest) VALUES ",
	columns: 6,
	tail:    " ON CONFLICT (author, client_id) DO UPDATE SET at = excluded.at, room = excluded.room, message = excluded.message, digest = excluded.digest",
}

// remembered is how long client ids are, in microseconds.
const remembered = chat.ClientIDDays * 24 * 3600 * 1_000_000

// known looks for the post that a draft tries again: the id as Messages.Append
// returns it, and whether there is one.
func (t *Tx) known(ctx context.Context, d *chat.Draft) (id chat.MessageID, found bool, err error) {
	var room chat.RoomID
	var digest []byte
	const query = "SELECT room, message, digest FROM client_ids WHERE author = $1 AND client_id = $2 AND at >= $3"
	err = t.QueryRowContext(ctx, query, int64(d.Author), d.ClientID, int64(d.At)-remembered).Scan(&room, &id, &digest)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, false, nil
	case err != nil:
		return 0, false, fail("looking for a post that is tried again", err)
	case room != d.Room || !bytes.Equal(digest, digestOf(d)):
		return 0, true, nil
	}
	return -id, true, nil
}

// remember keeps what a draft's author calls it, and forgets some that are too
// old: more than one a call, so that they do not pile up.
func (t *Tx) remember(ctx context.Context, d *chat.Draft, id chat.MessageID) error {
	err := insertClientID.rows(ctx, t, "remembering a post", []any{int64(d.Author), d.ClientID, int64(d.At), int64(d.Room), int64(id), digestOf(d)})
	if err != nil {
		return err
	}
	const forget = "DELETE FROM client_ids WHERE (author, client_id) IN (SELECT author, client_id FROM client_ids WHERE at < $1 ORDER BY at LIMIT 2)"
	_, err = exec(ctx, t, "forgetting old posts", forget, int64(d.At)-remembered)
	return err
}

// digestOf stands for what is posted.
func digestOf(d *chat.Draft) []byte {
	h := sha256.New()
	var head [9]byte
	binary.BigEndian.PutUint64(head[:], uint64(len(d.Text)))
	head[8] = byte(boolInt(d.Alert))
	h.Write(head[:])
	h.Write([]byte(d.Text))
	h.Write([]byte(d.Rich))
	return h.Sum(nil)
}
