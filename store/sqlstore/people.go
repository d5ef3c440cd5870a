package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"perch/chat"
)

var (
	insertPrincipal = insert{
		head:    "INSERT INTO principals (id, guid, kind, uri, name, name_fold, display_name, email, company, state, created_by, created_at, updated_by, updated_at, bot) VALUES ",
		columns: 15,
	}
	insertCredentials = insert{
		head: "INSERT INTO credentials (principal, password, nt_hash) VALUES ", columns: 3,
		tail: " ON CONFLICT (principal) DO UPDATE SET password = excluded.password, nt_hash = excluded.nt_hash",
	}
	insertMembership = insert{head: "INSERT INTO memberships (group_id, member, since) VALUES ", columns: 3}
)

func isForeignKey(err error) bool {
	return strings.Contains(strings.ToLower(err.Error()), "foreign key")
}

// ListPrincipals reads all that are not deleted.
func ListPrincipals(ctx context.Context, db DB) ([]chat.Principal, error) {
	const query = "SELECT id, guid, kind, uri, name, display_name, email, company, state, created_by, created_at, updated_by, updated_at, bot FROM principals WHERE state <> 2 ORDER BY id"
	return list(ctx, db, "reading principals", query, func(rows *sql.Rows, p *chat.Principal) error {
		return rows.Scan(&p.ID, &p.GUID, &p.Kind, &p.URI, &p.Name, &p.DisplayName, &p.Email, &p.Company, &p.State,
			&p.Audit.CreatedBy, &p.Audit.CreatedAt, &p.Audit.UpdatedBy, &p.Audit.UpdatedAt, &p.Bot)
	})
}

// ListMemberships reads all direct memberships.
func ListMemberships(ctx context.Context, db DB) ([]chat.Membership, error) {
	return list(ctx, db, "reading memberships", "SELECT group_id, member, since FROM memberships ORDER BY group_id, member",
		func(rows *sql.Rows, m *chat.Membership) error { return rows.Scan(&m.Group, &m.Member, &m.Since) })
}

// CreatePrincipals stores new principals.
func (t *Tx) CreatePrincipals(ctx context.Context, p []chat.Principal, cred []chat.Credentials, e []chat.Entry) ([]chat.Principal, error) {
	id, err := t.nextID(ctx, "principals", len(p))
	if err != nil {
		return nil, err
	}
	out := append([]chat.Principal(nil), p...)
	var secrets []any
	for i := range out {
		q := &out[i]
		q.ID = chat.PrincipalID(id)
		err := insertPrincipal.rows(ctx, t, "storing a principal", []any{
			id, q.GUID, int64(q.Kind), q.URI, q.Name, fold(q.Name), q.DisplayName, q.Email, q.Company, int64(q.State),
			int64(q.Audit.CreatedBy), int64(q.Audit.CreatedAt), int64(q.Audit.UpdatedBy), int64(q.Audit.UpdatedAt), boolInt(q.Bot),
		})
		if duplicate(err) {
			return nil, chat.E(chat.KindDuplicateName, "somebody is named "+q.Name+" already")
		}
		if err != nil {
			return nil, err
		}
		if cred != nil {
			secrets = append(secrets, id, cred[i].Password, cred[i].NTHash)
		}
		id++
	}
	if err := insertCredentials.rows(ctx, t, "storing credentials", secrets); err != nil {
		return nil, err
	}
	return out, t.write(ctx, about(e, out)...)
}

// about says in each entry which of the principals it is about.
func about(e []chat.Entry, p []chat.Principal) []chat.Entry {
	out := slices.Clone(e)
	for i := range min(len(out), len(p)) {
		out[i].Subject = int64(p[i].ID)
	}
	return out
}

