package sqlstore

import (
	"context"
	"database/sql"

	"perch/chat"
)

var insertPass = insert{
	head:    "INSERT INTO passes (id, hash, kind, principal, name, how, client, address, scope, created, used, expires) VALUES ",
	columns: 12,
}

const passColumns = "id, hash, kind, principal, name, how, client, address, scope, created, used, expires"

func scanPass(rows *sql.Rows, p *chat.Pass) error {
	return rows.Scan(&p.ID, &p.Hash, &p.Kind, &p.User, &p.Name, &p.How, &p.Client, &p.Address, &p.Scope, &p.Created, &p.Used, &p.Expires)
}

// CreatePass stores a session or token, unless its user has too many.
func (t *Tx) CreatePass(ctx context.Context, p chat.Pass, most int, e []chat.Entry) error {
	var has int
	var active bool
	err := t.QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM passes WHERE principal = $1 AND kind = $2), EXISTS (SELECT 1 FROM principals WHERE id = $1 AND state = 0)",
		int64(p.User), string(p.Kind)).Scan(&has, &active)
	switch {
	case err != nil:
		return fail("storing a "+string(p.Kind), err)
	case !active:
		return chat.E(chat.KindNoSuchPrincipal, "")
	case has >= most:
		return chat.E(chat.KindLimit, "there are too many of them: delete one first")
	}
	err = insertPass.rows(ctx, t, "storing a "+string(p.Kind), []any{
		p.ID, p.Hash, string(p.Kind), int64(p.User), p.Name, p.How, p.Client, p.Address, string(p.Scope), int64(p.Created), int64(p.Used), int64(p.Expires),
	})
	if err != nil {
		return err
	}
	return t.write(ctx, e...)
}

// FindPass reads a pass by the hash of its secret.
func FindPass(ctx context.Context, db DB, hash string) (chat.Pass, error) {
	found, err := list(ctx, db, "reading a pass", "SELECT "+passColumns+" FROM passes WHERE hash = $1", scanPass, hash)
	switch {
	case err != nil:
		return chat.Pass{}, err
	case len(found) == 0:
		return chat.Pass{}, chat.E(chat.KindNoSuchObject, "there is no such session or token")
	}
	return found[0], nil
}

// ListPasses reads a user's passes of a kind, or those of all users.
func ListPasses(ctx context.Context, db DB, user chat.PrincipalID, kind chat.PassKind) ([]chat.Pass, error) {
	const text = "SELECT " + passColumns + " FROM passes WHERE kind = $1"
	if user == 0 {
		return list(ctx, db, "reading passes", text+" ORDER BY created, id", scanPass, string(kind))
	}
	return list(ctx, db, "reading passes", text+" AND principal = $2 ORDER BY created, id", scanPass, string(kind), int64(user))
}

// UsePass stores when a pass was used.
func (t *Tx) UsePass(ctx context.Context, id string, used chat.Time) error {
	_, err := exec(ctx, t, "storing the use of a pass", "UPDATE passes SET used = $2 WHERE id = $1", id, int64(used))
	return err
}

// DeletePasses deletes passes, with the entries of those that were there.
func (t *Tx) DeletePasses(ctx context.Context, ids []string, e []chat.Entry) ([]string, error) {
	var gone []string
	var entries []chat.Entry
	for i, id := range ids {
		n, err := exec(ctx, t, "deleting a pass", "DELETE FROM passes WHERE id = $1", id)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		gone = append(gone, id)
		if i < len(e) {
			entries = append(entries, e[i])
		}
	}
	return gone, t.write(ctx, entries...)
}

// ListStale reads passes whose time is over.
func ListStale(ctx context.Context, db DB, now, idle chat.Time, n int) ([]chat.Pass, error) {
	const text = "SELECT " + passColumns + " FROM passes WHERE expires <> 0 AND expires <= $1 UNION SELECT " + passColumns +
		" FROM passes WHERE kind = 'session' AND used < $2 ORDER BY id LIMIT $3"
	return list(ctx, db, "reading passes", text, scanPass, int64(now), int64(idle), max(n, 0))
}

// endSessions deletes the sessions of a user, but one, with an entry each.
func (t *Tx) endSessions(ctx context.Context, user chat.PrincipalID, keep, cause string, at chat.Time) error {
	ended, err := list(ctx, t, "ending sessions", "DELETE FROM passes WHERE principal = $1 AND kind = 'session' AND id <> $2 RETURNING "+passColumns,
		scanPass, int64(user), keep)
	if err != nil || len(ended) == 0 {
		return err
	}
	e := chat.Entry{Kind: chat.EntrySignOut, At: at, Actor: user, Cause: cause}
	if err := t.QueryRowContext(ctx, "SELECT uri, display_name FROM principals WHERE id = $1", int64(user)).Scan(&e.ActorURI, &e.ActorName); err != nil {
		return fail("ending sessions", err)
	}
	for _, p := range chat.SortedPasses(ended) {
		e.Endpoint, e.Client = p.ID, p.Client
		if err := t.write(ctx, e); err != nil {
			return err
		}
	}
	return nil
}
