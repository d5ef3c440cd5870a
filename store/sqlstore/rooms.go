package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"perch/chat"
)

var (
	insertCategory = insert{
		head:    "INSERT INTO categories (id, guid, name, description, invitations, files, history, strict, retention, invites_from, version, created_by, created_at, updated_by, updated_at, file_types) VALUES ",
		columns: 16,
	}
	insertRoom = insert{
		head:    "INSERT INTO rooms (id, guid, category, name, description, privacy, behavior, invitations, disabled, addin, invites_from, version, created_by, created_at, updated_by, updated_at) VALUES ",
		columns: 16,
	}
	insertRole = insert{head: "INSERT INTO roles (list, place, principal, since) VALUES ", columns: 4}
	insertName = insert{head: "INSERT INTO names (fold) VALUES ", columns: 1}
)

// The lists of roles.
const (
	allowed, denied, creator   = "allowed", "denied", "creator"
	member, manager, presenter = "member", "manager", "presenter"
)

type roleRow struct {
	list  string
	place int64
	who   chat.PrincipalID
	since chat.InvitationID
}

// role is one list of a place; since says it of each, and is nil but for members.
type role struct {
	list  string
	who   []chat.PrincipalID
	since []chat.InvitationID
}

// roles reads lists, sorted.
func roles(ctx context.Context, db DB, a, b, c string) (map[string]map[int64]role, error) {
	rows, err := list(ctx, db, "reading roles", "SELECT list, place, principal, since FROM roles WHERE list IN ($1, $2, $3) ORDER BY list, place, principal",
		func(rows *sql.Rows, r *roleRow) error { return rows.Scan(&r.list, &r.place, &r.who, &r.since) }, a, b, c)
	out := map[string]map[int64]role{a: {}, b: {}, c: {}}
	for _, r := range rows {
		l := out[r.list][r.place]
		l.who, l.since = append(l.who, r.who), append(l.since, r.since)
		out[r.list][r.place] = l
	}
	return out, err
}

func rolesOfCategory(c *chat.Category) []role {
	return []role{{list: allowed, who: c.Allowed}, {list: denied, who: c.Denied}, {list: creator, who: c.Creators}}
}

func rolesOfRoom(r *chat.Room) []role {
	return []role{{member, r.Members, r.Since}, {list: manager, who: r.Managers}, {list: presenter, who: r.Presenters}}
}

// ListCategories reads all categories.
func ListCategories(ctx context.Context, db DB) ([]chat.Category, error) {
	lists, err := roles(ctx, db, allowed, denied, creator)
	if err != nil {
		return nil, err
	}
	const query = "SELECT id, guid, name, description, invitations, files, history, strict, retention, invites_from, version, created_by, created_at, updated_by, updated_at, file_types FROM categories ORDER BY id"
	out, err := list(ctx, db, "reading categories", query, func(rows *sql.Rows, c *chat.Category) error {
		var types string
		err := rows.Scan(&c.ID, &c.GUID, &c.Name, &c.Description, &c.Invitations, &c.Files, &c.History, &c.Strict, &c.Retention, &c.InvitesFrom, &c.Version,
			&c.Audit.CreatedBy, &c.Audit.CreatedAt, &c.Audit.UpdatedBy, &c.Audit.UpdatedAt, &types)
		c.FileTypes = strings.Fields(types)
		return err
	})
	for i := range out {
		c := &out[i]
		c.Allowed, c.Denied, c.Creators = lists[allowed][int64(c.ID)].who, lists[denied][int64(c.ID)].who, lists[creator][int64(c.ID)].who
	}
	return out, err
}

// ListRooms reads all rooms.
func ListRooms(ctx context.Context, db DB) ([]chat.Room, error) {
	lists, err := roles(ctx, db, member, manager, presenter)
	if err != nil {
		return nil, err
	}
	const query = "SELECT id, guid, category, name, description, privacy, behavior, invitations, disabled, addin, invites_from, version, created_by, created_at, updated_by, updated_at FROM rooms ORDER BY id"
	out, err := list(ctx, db, "reading rooms", query, func(rows *sql.Rows, r *chat.Room) error {
		return rows.Scan(&r.ID, &r.GUID, &r.Category, &r.Name, &r.Description, &r.Privacy, &r.Behavior, &r.Invitations, &r.Disabled, &r.Addin, &r.InvitesFrom, &r.Version,
			&r.Audit.CreatedBy, &r.Audit.CreatedAt, &r.Audit.UpdatedBy, &r.Audit.UpdatedAt)
	})
	for i := range out {
		r := &out[i]
		members := lists[member][int64(r.ID)]
		r.Members, r.Since, r.Managers, r.Presenters = members.who, members.since, lists[manager][int64(r.ID)].who, lists[presenter][int64(r.ID)].who
	}
	return out, err
}

