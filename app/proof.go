package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"perch/chat"
	"perch/compliance/seal"
	"perch/front/web"
)

// keeping tells people what is kept of rooms, and for how long.
func (a *App) keeping() web.Archive {
	out := web.Archive{Archived: a.archive.Load() != nil, KeepDays: map[string]int{}, Held: map[string]bool{}}
	s := a.sealed.Load()
	if s == nil {
		return out
	}
	out.Sealed = true
	rules := s.Rules()
	for _, c := range rules.Classes {
		if c.Ceiling > 0 {
			out.KeepDays[c.Name] = int(c.Ceiling)
			if c.Name == seal.DefaultClass {
				out.KeepDays[""] = int(c.Ceiling)
			}
		}
	}
	for i := range rules.Holds {
		h := &rules.Holds[i]
		for _, room := range h.Rooms {
			out.Held[strings.ToLower(room)] = true
		}
		// Whoever is held, that concerns him and not the rooms he is in.
		out.AllHeld = out.AllHeld || len(h.Rooms)+len(h.People)+len(h.Entries) == 0
	}
	return out
}

// Bounds of the search for the first post that is not sealed.
const (
	unsealedPage  = 512
	unsealedPages = 16
)

// sealedUntil is a time: every post of an earlier one is in a signed head of the
// sealed archive. First it asks up to when posts are on disk, then what is
// sealed, then which post is the first that is not: in another order something
// could pass between.
func (a *App) sealedUntil(ctx context.Context) (time.Time, bool) {
	s := a.sealed.Load()
	if s == nil {
		return time.Time{}, false
	}
	until := a.channel.Taken()
	after := s.Last()
	if after == 0 {
		return time.Time{}, false
	}
	for range unsealedPages {
		entries, err := a.store.ListEntries(ctx, after, unsealedPage)
		if err != nil {
			return time.Time{}, false
		}
		for i := range entries {
			if entries[i].Kind == chat.EntryPost {
				return min(until, entries[i].At).Std(), true
			}
		}
		if len(entries) < unsealedPage {
			return until.Std(), true
		}
		after = entries[len(entries)-1].ID
	}
	return time.Time{}, false
}

// proofTries is how often a proof is begun anew, because the archive has grown
// while its files were read.
const proofTries = 3

// prove makes the evidence of a message's record, as perch archive prove does. It
// shows no more than the message: not what stood there before it was replaced.
func (a *App) prove(ctx context.Context, m *chat.Message) (string, error) {
	s := a.sealed.Load()
	if s == nil {
		return "", chat.E(chat.KindNotSupported, "this server has no sealed archive")
	}
	found, err := a.store.Search(ctx, chat.MessageSearch{Rooms: []chat.RoomID{m.Room}, After: m.ID - 1, Before: m.ID + 1, Limit: 1})
	if err != nil {
		return "", err
	}
	if len(found.Hits) == 0 {
		return "", chat.E(chat.KindNoSuchObject, "the room has no such message that can be read")
	}
	entry := found.Hits[0].Position
	if entry > s.Last() {
		return "", chat.E(chat.KindBusy, "the message is not sealed yet, try again in a moment")
	}
	record, err := a.store.ListEntries(ctx, entry-1, 1)
	if err != nil {
		return "", err
	}
	if len(record) == 0 || s.Restricted(&record[0]) {
		return "", chat.E(chat.KindNoSuchObject, "the record of this message may not be shown")
	}
	var e seal.Evidence
	for range proofTries {
		if e, err = a.evidence(entry); err == nil {
			break
		}
	}
	if err != nil {
		return "", chat.Wrap(chat.KindDatabase, "proving a record", err)
	}
	return evidenceText(&e, m)
}

func (a *App) evidence(entry chat.EntryID) (seal.Evidence, error) {
	dir, keys := filepath.Join(a.opt.Config.Data, "archive"), filepath.Join(a.opt.Config.Data, "archive-keys")
	public, err := os.ReadFile(filepath.Join(keys, seal.PublicFile))
	if err != nil {
		return seal.Evidence{}, err
	}
	content, err := os.ReadFile(filepath.Join(keys, seal.ContentFile))
	if err != nil {
		return seal.Evidence{}, err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return seal.Evidence{}, err
	}
	key := strings.TrimSpace(string(public))
	head, err := seal.ReadCheckpoint(signed, key)
	if err != nil {
		return seal.Evidence{}, err
	}
	index, err := seal.FindEntry(dir, head.Size, int64(entry))
	if err != nil {
		return seal.Evidence{}, err
	}
	return seal.Prove(dir, key, index, content)
}

// evidenceText prints evidence if it shows the message and nothing else.
func evidenceText(e *seal.Evidence, m *chat.Message) (string, error) {
	if e.Body != "" {
		var b seal.Body
		if err := json.Unmarshal([]byte(e.Body), &b); err != nil {
			return "", chat.Wrap(chat.KindDatabase, "reading a record", err)
		}
		if b.Text != m.Text || b.Rich != m.Rich {
			return "", chat.E(chat.KindForbidden, "the message was replaced: an officer can show what was posted")
		}
	}
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return "", errors.Join(chat.E(chat.KindUnknown, ""), err)
	}
	return out.String(), nil
}
