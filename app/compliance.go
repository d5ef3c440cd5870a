package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"perch/blob/dir"
	"perch/chat"
	"perch/compliance"
	"perch/compliance/adapter"
	"perch/compliance/seal"
	"perch/compliance/store"
)

// leaseFor is how long another server waits for one that died.
const leaseFor = 15 * time.Second

// recordServer puts the server's start or stop into the journal.
func (a *App) recordServer(ctx context.Context, cause string) error {
	detail, err := json.Marshal(map[string]string{"server": a.opt.Config.host(), "version": a.opt.Version})
	if err != nil {
		return err
	}
	e := chat.Entry{Kind: chat.EntryServer, At: chat.At(a.opt.Now()), Cause: cause, Detail: string(detail)}
	_, err = a.store.Append(ctx, chat.Batch{Entries: []chat.Entry{e}})
	return err
}

// startCompliance starts the Compliance service, if it is to run.
func (a *App) startCompliance(ctx context.Context) error {
	c := &a.opt.Config
	if !c.Compliance.Enabled {
		a.log.Warn("the Compliance service does not run: the journal is kept, and handed on when it does (compliance.enabled)")
		return nil
	}
	path := c.Compliance.Store
	if path == "" {
		path = filepath.Join(c.Data, "compliance.db")
	}
	kept, err := store.Open(ctx, path, a.store.Identity())
	if err != nil {
		return err
	}
	a.onStop("compliance store", func(context.Context) error { return kept.Close() })
	if a.settings.Compliance().AdapterType == "" {
		a.log.Warn("no adapter is set: what is archived is handed on to nobody (perch compliance settings set --adapter-type)")
	}
	log, err := a.openArchive()
	if err != nil {
		return err
	}
	service := compliance.New(compliance.Config{
		Holder: c.host() + "/" + strconv.Itoa(os.Getpid()), Log: a.log, Now: a.opt.Now, LeaseFor: leaseFor,
		MaxLag: time.Duration(c.Compliance.MaxLag) * time.Second,
		Keep:   time.Duration(c.Compliance.KeepDays) * 24 * time.Hour, Settings: a.settings.Compliance, Adapters: adapters, Describe: describer{a}, Seal: log,
		Record: func(ctx context.Context, e chat.Entry) error {
			_, err := a.store.Append(ctx, chat.Batch{Entries: []chat.Entry{e}})
			return err
		},
		Hide: a.hide, Erase: a.store.EraseEntries, Attach: a.attach,
	}, kept, a.store)
	service.Start(ctx)
	if s, ok := log.(*sealer); ok && len(c.Compliance.Witnesses) > 0 {
		a.startWitnessing(ctx, service, s)
	}
	a.archive.Store(service)
	a.onStop("Compliance service", func(context.Context) error { service.Stop(); return nil })
	return nil
}

// openArchive opens the sealed archive, or returns nil if there is to be none.
// Its keys lie beside its folder, so that the folder can be handed on without
// them.
func (a *App) openArchive() (compliance.Sealer, error) {
	c := &a.opt.Config
	if !c.Compliance.Sealed {
		return nil, nil //nolint:nilnil // there is none
	}
	dir := filepath.Join(c.Data, "archive-keys")
	keys, err := seal.LoadKeys(dir, c.Domain+"/archive", a.opt.Rand)
	if err != nil {
		return nil, err
	}
	s := &sealer{open: func() (*seal.Log, error) {
		return seal.Open(filepath.Join(c.Data, "archive"), keys, seal.Options{Random: a.opt.Rand, Heads: filepath.Join(dir, "heads.json"), Class: a.channel.Retention})
	}}
	a.sealed.Store(s)
	a.onStop("sealed archive", func(context.Context) error { return s.close() })
	if err := s.ready(); err != nil {
		a.log.Error("nothing is sealed until the archive is mended; the journal keeps what is to be sealed", slog.Any("error", err))
	}
	return s, nil
}