// nextID gives n ids of a table and returns the first. They are counted apart
// from the rows, because the id of a deleted row lives on in the journal and
// must not be given again.
func (t *Tx) nextID(ctx context.Context, table string, n int) (id int64, err error) {
	err = t.QueryRowContext(ctx, "UPDATE ids SET last = last + $2 WHERE place = $1 RETURNING last", table, int64(n)).Scan(&id)
	return id - int64(n) + 1, fail("giving an id", err)
}

// completed returns entries with the rooms that they are about.
func completed(entries []chat.Entry, rooms []chat.Room) []chat.Entry {
	entries = slices.Clone(entries)
	for i := range min(len(entries), len(rooms)) {
		e, r := &entries[i], &rooms[i]
		e.Room, e.RoomGUID, e.RoomName = r.ID, cmp.Or(e.RoomGUID, r.GUID), cmp.Or(e.RoomName, r.Name)
	}
	return entries
}

// cloneRooms copies rooms with their lists, so that what is handed out shares
// nothing with what was handed in.
func cloneRooms(rooms []chat.Room) []chat.Room {
	rooms = slices.Clone(rooms)
	for i := range rooms {
		r := &rooms[i]
		r.Members, r.Managers, r.Presenters = slices.Clone(r.Members), slices.Clone(r.Managers), slices.Clone(r.Presenters)
	}
	return rooms
}

func cloneCategory(c chat.Category) chat.Category {
	c.Allowed, c.Denied, c.Creators = slices.Clone(c.Allowed), slices.Clone(c.Denied), slices.Clone(c.Creators)
	c.FileTypes = slices.Clone(c.FileTypes)
	return c
}

// take claims names of rooms and categories; those in old are given up first.
func (t *Tx) take(ctx context.Context, old, names []string) error {
	for _, n := range old {
		if _, err := exec(ctx, t, "giving up a name", "DELETE FROM names WHERE fold = $1", fold(n)); err != nil {
			return err
		}
	}
	for _, n := range names {
		if err := insertName.rows(ctx, t, "claiming a name", []any{fold(n)}); err != nil {
			if duplicate(err) {
				return chat.E(chat.KindDuplicateName, "a room or category is named "+n+" already")
			}
			return err
		}
	}
	return nil
}

func appendRoles(args []any, place int64, lists []role) []any {
	for _, l := range lists {
		for i, id := range l.who {
			since := chat.InvitationID(0)
			if l.since != nil {
				since = l.since[i]
			}
			args = append(args, l.list, place, int64(id), int64(since))
		}
	}
	return args
}

// setRoles replaces the lists of a place.
func (t *Tx) setRoles(ctx context.Context, place int64, lists []role) error {
	for _, l := range lists {
		if _, err := exec(ctx, t, "storing roles", "DELETE FROM roles WHERE list = $1 AND place = $2", l.list, place); err != nil {
			return err
		}
	}
	return insertRole.rows(ctx, t, "storing roles", appendRoles(nil, place, lists))
}

// CreateCategory stores a new category.
func (t *Tx) CreateCategory(ctx context.Context, c chat.Category, e chat.Entry) (chat.Category, error) {
	if err := t.take(ctx, nil, []string{c.Name}); err != nil {
		return c, err
	}
	id, err := t.nextID(ctx, "categories", 1)
	if err != nil {
		return c, err
	}
	c = cloneCategory(c)
	c.ID, c.Version = chat.CategoryID(id), 1
	if err := t.invitesFrom(ctx, &c.InvitesFrom); err != nil {
		return c, err
	}
	err = insertCategory.rows(ctx, t, "storing a category", []any{
		id, c.GUID, c.Name, c.Description, boolInt(c.Invitations), boolInt(c.Files), boolInt(c.History), boolInt(c.Strict), c.Retention, int64(c.InvitesFrom), c.Version,
		int64(c.Audit.CreatedBy), int64(c.Audit.CreatedAt), int64(c.Audit.UpdatedBy), int64(c.Audit.UpdatedAt),
		strings.Join(c.FileTypes, " "),
	})
	if err != nil {
		return c, err
	}
	if err := t.setRoles(ctx, id, rolesOfCategory(&c)); err != nil {
		return c, err
	}
	e.Subject = int64(c.ID)
	return c, t.write(ctx, e)
}

