package sqlstore

import (
	"context"
	"database/sql"

	"perch/chat"
)

// given names the counter of chat.InvitationID in table ids.
const given = "invitations"

// invitesFrom replaces chat.InvitesFromNow by the number that was given last.
func (t *Tx) invitesFrom(ctx context.Context, from *chat.InvitationID) error {
	if *from != chat.InvitesFromNow {
		return nil
	}
	err := t.QueryRowContext(ctx, "SELECT last FROM ids WHERE place = $1", given).Scan(from)
	return fail("reading the newest invitation", err)
}

// setInvitations gives rooms their InvitesFrom, and each of their members the
// number that he has: the stored one, or the next.
func (t *Tx) setInvitations(ctx context.Context, rooms []chat.Room) error {
	for i := range rooms {
		if err := t.invitesFrom(ctx, &rooms[i].InvitesFrom); err != nil {
			return err
		}
	}
	for i := range rooms {
		if err := t.setSince(ctx, &rooms[i]); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) setSince(ctx context.Context, r *chat.Room) error {
	rows, err := list(ctx, t, "reading members", "SELECT principal, since FROM roles WHERE list = 'member' AND place = $1",
		func(rows *sql.Rows, m *roleRow) error { return rows.Scan(&m.who, &m.since) }, int64(r.ID))
	if err != nil {
		return err
	}
	stored := make(map[chat.PrincipalID]chat.InvitationID, len(rows))
	for _, m := range rows {
		stored[m.who] = m.since
	}
	fresh := 0
	for _, m := range r.Members {
		if _, ok := stored[m]; !ok {
			fresh++
		}
	}
	next, err := t.nextID(ctx, given, fresh)
	if err != nil {
		return err
	}
	r.Since = nil
	for _, m := range r.Members {
		since, ok := stored[m]
		if !ok {
			since = chat.InvitationID(next)
			next++
		}
		r.Since = append(r.Since, since)
	}
	return nil
}
