package admin

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"perch/channel"
	"perch/chat"
	"perch/directory"
	"perch/front/admin/api"
)

// An export is a zip of files with a line of JSON a thing: users, groups, addins,
// categories, rooms, messages. It names things by name and GUID, never by number,
// so that another server can take it in.
const (
	fileUsers      = "users.jsonl"
	fileGroups     = "groups.jsonl"
	fileAddins     = "addins.jsonl"
	fileCategories = "categories.jsonl"
	fileRooms      = "rooms.jsonl"
	fileMessages   = "messages.jsonl"
)

// levels are what an export holds, by the original's names.
var levels = map[string][]string{
	"all":            {fileUsers, fileGroups, fileAddins, fileCategories, fileRooms, fileMessages},
	"user":           {fileUsers, fileGroups},
	"category":       {fileCategories},
	"room-directory": {fileAddins, fileCategories, fileRooms},
	"content":        {fileMessages},
}

// export writes the zip as it goes; an error in the middle cuts it short, which a
// reader of zips notices.
func (s *Server) export(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	files, ok := levels[q.Get("level")]
	if !ok {
		s.refuse(w, r, chat.E(chat.KindInvalid, "the level is all, user, category, room-directory or content"))
		return
	}
	e := &exporter{s: s, r: r, scope: map[chat.CategoryID]bool{}, disabled: q.Get("without_disabled") != "true"}
	for _, name := range q["category"] {
		c, err := s.rooms.FindCategory(name)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		e.scope[c.ID] = true
	}
	if v := q.Get("since"); v != "" {
		at, err := time.Parse(time.RFC3339, v)
		if err != nil {
			s.refuse(w, r, chat.E(chat.KindInvalid, "since is not a time"))
			return
		}
		e.since = chat.At(at)
	}
	if err := s.record(r, nil); err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	z := zip.NewWriter(w)
	for _, name := range files {
		out, err := z.Create(name)
		if err == nil {
			e.out = json.NewEncoder(out)
			err = e.write(name)
		}
		if err != nil {
			s.cfg.Log.Error("an export was cut short", "error", err)
			panic(http.ErrAbortHandler) // the client sees that the answer is not whole
		}
	}
	if err := z.Close(); err != nil {
		s.cfg.Log.Debug("administration: the client went away", "error", err)
	}
}

// exporter writes one export.
type exporter struct {
	s        *Server
	r        *http.Request
	out      *json.Encoder
	scope    map[chat.CategoryID]bool // empty: all categories
	disabled bool                     // rooms that are disabled, too
	since    chat.Time                // only rooms made or changed since
}

func (e *exporter) write(file string) error {
	switch file {
	case fileUsers:
		return encodeAll(e.out, e.s.dir.List(chat.KindUser), e.s.user)
	case fileGroups:
		both := append(e.s.dir.List(chat.KindContainer), e.s.dir.List(chat.KindGroup)...)
		return encodeAll(e.out, both, e.s.group)
	case fileAddins:
		return encodeAll(e.out, e.s.rooms.Addins(), func(a chat.Addin) api.Addin { return addinOf(&a) })
	case fileCategories:
		return encodeAll(e.out, e.categories(), func(c chat.Category) api.Category { return e.s.category(&c, 0) })
	case fileRooms:
		rooms, err := e.rooms()
		if err != nil {
			return err
		}
		return encodeAll(e.out, rooms, func(v channel.RoomView) api.Room { return e.s.room(&v) })
	}
	return e.messages()
}