// UpdatePrincipal stores a changed principal; a deleted one loses all it had.
func (t *Tx) UpdatePrincipal(ctx context.Context, p chat.Principal, e chat.Entry) error {
	n, err := exec(ctx, t, "storing a principal", `UPDATE principals SET name = $2, name_fold = $3, display_name = $4, email = $5, company = $6,
		state = $7, updated_by = $8, updated_at = $9 WHERE id = $1`, int64(p.ID), p.Name, fold(p.Name), p.DisplayName, p.Email, p.Company,
		int64(p.State), int64(p.Audit.UpdatedBy), int64(p.Audit.UpdatedAt))
	switch {
	case duplicate(err):
		return chat.E(chat.KindDuplicateName, "somebody is named "+p.Name+" already")
	case err != nil:
		return err
	case n == 0:
		return chat.E(chat.KindNoSuchPrincipal, "")
	}
	if p.State == chat.PrincipalDeleted {
		for _, text := range [...]string{
			"DELETE FROM memberships WHERE group_id = $1 OR member = $1",
			"DELETE FROM roles WHERE principal = $1",
			"DELETE FROM credentials WHERE principal = $1",
			"DELETE FROM objects WHERE owner = $1 AND owner <> 0",
			"DELETE FROM marks WHERE principal = $1",
			"DELETE FROM gathered WHERE principal = $1",
			"DELETE FROM contacts WHERE principal = $1",
			"DELETE FROM publications WHERE principal = $1",
			"DELETE FROM preferences WHERE principal = $1",
		} {
			if _, err := exec(ctx, t, "deleting a principal", text, int64(p.ID)); err != nil {
				return err
			}
		}
	}
	e.Subject = int64(p.ID)
	if err := t.write(ctx, e); err != nil || p.State == chat.PrincipalActive {
		return err
	}
	cause := chat.CauseDisabled
	if p.State == chat.PrincipalDeleted {
		cause = chat.CauseDeleted
	}
	if err := t.endSessions(ctx, p.ID, "", cause, e.At); err != nil || p.State != chat.PrincipalDeleted {
		return err
	}
	_, err = exec(ctx, t, "deleting a principal", "DELETE FROM passes WHERE principal = $1", int64(p.ID))
	return err
}

// UpdateMemberships adds and removes memberships.
func (t *Tx) UpdateMemberships(ctx context.Context, add, remove []chat.Membership, e []chat.Entry) ([]chat.Membership, error) {
	for _, m := range remove {
		if _, err := exec(ctx, t, "removing a membership", "DELETE FROM memberships WHERE group_id = $1 AND member = $2", int64(m.Group), int64(m.Member)); err != nil {
			return nil, err
		}
	}
	out := slices.Clone(add)
	for i := range out {
		if err := t.addMembership(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, t.write(ctx, e...)
}

// addMembership stores a membership that is not there, and says since when it is.
func (t *Tx) addMembership(ctx context.Context, m *chat.Membership) error {
	err := t.QueryRowContext(ctx, "SELECT since FROM memberships WHERE group_id = $1 AND member = $2", int64(m.Group), int64(m.Member)).Scan(&m.Since)
	if !errors.Is(err, sql.ErrNoRows) {
		return fail("reading a membership", err)
	}
	id, err := t.nextID(ctx, given, 1)
	if err != nil {
		return err
	}
	m.Since = chat.InvitationID(id)
	return insertMembership.rows(ctx, t, "adding a membership", []any{int64(m.Group), int64(m.Member), id})
}

// FindCredentials reads a user's secrets; none is no error.
func FindCredentials(ctx context.Context, db DB, user chat.PrincipalID) (c chat.Credentials, err error) {
	err = db.QueryRowContext(ctx, "SELECT password, nt_hash FROM credentials WHERE principal = $1", int64(user)).Scan(&c.Password, &c.NTHash)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	return c, fail("reading credentials", err)
}

// UpdateCredentials stores a user's secrets, and ends his sessions if the password
// is another one.
func (t *Tx) UpdateCredentials(ctx context.Context, user chat.PrincipalID, c chat.Credentials, keep string, e chat.Entry) error {
	old, err := FindCredentials(ctx, t, user)
	if err != nil {
		return err
	}
	if err := insertCredentials.rows(ctx, t, "storing credentials", []any{int64(user), c.Password, c.NTHash}); err != nil {
		return err
	}
	e.Subject = int64(user)
	if err := t.write(ctx, e); err != nil || old.Password == c.Password {
		return err
	}
	return t.endSessions(ctx, user, keep, chat.CausePassword, e.At)
}
