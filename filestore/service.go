package filestore

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"perch/chat"
)

// Config is what the service needs beside its store, blobs and rights.
type Config struct {
	// Spool is a folder of this server's own for uploads that are unfinished.
	Spool string
	// MaxFileKB is the largest file that is taken now, in units of 1024 bytes.
	MaxFileKB func() int
	// ChunkKB is the most that one request carries; 0: 4096.
	ChunkKB int
	// Unposted is how long a file is kept that nobody posts; 0: a day.
	Unposted time.Duration
	// Scanner looks at files before they are handed out; nil: nobody does.
	Scanner Scanner
	Now     func() time.Time
	Log     *slog.Logger
}

// Rights says who may do what with files: the Channel service does.
type Rights interface {
	// MayTransfer says whether a user may upload files to a room now, or download
	// them from there, and describes him, the room and its category.
	MayTransfer(user chat.PrincipalID, room chat.RoomID, upload bool) (chat.Principal, *chat.Room, *chat.Category, error)
	// DeniedTransfer is the journal's entry of what MayTransfer refuses for lack of a
	// right, without Endpoint and Client; otherwise denied is false.
	DeniedTransfer(user chat.PrincipalID, room chat.RoomID, upload bool) (e chat.Entry, denied bool)
}

// Store is what the service needs of a chat.Store.
type Store interface {
	chat.Files
	Append(ctx context.Context, b chat.Batch) ([]chat.MessageID, error)
}

// Scanner looks for what must not be handed on.
type Scanner interface {
	// Scan reads a file of the given name and size and names what it found in it;
	// empty: nothing. An error says that it could not tell.
	Scan(ctx context.Context, name string, size int64, r io.Reader) (found string, err error)
}

// Bounds.
const (
	// TokenLife is how long a token is good (XCCOS 4.13).
	TokenLife = 30 * time.Minute
	// unfinishedFor is how long an upload may take after it was begun, or, if it is
	// one that can be resumed, after somebody last went on with it: as long as a
	// token, and some more so that nobody is in the middle of it.
	unfinishedFor = TokenLife + 30*time.Minute
	// maxUnfinished bounds the uploads of one user that are unfinished, and so what
	// he fills the spool with.
	maxUnfinished = 8
	// maxName bounds a file's name, in characters.
	maxName = 255
)

// Service is the file service of one server.
//
// Goroutines: a sweeper and, with a scanner, a loop that scans; started by Start
// and waited for by Stop.
//
// Locks: that of one upload, held through a chunk of it and its end; then
// dropping; then mu, held for a moment only.
type Service struct {
	cfg    Config
	store  Store
	blobs  Blobs
	rights Rights
	wake   chan struct{} // something waits to be scanned
	quit   context.CancelFunc
	wg     sync.WaitGroup

	dropping sync.Mutex // one deletes blobs at a time

	mu      sync.Mutex             // guards the fields below
	uploads map[string]*upload     // that somebody is writing now, by file
	told    map[transfer]chat.Time // downloads on record, until their token expires

	watch watchers
}

// upload is the lock of one unfinished file.
type upload struct {
	sync.Mutex

	// Guarded by Service.mu:
	users     int    // who hold or want it
	turn      int    // counts who wanted to go on with it
	interrupt func() // makes who holds it give it back soon; nil: he does so anyway
}

// transfer is the download of one file by one token or sign-in.
type transfer struct{ holder, file string }

// New returns a service that is not started.
func New(cfg Config, store Store, blobs Blobs, rights Rights) *Service {
	cfg.ChunkKB = cmp.Or(cfg.ChunkKB, 4096)
	cfg.Unposted = cmp.Or(cfg.Unposted, 24*time.Hour)
	return &Service{
		cfg: cfg, store: store, blobs: blobs, rights: rights, wake: make(chan struct{}, 1), quit: func() {},
		uploads: map[string]*upload{}, told: map[transfer]chat.Time{},
	}
}

// Start makes the spool folder and begins to sweep and scan.
func (s *Service) Start(ctx context.Context) error {
	if err := os.MkdirAll(s.cfg.Spool, 0o700); err != nil {
		return fmt.Errorf("the folder of unfinished uploads cannot be made: %w", err)
	}
	if err := s.blobs.Check(ctx); err != nil {
		return fmt.Errorf("files cannot be kept: %w", err)
	}
	ctx, s.quit = context.WithCancel(context.WithoutCancel(ctx))
	s.wg.Go(func() { s.sweepLoop(ctx) })
	s.wg.Go(func() { s.scanLoop(ctx) })
	return nil
}

// Stop ends what runs and waits for it. It is idempotent.
func (s *Service) Stop(ctx context.Context) error {
	s.quit()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }() // ends with the last of the service's goroutines
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the file service did not stop in time: %w", ctx.Err())
	}
}

// MaxFileKB is the largest file that is taken, in units of 1024 bytes.
func (s *Service) MaxFileKB() int { return s.cfg.MaxFileKB() }

// ChunkKB is the most that one request carries, in units of 1024 bytes.
func (s *Service) ChunkKB() int { return s.cfg.ChunkKB }

func (s *Service) now() chat.Time { return chat.At(s.cfg.Now()) }

// hold takes the lock of an upload; the function returned gives it back.
func (s *Service) hold(id string) (release func()) {
	s.mu.Lock()
	u := s.want(id)
	s.mu.Unlock()
	u.Lock()
	return func() {
		u.Unlock()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unwant(id, u)
	}
}

// want counts somebody in who wants the lock of an upload; unwant counts him out.
// mu is held.
func (s *Service) want(id string) *upload {
	u := s.uploads[id]
	if u == nil {
		u = new(upload)
		s.uploads[id] = u
	}
	u.users++
	return u
}

func (s *Service) unwant(id string, u *upload) {
	if u.users--; u.users == 0 {
		delete(s.uploads, id)
	}
}