func encodeAll[T, U any](out *json.Encoder, list []T, as func(T) U) error {
	for _, v := range list {
		if err := out.Encode(as(v)); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) categories() []chat.Category {
	return slices.DeleteFunc(e.s.rooms.Categories(), func(c chat.Category) bool { return len(e.scope) > 0 && !e.scope[c.ID] })
}

func (e *exporter) rooms() ([]channel.RoomView, error) {
	rooms, err := e.s.rooms.Rooms("")
	return slices.DeleteFunc(rooms, func(v channel.RoomView) bool {
		return len(e.scope) > 0 && !e.scope[v.Category] || v.Disabled && !e.disabled || v.Room.Audit.UpdatedAt < e.since
	}), err
}

// messages writes what can be read of every room, in the order of ids.
func (e *exporter) messages() error {
	rooms, err := e.rooms()
	if err != nil {
		return err
	}
	for i := range rooms {
		var after chat.MessageID
		for {
			list, err := e.s.store.ListAfter(e.r.Context(), rooms[i].ID, after, exportBatch)
			if err != nil {
				return err
			}
			for j := range list {
				m := &list[j]
				line := api.ExportedMessage{RoomGUID: rooms[i].GUID, Message: messageOf(m), Rich: m.Rich}
				if err := e.out.Encode(line); err != nil {
					return err
				}
				after = m.ID
			}
			if len(list) < exportBatch {
				break
			}
		}
	}
	return nil
}

const exportBatch = 1000

// maxImport bounds what an import may upload.
const maxImport = 64 << 30

// importer takes an export in. What is there already is left as it is; a run that
// was cut short is finished by another.
type importer struct {
	s    *Server
	r    *http.Request
	dry  bool
	done api.Imported
}

func (s *Server) importData(r *http.Request) (any, error) {
	file, size, err := spool(r.Body)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only kept to be read
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, chat.E(chat.KindInvalid, "this is no export: "+err.Error())
	}
	im := &importer{s: s, r: r, dry: dryRun(r)}
	for _, step := range [...]struct {
		file string
		take func(lines *bufio.Scanner) error
	}{
		{fileUsers, im.users},
		{fileGroups, im.groups},
		{fileAddins, im.addins},
		{fileCategories, im.categories},
		{fileRooms, im.rooms},
		{fileMessages, im.messages},
	} {
		f, err := z.Open(step.file)
		if err != nil {
			continue // this level has none
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 16<<20)
		if err = errors.Join(step.take(lines), lines.Err(), f.Close()); err != nil {
			return nil, chat.E(chat.KindInvalid, step.file+": "+chat.TextOf(err))
		}
	}
	return im.done, nil
}

// each decodes every line.
func each[T any](lines *bufio.Scanner, take func(v *T) error) error {
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			return chat.E(chat.KindInvalid, "a line is not what is expected: "+err.Error())
		}
		if err := take(&v); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) users(lines *bufio.Scanner) error {
	return each(lines, func(u *api.User) error {
		if _, err := im.s.dir.Find(u.Name); err == nil {
			im.done.Skipped++
			return nil
		}
		im.done.Users++
		if im.dry {
			return directory.CheckName(strings.ToLower(u.Name))
		}
		made, err := im.s.dir.CreateUsers(im.r.Context(), []directory.NewUser{{Name: u.Name, DisplayName: u.DisplayName, Email: u.Email, Company: u.Company, Bot: u.Bot}})
		if err == nil && u.State == chat.PrincipalDisabled.String() {
			err = im.s.dir.Disable(im.r.Context(), made[0].ID)
		}
		return err
	})
}