// attach copies an uploaded file into the Compliance File Store. One that was
// taken away again before it could be, because nobody posted it, is on record only.
func (a *App) attach(ctx context.Context, set chat.Compliance, f compliance.File) error {
	if a.blobs == nil {
		return nil
	}
	kept, err := dir.Open(set.AdapterAttachmentDirectory, a.opt.Now())
	if err != nil {
		return err
	}
	if size, err := kept.Size(ctx, f.SHA256); err == nil && size == f.Size {
		return nil
	}
	r, err := a.blobs.Open(ctx, f.SHA256, 0, f.Size)
	if chat.KindOf(err) == chat.KindNoSuchObject {
		a.log.Warn("an uploaded file is gone before it could be archived", slog.String("name", f.Name), slog.String("sha256", f.SHA256))
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(kept.Put(ctx, f.SHA256, f.Size, r), r.Close())
}

// hide takes messages out of rooms: those that erasures cover one by one, and
// where the time of their class is over the room's history up to there.
func (a *App) hide(ctx context.Context, list []seal.Covered) error {
	one, until := map[string][]chat.MessageID{}, map[string]chat.Time{}
	for _, c := range list {
		if c.Erased {
			one[c.Room] = append(one[c.Room], c.Message)
		} else {
			until[c.Room] = max(until[c.Room], c.At)
		}
	}
	for room, ids := range one {
		if err := a.channel.HideMessages(ctx, room, ids); err != nil {
			return err
		}
	}
	for room, at := range until {
		if _, err := a.channel.Purge(ctx, room, at); err != nil && chat.KindOf(err) != chat.KindNoSuchRoom {
			return err
		}
	}
	return nil
}

// sealer is the sealed archive, opened anew until that succeeds: one that is
// damaged must not keep people from talking.
type sealer struct {
	open func() (*seal.Log, error)

	mu  sync.Mutex // guards the field below
	log *seal.Log  // nil: it could not be opened
}

func (s *sealer) ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log != nil {
		return nil
	}
	log, err := s.open()
	if err == nil {
		s.log = log
	}
	return err
}

// Last is the entry that was sealed last; zero while that cannot be told.
func (s *sealer) Last() chat.EntryID {
	if s.ready() != nil {
		return 0
	}
	return s.log.Last()
}

// Seal appends entries to the archive.
func (s *sealer) Seal(ctx context.Context, entries []chat.Entry) error {
	if err := s.ready(); err != nil {
		return err
	}
	return s.log.Seal(ctx, entries)
}

// CheckAct says why an act would do nothing.
func (s *sealer) CheckAct(text string) error {
	if err := s.ready(); err != nil {
		return err
	}
	return s.log.CheckAct(text)
}

// Rules tells what is decided; nothing while the archive cannot be opened.
func (s *sealer) Rules() seal.Rules {
	if s.ready() != nil {
		return seal.Rules{}
	}
	return s.log.Rules()
}

// Restricted says whether an entry is to be kept from sight. While that cannot be
// told, it is.
func (s *sealer) Restricted(e *chat.Entry) bool { return s.ready() != nil || s.log.Restricted(e) }

// Covered finds what some rule wants destroyed.
func (s *sealer) Covered(ctx context.Context, at chat.Time, from int64, most int) ([]seal.Covered, int64, error) {
	if err := s.ready(); err != nil {
		return nil, -1, err
	}
	return s.log.Covered(ctx, at, from, most)
}

// Destroy destroys keys.
func (s *sealer) Destroy(ctx context.Context, run chat.Time, indexes []int64) ([]int64, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	return s.log.Destroy(ctx, run, indexes)
}

func (s *sealer) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.log == nil {
		return nil
	}
	return s.log.Close()
}

// witnessEvery parts two showings of the archive's head.
const witnessEvery = 10 * time.Second

// startWitnessing shows the archive's head to the witnesses, and keeps what they
// have cosigned beside the archive.
func (a *App) startWitnessing(ctx context.Context, service *compliance.Service, s *sealer) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { // ends when the server stops, and is waited for there
		defer close(done)
		t := time.NewTicker(witnessEvery)
		defer t.Stop()
		for {
			a.showWitnesses(ctx, service, s)
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
		}
	}()
	a.onStop("witnessing", func(context.Context) error { stop(); <-done; return nil })
}

func (a *App) showWitnesses(ctx context.Context, service *compliance.Service, s *sealer) {
	if s.ready() != nil {
		return // that it cannot be opened is reported already
	}
	data := a.opt.Config.Data
	public, err := os.ReadFile(filepath.Join(data, "archive-keys", seal.PublicFile))
	signed := s.log.Checkpoint()
	client := &http.Client{Timeout: witnessEvery / 2}
	all := signed
	for _, witness := range a.opt.Config.Compliance.Witnesses {
		url, key, _ := strings.Cut(witness, "#")
		var line []byte
		if err == nil {
			line, err = seal.Submit(ctx, client, url, key, filepath.Join(data, "archive"), signed, string(public))
		}
		if ctx.Err() != nil {
			return
		}
		service.Report("witness "+url, err)
		all, err = append(all, line...), nil
	}
	if len(all) > len(signed) {
		service.Report("witnessed head", seal.WriteFile(filepath.Join(data, "archive-witnessed"), all))
	}
}

