package sqlite

import (
	"context"
	"database/sql"

	"perch/chat"
	"perch/store/sqlstore"
)

// write submits a write that returns something.
func write[T any](ctx context.Context, s *Store, do func(ctx context.Context, tx *sqlstore.Tx) (T, error)) (out T, err error) {
	err = s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error {
		var err error
		out, err = do(ctx, tx)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return out, nil
}

// snapshot reads by several statements what one moment held.
func snapshot[T any](ctx context.Context, s *Store, read func(ctx context.Context, db sqlstore.DB) (T, error)) (none T, err error) {
	tx, err := s.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		if ctx.Err() != nil {
			return none, ctx.Err()
		}
		return none, chat.Wrap(chat.KindDatabase, "beginning to read", err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	return read(ctx, tx)
}

func (s *Store) Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) ([]chat.MessageID, error) { return tx.Append(ctx, b) })
}

func (s *Store) ListNewest(ctx context.Context, room chat.RoomID, before chat.MessageID, n int) ([]chat.Message, error) {
	return reading(sqlstore.ListNewest(ctx, s.statements, room, before, n))
}

func (s *Store) ListAfter(ctx context.Context, room chat.RoomID, after chat.MessageID, n int) ([]chat.Message, error) {
	return reading(sqlstore.ListAfter(ctx, s.statements, room, after, n))
}

func (s *Store) Head(ctx context.Context, room chat.RoomID) (chat.MessageID, error) {
	return reading(sqlstore.Head(ctx, s.statements, room))
}

func (s *Store) ListHeads(ctx context.Context, rooms []chat.RoomID) (map[chat.RoomID]chat.MessageID, error) {
	return reading(sqlstore.ListHeads(ctx, s.statements, rooms))
}

func (s *Store) ListRevised(ctx context.Context, rooms []chat.RoomID) (map[chat.RoomID]chat.EntryID, error) {
	return reading(sqlstore.ListRevised(ctx, s.statements, rooms))
}

func (s *Store) FindAt(ctx context.Context, room chat.RoomID, at chat.Time) (chat.MessageID, error) {
	return snapshot(ctx, s, func(ctx context.Context, db sqlstore.DB) (chat.MessageID, error) {
		return sqlstore.FindAt(ctx, db, room, at)
	})
}

func (s *Store) ListMessages(ctx context.Context, room chat.RoomID, ids []chat.MessageID) ([]chat.Message, error) {
	return reading(sqlstore.ListMessages(ctx, s.statements, room, ids))
}

func (s *Store) ChangeMessages(ctx context.Context, room chat.RoomID, ids []chat.MessageID, text *string, e chat.Entry) (int, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) (int, error) {
		return tx.ChangeMessages(ctx, room, ids, text, e)
	})
}

func (s *Store) Purge(ctx context.Context, room chat.RoomID, until chat.Time, e chat.Entry) (int, error) {
	seen, err := reading(sqlstore.FindUntil(ctx, s.statements, room, 0, until))
	if err != nil {
		return 0, err
	}
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) (int, error) { return tx.Purge(ctx, room, until, seen, e) })
}

func (s *Store) ListEntries(ctx context.Context, after chat.EntryID, n int) ([]chat.Entry, error) {
	return reading(sqlstore.ListEntries(ctx, s.statements, after, n))
}

func (s *Store) JournalHead(ctx context.Context) (chat.EntryID, error) {
	return reading(sqlstore.JournalHead(ctx, s.statements))
}

func (s *Store) EraseEntries(ctx context.Context, ids []chat.EntryID) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.EraseEntries(ctx, ids) })
}

func (s *Store) TrimJournal(ctx context.Context, before chat.Time, most int, made func(first, last chat.EntryID) (chat.Entry, error)) (int, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) (int, error) {
		return tx.TrimJournal(ctx, before, most, made)
	})
}

func (s *Store) ListCategories(ctx context.Context) ([]chat.Category, error) {
	return snapshot(ctx, s, sqlstore.ListCategories)
}

func (s *Store) ListRooms(ctx context.Context) ([]chat.Room, error) {
	return snapshot(ctx, s, sqlstore.ListRooms)
}

func (s *Store) CreateCategory(ctx context.Context, c chat.Category, e chat.Entry) (chat.Category, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) (chat.Category, error) { return tx.CreateCategory(ctx, c, e) })
}

func (s *Store) CreateRooms(ctx context.Context, r []chat.Room, e []chat.Entry) ([]chat.Room, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) ([]chat.Room, error) { return tx.CreateRooms(ctx, r, e) })
}

func (s *Store) UpdateCategory(ctx context.Context, c chat.Category, e chat.Entry) (chat.Category, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) (chat.Category, error) { return tx.UpdateCategory(ctx, c, e) })
}

