// Package settings is the service that knows what administrators set: settings
// with scopes, the compliance configuration, the pool's further addresses and
// which of its servers take sessions. It answers from memory and writes every
// change to the store with its journal entry.
//
// It promises that the nearest scope wins whole (pool, site, global), that a
// change is told to whoever watches, outside of any lock, and that nothing out
// of range is kept.
//
// It gives its values no effect: the services that are told of a change do.
package settings

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"perch/chat"
)

// Config is what the service needs beside its store.
type Config struct {
	Site   string // of this server; empty: Default
	Pool   string // its pool's name
	Domain string // SIP domain of further addresses
	Server string // this server's name
	// CheckCompliance refuses adapters and options that there are not; nil: none.
	CheckCompliance func(v *chat.Compliance) error
	// Taken says whether an address is somebody else's already; nil: none is.
	Taken func(uri string) bool
	// RoomsPage is this server's own page for managing rooms, which clients are told
	// where no setting names another; nil or empty: it has none.
	RoomsPage func() string
	Now       func() time.Time
}

// Service knows the settings.
//
// Locks, in order: Service.change (held through a whole change), Service.mu.
type Service struct {
	cfg    Config
	store  chat.Objects
	scopes [3]string // folded names of this server's, the nearest first

	change sync.Mutex // serialises changes

	mu         sync.RWMutex // guards the fields below
	settings   *kept[chat.Settings]
	compliance *kept[chat.Compliance]
	endpoints  *kept[chat.ChatEndpoint]
	pool       *kept[chat.PoolState]
	operators  *kept[chat.OperatorDuties]
	glasses    *kept[chat.Glass]
	watchers   []func()
}