// behind is by how much the archive is too far behind. Without the Compliance
// service nothing is archived, so that it is behind since this server started.
func (a *App) behind() time.Duration {
	if s := a.archive.Load(); s != nil {
		return s.Behind()
	}
	since := a.opt.Now().Sub(a.started)
	if most := time.Duration(a.opt.Config.Compliance.MaxLag) * time.Second; since < most {
		return 0
	}
	return since
}

// adapters makes those that settings name. Each has the output folder to itself:
// one alone the folder, of several each a folder of its name in it.
func adapters(c chat.Compliance) (map[string]compliance.Adapter, error) {
	names := compliance.AdapterNames(c.AdapterType)
	out := map[string]compliance.Adapter{}
	var failed error
	for _, name := range names {
		o := optionsOf(&c, name)
		if len(names) > 1 && o.OutputDirectory != "" {
			o.OutputDirectory = filepath.Join(o.OutputDirectory, name)
			if err := os.Mkdir(o.OutputDirectory, 0o750); err != nil && !os.IsExist(err) {
				failed = errors.Join(failed, fmt.Errorf("the adapter %s: %w (is %s there, and may the server's account write it?)", name, err, c.AdapterOutputDirectory))
				continue
			}
		}
		a, err := adapter.New(name, o)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		out[name] = a
	}
	return out, failed
}

func optionsOf(c *chat.Compliance, name string) adapter.Options {
	return adapter.Options{
		OutputDirectory: c.AdapterOutputDirectory, OneChatRoomPerOutputFile: c.OneChatRoomPerOutputFile, AddChatRoomDetails: c.AddChatRoomDetails,
		AddUserDetails: c.AddUserDetails, CreateFileAttachmentsManifest: c.CreateFileAttachmentsManifest, CustomConfiguration: c.CustomConfiguration,
		Extra: adapter.ExtraFor(name, compliance.ParseOptions(c.AdapterOptions)),
	}
}

// checkAdapters refuses settings by which no adapter could be made.
func checkAdapters(c *chat.Compliance) error {
	names := compliance.AdapterNames(c.AdapterType)
	err := adapter.CheckOptions(names, compliance.ParseOptions(c.AdapterOptions))
	for _, name := range names {
		if err == nil {
			_, err = adapter.New(name, optionsOf(c, name))
		}
	}
	if err != nil {
		return chat.E(chat.KindInvalid, err.Error())
	}
	return nil
}

// describer tells the Compliance service what rooms and people are like.
type describer struct{ a *App }

func (d describer) DescribeRoom(r *compliance.Room) {
	r.URI = "ma-chan://" + d.a.opt.Config.Domain + "/" + r.GUID
	v, err := d.a.channel.FindRoom(r.GUID)
	if err != nil || !d.a.settings.Compliance().AddChatRoomDetails {
		return // it is deleted, or nobody wants to know
	}
	r.Description, r.Category, r.Privacy, r.Type = v.Description, v.CategoryName, v.Privacy.String(), v.Behavior.String()
	r.Members, r.Managers, r.Presenters = slices.Clone(v.Members), slices.Clone(v.Managers), slices.Clone(v.Presenters)
}

func (d describer) DescribePerson(p *compliance.Person) {
	who, ok := d.a.directory.FindPrincipal(p.ID)
	if !ok {
		d.a.log.Debug("somebody on record is no longer known", slog.Int64("principal", int64(p.ID)))
		return
	}
	p.GUID, p.URI, p.Name, p.DisplayName, p.Email = who.GUID, who.URI, who.Name, who.DisplayName, who.Email
	if !d.a.settings.Compliance().AddUserDetails {
		return
	}
	p.Company = who.Company
	for _, id := range d.a.directory.Affiliations(p.ID) {
		if g, ok := d.a.directory.FindPrincipal(id); ok && g.Kind == chat.KindGroup {
			p.Groups = append(p.Groups, g.Name)
		}
	}
	slices.Sort(p.Groups)
}