func (s *Store) UpdateRooms(ctx context.Context, r []chat.Room, e []chat.Entry) ([]chat.Room, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) ([]chat.Room, error) { return tx.UpdateRooms(ctx, r, e) })
}

func (s *Store) DeleteCategory(ctx context.Context, id chat.CategoryID, e chat.Entry) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteCategory(ctx, id, e) })
}

func (s *Store) DeleteRoom(ctx context.Context, id chat.RoomID, e chat.Entry) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteRoom(ctx, id, e) })
}

func (s *Store) ListPrincipals(ctx context.Context) ([]chat.Principal, error) {
	return reading(sqlstore.ListPrincipals(ctx, s.statements))
}

func (s *Store) ListMemberships(ctx context.Context) ([]chat.Membership, error) {
	return reading(sqlstore.ListMemberships(ctx, s.statements))
}

func (s *Store) CreatePrincipals(ctx context.Context, p []chat.Principal, cred []chat.Credentials, e []chat.Entry) ([]chat.Principal, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) ([]chat.Principal, error) {
		return tx.CreatePrincipals(ctx, p, cred, e)
	})
}

func (s *Store) UpdatePrincipal(ctx context.Context, p chat.Principal, e chat.Entry) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePrincipal(ctx, p, e) })
}

func (s *Store) UpdateMemberships(ctx context.Context, add, remove []chat.Membership, e []chat.Entry) ([]chat.Membership, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) ([]chat.Membership, error) {
		return tx.UpdateMemberships(ctx, add, remove, e)
	})
}

func (s *Store) FindCredentials(ctx context.Context, user chat.PrincipalID) (chat.Credentials, error) {
	return reading(sqlstore.FindCredentials(ctx, s.statements, user))
}

func (s *Store) UpdateCredentials(ctx context.Context, user chat.PrincipalID, c chat.Credentials, keep string, e chat.Entry) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateCredentials(ctx, user, c, keep, e) })
}

func (s *Store) FindContacts(ctx context.Context, user chat.PrincipalID) (chat.ContactList, error) {
	return reading(sqlstore.FindContacts(ctx, s.statements, user))
}

func (s *Store) UpdateContacts(ctx context.Context, user chat.PrincipalID, l chat.ContactList) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateContacts(ctx, user, l) })
}

func (s *Store) ListPublications(ctx context.Context, user chat.PrincipalID) ([]chat.Publication, error) {
	return reading(sqlstore.ListPublications(ctx, s.statements, user))
}

func (s *Store) UpdatePublications(ctx context.Context, user chat.PrincipalID, put []chat.Publication, remove []chat.PublicationKey) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePublications(ctx, user, put, remove) })
}

func (s *Store) FindPreference(ctx context.Context, user chat.PrincipalID, label string) (chat.Preference, error) {
	return reading(sqlstore.FindPreference(ctx, s.statements, user, label))
}

func (s *Store) UpdatePreference(ctx context.Context, user chat.PrincipalID, label, content string) (int64, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) (int64, error) {
		return tx.UpdatePreference(ctx, user, label, content)
	})
}

func (s *Store) ReplacePreference(ctx context.Context, user chat.PrincipalID, p chat.Preference) (int64, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) (int64, error) { return tx.ReplacePreference(ctx, user, p) })
}

func (s *Store) ListPreferences(ctx context.Context, user chat.PrincipalID, prefix string) ([]chat.Preference, error) {
	return reading(sqlstore.ListPreferences(ctx, s.statements, user, prefix))
}

func (s *Store) DeletePreference(ctx context.Context, user chat.PrincipalID, label string) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeletePreference(ctx, user, label) })
}

func (s *Store) ListMarks(ctx context.Context, user chat.PrincipalID) ([]chat.Mark, error) {
	return reading(sqlstore.ListMarks(ctx, s.statements, user))
}

func (s *Store) FindMark(ctx context.Context, user chat.PrincipalID, room chat.RoomID) (chat.Mark, error) {
	return reading(sqlstore.FindMark(ctx, s.statements, user, room))
}

func (s *Store) ListFollowers(ctx context.Context, room chat.RoomID) ([]chat.PrincipalID, error) {
	return reading(sqlstore.ListFollowers(ctx, s.statements, room))
}

func (s *Store) UpdateMarks(ctx context.Context, marks []chat.Mark) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateMarks(ctx, marks) })
}

func (s *Store) MoveMarks(ctx context.Context, marks []chat.Mark) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.MoveMarks(ctx, marks) })
}

func (s *Store) AppendGathered(ctx context.Context, upTo chat.EntryID, g []chat.Gathered) (int, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) (int, error) { return tx.AppendGathered(ctx, upTo, g) })
}

func (s *Store) GatheredUpTo(ctx context.Context) (chat.EntryID, error) {
	return reading(sqlstore.GatheredUpTo(ctx, s.statements))
}