// groups makes groups first and fills them then, because they hold each other.
func (im *importer) groups(lines *bufio.Scanner) error {
	var all []api.Group
	err := each(lines, func(g *api.Group) error {
		if _, err := im.s.dir.Find(g.Name); err == nil {
			im.done.Skipped++
			return nil
		}
		im.done.Groups++
		all = append(all, *g)
		if im.dry {
			return nil
		}
		create := im.s.dir.CreateGroup
		if g.Container {
			create = im.s.dir.CreateContainer
		}
		_, err := create(im.r.Context(), g.Name, g.DisplayName)
		return err
	})
	if err != nil || im.dry {
		return err
	}
	for _, g := range all {
		ids, err := im.s.ids(append([]string{g.Name}, g.Members...))
		if err == nil && len(ids) > 1 {
			err = im.s.dir.Join(im.r.Context(), ids[0], ids[1:]...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) addins(lines *bufio.Scanner) error {
	return each(lines, func(a *api.Addin) error {
		if _, err := im.s.rooms.FindAddin(a.Name); err == nil {
			im.done.Skipped++
			return nil
		}
		if im.dry {
			return nil
		}
		_, err := im.s.rooms.CreateAddin(im.r.Context(), a.Name, a.URL)
		return err
	})
}

func (im *importer) categories(lines *bufio.Scanner) error {
	return each(lines, func(c *api.Category) error {
		if _, err := im.s.rooms.FindCategory(c.Name); err == nil {
			im.done.Skipped++
			return nil
		}
		im.done.Categories++
		if im.dry {
			return nil
		}
		spec := channel.CategorySpec{
			GUID: guidOf(c.URI), Name: c.Name, Description: c.Description, Invitations: c.Invitations, Files: c.Files, NoHistory: !c.History, Strict: c.Strict, Retention: c.Retention,
			FileTypes: c.FileTypes,
		}
		var err error
		for _, l := range [...]struct {
			names []string
			at    *[]chat.PrincipalID
		}{{c.Allowed, &spec.Allowed}, {c.Denied, &spec.Denied}, {c.Creators, &spec.Creators}} {
			if *l.at, err = im.ids(l.names); err != nil {
				return err
			}
		}
		_, err = im.s.rooms.CreateCategory(im.r.Context(), spec)
		return err
	})
}

// ids resolves names; the exporting server's domain stands for this one's.
func (im *importer) ids(names []string) ([]chat.PrincipalID, error) {
	var out []chat.PrincipalID
	for _, n := range names {
		p, err := im.s.dir.Find(n)
		if err != nil && strings.Contains(n, ".") && !strings.Contains(n, "@") {
			p, err = im.s.dir.Find("everyone")
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p.ID)
	}
	return out, nil
}

// guidOf is the end of an address.
func guidOf(uri string) string { return uri[strings.LastIndexByte(uri, '/')+1:] }

func (im *importer) rooms(lines *bufio.Scanner) error {
	return each(lines, func(v *api.Room) error {
		if _, err := im.s.rooms.FindRoom(v.URI); err == nil {
			im.done.Skipped++
			return nil
		}
		im.done.Rooms++
		if im.dry {
			return nil
		}
		spec, err := im.s.spec(&api.NewRoom{
			Name: v.Name, Category: v.Category, Description: v.Description, Privacy: v.Privacy, Type: v.Type, Invitations: v.Invitations,
			Addin: v.Addin, Disabled: v.Disabled, Members: v.Members, Managers: v.Managers, Presenters: v.Presenters,
		})
		if err != nil {
			return err
		}
		spec.GUID = guidOf(v.URI)
		_, err = im.s.rooms.CreateRooms(im.r.Context(), []channel.RoomSpec{spec})
		return err
	})
}

func (im *importer) messages(lines *bufio.Scanner) error {
	var room string
	var batch []chat.Message
	flush := func() error {
		if len(batch) == 0 || im.dry {
			im.done.Messages += len(batch)
			batch = batch[:0]
			return nil
		}
		n, err := im.s.rooms.ImportMessages(im.r.Context(), room, batch)
		im.done.Messages += n
		batch = batch[:0]
		return err
	}
	err := each(lines, func(m *api.ExportedMessage) error {
		if m.RoomGUID != room || len(batch) >= exportBatch {
			if err := flush(); err != nil {
				return err
			}
			room = m.RoomGUID
		}
		author, _ := im.s.dir.FindURI(m.Author)
		batch = append(batch, chat.Message{
			ID: chat.MessageID(m.ID), Author: author.ID, AuthorURI: m.Author, AuthorName: m.Name, At: chat.At(m.At), Alert: m.Alert, Text: m.Text, Rich: m.Rich,
		})
		return nil
	})
	return errors.Join(err, flush())
}

// spool keeps an upload in a file, because a zip is read from its end.
func spool(body io.Reader) (spooled, int64, error) {
	f, err := tempFile()
	if err != nil {
		return spooled{}, 0, chat.Wrap(chat.KindUnknown, "keeping an upload", err)
	}
	n, err := io.Copy(f, body)
	if err != nil {
		return spooled{}, 0, errors.Join(chat.E(chat.KindInvalid, "the upload was cut short: "+err.Error()), f.Close())
	}
	return f, n, nil
}