// Open reads everything.
func Open(ctx context.Context, cfg Config, store chat.Objects) (*Service, error) {
	site := cmp.Or(cfg.Site, "Default")
	s := &Service{
		cfg: cfg, store: store,
		scopes:     [...]string{strings.ToLower("pool:" + cfg.Pool), strings.ToLower("site:" + site), global},
		settings:   newKept(chat.ObjectSettings, func(v *chat.Settings) *int64 { return &v.Version }),
		compliance: newKept(chat.ObjectCompliance, func(v *chat.Compliance) *int64 { return &v.Version }),
		endpoints:  newKept(chat.ObjectEndpoint, func(v *chat.ChatEndpoint) *int64 { return &v.Version }),
		pool:       newKept(chat.ObjectPool, func(v *chat.PoolState) *int64 { return &v.Version }),
		operators:  newKept(chat.ObjectOperator, func(v *chat.OperatorDuties) *int64 { return &v.Version }),
		glasses:    newKept(chat.ObjectGlass, func(v *chat.Glass) *int64 { return &v.Version }),
	}
	for _, k := range []interface {
		load(ctx context.Context, store chat.Objects) error
	}{s.settings, s.compliance, s.endpoints, s.pool, s.operators, s.glasses} {
		if err := k.load(ctx, store); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Watch calls fn after every change, outside of any lock, so that it may ask for
// what holds then.
func (s *Service) Watch(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers = append(s.watchers, fn)
}

func (s *Service) tell() {
	s.mu.RLock()
	fns := slices.Clone(s.watchers)
	s.mu.RUnlock()
	for _, fn := range fns {
		fn()
	}
}

// global is the scope that always has a value.
const global = "global"

// scope checks a scope's name and returns it as it is kept.
func scope(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || strings.EqualFold(name, global) {
		return global, nil
	}
	kind, of, _ := strings.Cut(name, ":")
	kind, of = strings.ToLower(kind), strings.TrimSpace(of)
	if kind != "site" && kind != "pool" || of == "" {
		return "", chat.E(chat.KindInvalid, fmt.Sprintf("a scope is global, site:NAME or pool:NAME, not %q", name))
	}
	return kind + ":" + of, checkText("the scope's name", of)
}

// checkText checks what stands in one line.
func checkText(what, text string) error {
	switch {
	case utf8.RuneCountInString(text) > chat.MaxNameLength:
		return chat.E(chat.KindInvalid, fmt.Sprintf("%s is longer than %d characters", what, chat.MaxNameLength))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return chat.E(chat.KindInvalid, what+" holds control characters, or is not UTF-8")
	}
	return nil
}

// Bounds of what administrators write.
const (
	maxURL            = 2048
	maxPath           = 4096
	maxTransformation = 1 << 20
)

// Settings are those that hold for this server.
func (s *Service) Settings() chat.Settings {
	v := nearest(s, s.settings, chat.DefaultSettings())
	if v.RoomManagementURL == "" && s.cfg.RoomsPage != nil {
		v.RoomManagementURL = s.cfg.RoomsPage()
	}
	return v
}

// ListSettings lists those of every scope, the global ones first.
func (s *Service) ListSettings() []chat.Settings {
	return list(s, s.settings, chat.DefaultSettings())
}

// SetSettings creates or changes the settings of a scope. A Version that is not
// zero must be the stored one (KindCollision).
func (s *Service) SetSettings(ctx context.Context, v chat.Settings) (chat.Settings, error) {
	var err error
	if v.Name, err = scope(v.Name); err != nil {
		return v, err
	}
	if err := checkSettings(&v); err != nil {
		return v, err
	}
	return put(ctx, s, s.settings, v.Name, v)
}

func checkSettings(v *chat.Settings) error {
	switch u, err := url.Parse(v.RoomManagementURL); {
	case v.DefaultChatHistory < 1 || v.DefaultChatHistory > 500:
		return chat.E(chat.KindInvalid, "DefaultChatHistory is 1 to 500 messages")
	case v.MaxFileSizeKB < 1 || v.MaxFileSizeKB > 1<<31-1:
		return chat.E(chat.KindInvalid, "MaxFileSizeKB is 1 to 2147483647")
	case v.ParticipantUpdateLimit < 1 || v.ParticipantUpdateLimit > 1_000_000:
		return chat.E(chat.KindInvalid, "ParticipantUpdateLimit is 1 to 1000000 participants")
	case v.RoomManagementURL == "":
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return chat.E(chat.KindInvalid, fmt.Sprintf("RoomManagementUrl = %q is not an address like https://chat.example.com/rooms", v.RoomManagementURL))
	case len(v.RoomManagementURL) > maxURL:
		return chat.E(chat.KindInvalid, fmt.Sprintf("RoomManagementUrl is longer than %d bytes", maxURL))
	}
	return nil
}

// DeleteSettings deletes a scope's settings; the global ones return to their
// defaults, others must be there (KindNoSuchObject).
func (s *Service) DeleteSettings(ctx context.Context, name string) error {
	name, err := scope(name)
	if err != nil {
		return err
	}
	return drop(ctx, s, s.settings, name, name == global)
}

// Compliance is the configuration that holds for this server.
func (s *Service) Compliance() chat.Compliance {
	return nearest(s, s.compliance, chat.DefaultCompliance())
}

// ListCompliance lists those of every scope, the global one first.
func (s *Service) ListCompliance() []chat.Compliance {
	return list(s, s.compliance, chat.DefaultCompliance())
}

// SetCompliance creates or changes the compliance configuration of a scope, as
// SetSettings does.
func (s *Service) SetCompliance(ctx context.Context, v chat.Compliance) (chat.Compliance, error) {
	var err error
	if v.Name, err = scope(v.Name); err != nil {
		return v, err
	}
	if err := s.checkCompliance(&v); err != nil {
		return v, err
	}
	return put(ctx, s, s.compliance, v.Name, v)
}

func (s *Service) checkCompliance(v *chat.Compliance) error {
	for _, text := range [...]struct{ what, text string }{{"AdapterName", v.AdapterName}, {"AdapterType", v.AdapterType}} {
		if err := checkText(text.what, text.text); err != nil {
			return err
		}
	}
	switch {
	case v.RunInterval < time.Minute || v.RunInterval > 30*24*time.Hour:
		return chat.E(chat.KindInvalid, "RunInterval is 1 minute to 30 days")
	case len(v.AdapterOutputDirectory) > maxPath || strings.ContainsRune(v.AdapterOutputDirectory, 0):
		return chat.E(chat.KindInvalid, fmt.Sprintf("AdapterOutputDirectory is a path of %d bytes at most", maxPath))
	case len(v.AdapterAttachmentDirectory) > maxPath || strings.ContainsRune(v.AdapterAttachmentDirectory, 0):
		return chat.E(chat.KindInvalid, fmt.Sprintf("AdapterAttachmentDirectory is a path of %d bytes at most", maxPath))
	case len(v.CustomConfiguration) > maxTransformation:
		return chat.E(chat.KindInvalid, fmt.Sprintf("CustomConfiguration is longer than %d bytes", maxTransformation))
	case s.cfg.CheckCompliance != nil:
		return s.cfg.CheckCompliance(v)
	}
	return nil
}

// DeleteCompliance deletes a scope's configuration as DeleteSettings does.
func (s *Service) DeleteCompliance(ctx context.Context, name string) error {
	name, err := scope(name)
	if err != nil {
		return err
	}
	return drop(ctx, s, s.compliance, name, name == global)
}