func (s *Store) ListGathered(ctx context.Context, user chat.PrincipalID, feed string, before chat.EntryID, n int) ([]chat.Gathered, error) {
	return reading(sqlstore.ListGathered(ctx, s.statements, user, feed, before, n))
}

func (s *Store) CountGathered(ctx context.Context, user chat.PrincipalID, feed string, room chat.RoomID) (map[chat.RoomID]int, error) {
	return reading(sqlstore.CountGathered(ctx, s.statements, user, feed, room))
}

func (s *Store) DeleteGathered(ctx context.Context, user chat.PrincipalID, feed string) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteGathered(ctx, user, feed) })
}

func (s *Store) ListObjects(ctx context.Context, kind chat.ObjectKind) ([]chat.Object, error) {
	return reading(sqlstore.ListObjects(ctx, s.statements, kind))
}

func (s *Store) UpdateObjects(ctx context.Context, o []chat.Object, e []chat.Entry) ([]chat.Object, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) ([]chat.Object, error) { return tx.UpdateObjects(ctx, o, e) })
}

func (s *Store) DeleteObject(ctx context.Context, kind chat.ObjectKind, name string, e chat.Entry) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteObject(ctx, kind, name, e) })
}

func (s *Store) CreateFileToken(ctx context.Context, f chat.FileToken, now chat.Time) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateFileToken(ctx, f, now) })
}

func (s *Store) FindFileToken(ctx context.Context, token string) (chat.FileToken, error) {
	return reading(sqlstore.FindFileToken(ctx, s.statements, token))
}

func (s *Store) CreateFile(ctx context.Context, f chat.File, most int) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateFile(ctx, f, most) })
}

func (s *Store) FindFile(ctx context.Context, id string) (chat.File, error) {
	return reading(sqlstore.FindFile(ctx, s.statements, id))
}

func (s *Store) ListFiles(ctx context.Context, state chat.FileState, after string, n int) ([]chat.File, error) {
	return reading(sqlstore.ListFiles(ctx, s.statements, state, after, n))
}

func (s *Store) ListPosted(ctx context.Context, room chat.RoomID, before chat.MessageID, n int) ([]chat.File, error) {
	return reading(sqlstore.ListPosted(ctx, s.statements, room, before, n))
}

func (s *Store) UpdateFile(ctx context.Context, f chat.File, from chat.FileState, e []chat.Entry) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateFile(ctx, f, from, e) })
}

func (s *Store) ListUnposted(ctx context.Context, begun, uploaded chat.Time, n int) ([]chat.File, error) {
	return reading(sqlstore.ListUnposted(ctx, s.statements, begun, uploaded, n))
}

func (s *Store) DeleteFile(ctx context.Context, id string, e []chat.Entry) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteFile(ctx, id, e) })
}

func (s *Store) ListLeftovers(ctx context.Context, n int) ([]string, error) {
	return reading(sqlstore.ListLeftovers(ctx, s.statements, n))
}

func (s *Store) DeleteLeftover(ctx context.Context, hash string) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteLeftover(ctx, hash) })
}

func (s *Store) CreatePass(ctx context.Context, p chat.Pass, most int, e []chat.Entry) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreatePass(ctx, p, most, e) })
}

func (s *Store) FindPass(ctx context.Context, hash string) (chat.Pass, error) {
	return reading(sqlstore.FindPass(ctx, s.statements, hash))
}

func (s *Store) ListPasses(ctx context.Context, user chat.PrincipalID, kind chat.PassKind) ([]chat.Pass, error) {
	return reading(sqlstore.ListPasses(ctx, s.statements, user, kind))
}

func (s *Store) UsePass(ctx context.Context, id string, used chat.Time) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UsePass(ctx, id, used) })
}

func (s *Store) DeletePasses(ctx context.Context, ids []string, e []chat.Entry) ([]string, error) {
	return write(ctx, s, func(ctx context.Context, tx *sqlstore.Tx) ([]string, error) { return tx.DeletePasses(ctx, ids, e) })
}

func (s *Store) ListLockouts(ctx context.Context, after chat.Time) ([]chat.Lockout, error) {
	return reading(sqlstore.ListLockouts(ctx, s.reads, after))
}

func (s *Store) UpdateLockout(ctx context.Context, l chat.Lockout, now chat.Time) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateLockout(ctx, l, now) })
}

func (s *Store) DeleteLockout(ctx context.Context, name string) error {
	return s.writer.submit(ctx, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteLockout(ctx, name) })
}

func (s *Store) ListStale(ctx context.Context, now, idle chat.Time, n int) ([]chat.Pass, error) {
	return reading(sqlstore.ListStale(ctx, s.statements, now, idle, n))
}