// CreateRooms stores new rooms.
func (t *Tx) CreateRooms(ctx context.Context, rooms []chat.Room, entries []chat.Entry) ([]chat.Room, error) {
	id, err := t.nextID(ctx, "rooms", len(rooms))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(rooms))
	out := cloneRooms(rooms)
	for i := range out {
		out[i].ID, out[i].Version, names[i] = chat.RoomID(id)+chat.RoomID(i), 1, out[i].Name
	}
	if err := t.setInvitations(ctx, out); err != nil {
		return nil, err
	}
	var args, lists []any
	for i := range out {
		r := &out[i]
		args = append(args, int64(r.ID), r.GUID, int64(r.Category), r.Name, r.Description, int64(r.Privacy), int64(r.Behavior), int64(r.Invitations),
			boolInt(r.Disabled), r.Addin, int64(r.InvitesFrom), r.Version, int64(r.Audit.CreatedBy), int64(r.Audit.CreatedAt), int64(r.Audit.UpdatedBy), int64(r.Audit.UpdatedAt))
		lists = appendRoles(lists, int64(r.ID), rolesOfRoom(r))
	}
	if err := t.take(ctx, nil, names); err != nil {
		return nil, err
	}
	if err := insertRoom.rows(ctx, t, "storing rooms", args); err != nil {
		if isForeignKey(err) {
			return nil, chat.E(chat.KindNoSuchCategory, "")
		}
		return nil, err
	}
	if err := insertRole.rows(ctx, t, "storing roles", lists); err != nil {
		return nil, err
	}
	return out, t.write(ctx, completed(entries, out)...)
}

// UpdateCategory stores a changed category.
func (t *Tx) UpdateCategory(ctx context.Context, c chat.Category, e chat.Entry) (chat.Category, error) {
	old, err := t.stored(ctx, "categories", int64(c.ID), c.Version, chat.KindNoSuchCategory)
	if err != nil {
		return c, err
	}
	if err := t.take(ctx, []string{old.name}, []string{c.Name}); err != nil {
		return c, err
	}
	c = cloneCategory(c)
	c.GUID, c.Audit.CreatedBy, c.Audit.CreatedAt = old.guid, old.by, old.at
	c.Version++
	if err := t.invitesFrom(ctx, &c.InvitesFrom); err != nil {
		return c, err
	}
	_, err = exec(ctx, t, "storing a category", `UPDATE categories SET name = $2, description = $3, invitations = $4, files = $5, history = $6,
		version = $7, updated_by = $8, updated_at = $9, invites_from = $10, strict = $11, retention = $12, file_types = $13 WHERE id = $1`, int64(c.ID), c.Name, c.Description, boolInt(c.Invitations),
		boolInt(c.Files), boolInt(c.History), c.Version, int64(c.Audit.UpdatedBy), int64(c.Audit.UpdatedAt), int64(c.InvitesFrom), boolInt(c.Strict), c.Retention, strings.Join(c.FileTypes, " "))
	if err != nil {
		return c, err
	}
	if err := t.setRoles(ctx, int64(c.ID), rolesOfCategory(&c)); err != nil {
		return c, err
	}
	e.Subject = int64(c.ID)
	return c, t.write(ctx, e)
}

// fixed is what never changes of a category or room, and its stored name.
type fixed struct {
	guid, name string
	by         chat.PrincipalID
	at         chat.Time
}

// stored reads a category or room, if the version is still the given one.
func (t *Tx) stored(ctx context.Context, table string, id, version int64, kind chat.Kind) (f fixed, err error) {
	var found int64
	err = t.QueryRowContext(ctx, "SELECT guid, name, created_by, created_at, version FROM "+table+" WHERE id = $1", id).
		Scan(&f.guid, &f.name, &f.by, &f.at, &found)
	switch {
	case err == sql.ErrNoRows: //nolint:errorlint // Scan returns it bare
		return f, chat.E(kind, missing(table, id))
	case err != nil:
		return f, fail("reading what is stored", err)
	case found != version:
		return f, chat.E(chat.KindCollision, "changed by somebody else meanwhile: read it again")
	}
	return f, nil
}

// UpdateRooms stores changed rooms.
func (t *Tx) UpdateRooms(ctx context.Context, rooms []chat.Room, entries []chat.Entry) ([]chat.Room, error) {
	out := cloneRooms(rooms)
	var old, names []string
	for i := range out {
		r := &out[i]
		f, err := t.stored(ctx, "rooms", int64(r.ID), r.Version, chat.KindNoSuchRoom)
		if err != nil {
			return nil, err
		}
		r.GUID, r.Audit.CreatedBy, r.Audit.CreatedAt = f.guid, f.by, f.at
		old, names = append(old, f.name), append(names, r.Name)
	}
	if err := t.take(ctx, old, names); err != nil {
		return nil, err
	}
	if err := t.setInvitations(ctx, out); err != nil {
		return nil, err
	}
	for i := range out {
		if err := t.updateRoom(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, t.write(ctx, completed(entries, out)...)
}

// updateRoom stores one room and counts its version on. It asks for the
// version again, because one call may name a room twice.
func (t *Tx) updateRoom(ctx context.Context, r *chat.Room) error {
	r.Version++
	n, err := exec(ctx, t, "storing a room", `UPDATE rooms SET category = $2, name = $3, description = $4, privacy = $5, behavior = $6,
		invitations = $7, disabled = $8, version = $9, updated_by = $10, updated_at = $11, addin = $12, invites_from = $13
		WHERE id = $1 AND version = $9 - 1`,
		int64(r.ID), int64(r.Category), r.Name, r.Description, int64(r.Privacy), int64(r.Behavior), int64(r.Invitations), boolInt(r.Disabled),
		r.Version, int64(r.Audit.UpdatedBy), int64(r.Audit.UpdatedAt), r.Addin, int64(r.InvitesFrom))
	switch {
	case err != nil && isForeignKey(err):
		return chat.E(chat.KindNoSuchCategory, "")
	case err != nil:
		return err
	case n == 0:
		return chat.E(chat.KindCollision, "named twice in one change")
	}
	return t.setRoles(ctx, int64(r.ID), rolesOfRoom(r))
}

// DeleteCategory deletes an empty category.
func (t *Tx) DeleteCategory(ctx context.Context, id chat.CategoryID, e chat.Entry) error {
	var name string
	var used int64
	err := t.QueryRowContext(ctx, "SELECT name, (SELECT COUNT(*) FROM rooms WHERE category = $1) FROM categories WHERE id = $1", int64(id)).Scan(&name, &used)
	switch {
	case err == sql.ErrNoRows: //nolint:errorlint // Scan returns it bare
		return chat.E(chat.KindNoSuchCategory, "")
	case err != nil:
		return fail("reading a category", err)
	case used > 0:
		return chat.E(chat.KindNotEmpty, "the category still has rooms: move or delete them first")
	}
	if err := t.take(ctx, []string{name}, nil); err != nil {
		return err
	}
	if err := t.setRoles(ctx, int64(id), rolesOfCategory(&chat.Category{})); err != nil {
		return err
	}
	if _, err := exec(ctx, t, "deleting a category", "DELETE FROM categories WHERE id = $1", int64(id)); err != nil {
		return err
	}
	e.Subject = int64(id)
	return t.write(ctx, e)
}

// DeleteRoom deletes a room. Its messages stay where they are: nobody can read
// them without their room, and the journal shows their texts.
func (t *Tx) DeleteRoom(ctx context.Context, id chat.RoomID, e chat.Entry) error {
	e, err := t.about(ctx, id, e)
	if err != nil {
		return err
	}
	var name string
	if err := t.QueryRowContext(ctx, "DELETE FROM rooms WHERE id = $1 RETURNING name", int64(id)).Scan(&name); err != nil {
		return fail("deleting a room", err)
	}
	if err := t.take(ctx, []string{name}, nil); err != nil {
		return err
	}
	for _, text := range [...]string{
		"DELETE FROM roles WHERE place = $1 AND list IN ('member', 'manager', 'presenter')",
		"DELETE FROM marks WHERE room = $1",
		"DELETE FROM gathered WHERE room = $1",
	} {
		if _, err := exec(ctx, t, "deleting a room", text, int64(id)); err != nil {
			return err
		}
	}
	t.dropRoom(id)
	return t.write(ctx, e)
}
