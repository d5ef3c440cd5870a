package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"perch/chat"
	"perch/compliance"
	"perch/compliance/store"
)

// processEnv makes this test's binary a server's Compliance service: "NAME FOLDER".
const processEnv = "PERCH_TEST_PROCESS"

func TestMain(m *testing.M) {
	if what := os.Getenv(processEnv); what != "" {
		name, dir, _ := strings.Cut(what, " ")
		if err := serve(name, dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const leaseFor = 2 * time.Second

// journal is a journal in a file, an entry a line, that one process writes and
// others read.
type journal struct{ path string }

func (j journal) ListEntries(_ context.Context, after chat.EntryID, n int) (out []chat.Entry, err error) {
	b, err := os.ReadFile(j.path)
	if err != nil {
		return nil, err
	}
	text := string(b)
	for line := range strings.Lines(text[:strings.LastIndexByte(text, '\n')+1]) {
		var e chat.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, err
		}
		if e.ID > after && len(out) < n {
			out = append(out, e)
		}
	}
	return out, nil
}

func (j journal) JournalHead(ctx context.Context) (chat.EntryID, error) {
	list, err := j.ListEntries(ctx, 0, 1<<30)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	return list[len(list)-1].ID, nil
}

var errReadOnly = errors.New("others write this journal")

func (journal) EraseEntries(context.Context, []chat.EntryID) error { return errReadOnly }

func (journal) TrimJournal(context.Context, chat.Time, int, func(first, last chat.EntryID) (chat.Entry, error)) (int, error) {
	return 0, errReadOnly
}

// drop is an adapter that writes a file a batch: its number and the ids in it. A
// batch that is delivered again must be the same. It pauses its process once, in
// the middle of a batch, when the file that asks for it is there.
type drop struct {
	dir, pause string
	pausing    func(context.Context) error
}

func (d drop) Deliver(ctx context.Context, b *compliance.Batch) error {
	if os.Remove(d.pause) == nil {
		if err := d.pausing(ctx); err != nil {
			return err
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGSTOP); err != nil {
			return err
		}
	}
	var text strings.Builder
	for e, err := range b.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Fprintln(&text, e.ID)
	}
	name := filepath.Join(d.dir, fmt.Sprintf("%06d", b.Number))
	if old, err := os.ReadFile(name); err == nil && string(old) != text.String() {
		return os.WriteFile(filepath.Join(d.dir, fmt.Sprintf("%06d.changed", b.Number)), []byte(text.String()), 0o600)
	}
	tmp := name + ".tmp" + fmt.Sprint(os.Getpid())
	if err := os.WriteFile(tmp, []byte(text.String()), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}

// pauseFile is the file that asks a process to pause.
func pauseFile(dir, name string) string { return filepath.Join(dir, "pause "+name) }

type nobody struct{}

func (nobody) DescribeRoom(*compliance.Room)     {}
func (nobody) DescribePerson(*compliance.Person) {}

// serve runs the service until its standard input ends. It answers each line
// there: with the lease as it stands, or, to "write", with what becomes of a write
// under the lease that this process held when it was paused.
func serve(name, dir string) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	kept, err := store.Open(ctx, filepath.Join(dir, "compliance.db"), "one journal")
	if err != nil {
		return err
	}
	defer kept.Close()
	var stale atomic.Pointer[compliance.Lease]
	pausing := func(ctx context.Context) error {
		l, err := kept.Holder(ctx) // itself: it hands on
		stale.Store(&l)
		return err
	}
	set := chat.DefaultCompliance()
	set.AdapterType = "drop"
	s := compliance.New(compliance.Config{
		Holder: name, Log: slog.New(slog.DiscardHandler), Now: time.Now, LeaseFor: leaseFor, MaxLag: time.Minute, Keep: time.Hour,
		Settings: func() chat.Compliance { return set },
		Adapters: func(chat.Compliance) (map[string]compliance.Adapter, error) {
			return map[string]compliance.Adapter{"drop": drop{filepath.Join(dir, "out"), pauseFile(dir, name), pausing}}, nil
		},
		Describe: nobody{},
	}, kept, journal{filepath.Join(dir, "journal")})
	s.Start(ctx)
	defer s.Stop()
	lines := make(chan string)
	go func() { // ends with the process
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			lines <- in.Text()
		}
		close(lines)
	}()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-tick.C:
			_ = s.RunNow(ctx) // it is for who holds the lease
		case line, more := <-lines:
			if !more {
				return nil
			}
			if line == "write" {
				fmt.Println(errors.Is(kept.Append(ctx, *stale.Load(), []chat.Entry{{ID: 1 << 40, Kind: chat.EntryPost}}), compliance.ErrFenced))
				continue
			}
			l, err := kept.Holder(ctx)
			fmt.Println(l.Holder, l.Fence, err)
		}
	}
}

// process is a running one.
type process struct {
	t    *testing.T
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

func start(t *testing.T, name, dir string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])}
	p.cmd.Env, p.cmd.Stderr = append(os.Environ(), processEnv+"="+name+" "+dir), os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		p.in, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	return p
}

func (p *process) ask(line string) string {
	p.t.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.t.Fatal(err)
	}
	text, err := p.out.ReadString('\n')
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.TrimSpace(text)
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !so(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("in vain waited for: " + what)
		}
	}
}

// TestProcesses: two processes have one compliance store open; one of them works.
// The working one is killed, and paused for longer than its lease, and each time
// the other goes on where it was; what a paused one still writes when it wakes
// does not count. At the end everything was handed on, once, in order.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(dir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	last, stop := write(t, file)
	a, b := start(t, "one", dir), start(t, "two", dir)
	fence := 0
	leader := func() (working, waiting *process) {
		t.Helper()
		eventually(t, "somebody who works", func() bool {
			var holder string
			n := 0
			if _, err := fmt.Sscan(b.ask("lease"), &holder, &n); err != nil {
				return false // nobody
			}
			if working, waiting = a, b; holder == b.name {
				working, waiting = b, a
			}
			if n <= fence || holder != a.name && holder != b.name {
				return false
			}
			fence = n
			return true
		})
		return working, waiting
	}
	for round := range 3 {
		working, waiting := leader()
		pauseFor(time.Duration(rand.IntN(200)) * time.Millisecond)
		if round == 1 {
			// It pauses while it hands on, when no transaction of that is open. Should it
			// renew its lease just then, it holds the engine's lock, and nobody can take
			// over; so it is paused again.
			eventually(t, "the other takes over", func() bool {
				asked := pauseFile(dir, working.name)
				if err := os.WriteFile(asked, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				eventually(t, "it pauses", func() bool {
					_, err := os.Stat(asked)
					return errors.Is(err, os.ErrNotExist)
				})
				pauseFor(3 * leaseFor)
				working.signal(syscall.SIGCONT)
				return strings.HasPrefix(waiting.ask("lease"), waiting.name+" ")
			})
			if working.ask("write") != "true" {
				t.Error("a process that was paused past its lease has written")
			}
			a, b = working, waiting
			continue
		}
		working.signal(syscall.SIGKILL)
		_ = working.cmd.Wait() // it was killed
		a, b = start(t, fmt.Sprint("process", round+3), dir), waiting
	}
	pauseFor(300 * time.Millisecond)
	stop()
	eventually(t, "everything handed on", func() bool { return len(handedOn(t, dir)) >= int(*last) })
	ids := handedOn(t, dir)
	for i, id := range ids {
		if id != i+1 {
			t.Fatalf("entry %d was handed on as number %d", id, i+1)
		}
	}
	if len(ids) != int(*last) || *last < 100 {
		t.Errorf("%d of %d entries were handed on", len(ids), *last)
	}
	for _, p := range []*process{a, b} {
		p.in.Close()
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("%s ended with %v", p.name, err)
		}
	}
	if changed, _ := filepath.Glob(filepath.Join(dir, "out", "*.changed")); len(changed) > 0 {
		t.Errorf("batches were not the same when they were delivered again: %v", changed)
	}
}

// pauseFor lets processes run for a while: there is nothing to wait for but time.
func pauseFor(d time.Duration) { <-time.After(d) }

// write writes entries into the journal until stop is called.
func write(t *testing.T, file *os.File) (last *chat.EntryID, stop func()) {
	t.Helper()
	last = new(chat.EntryID)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for ; ctx.Err() == nil; <-tick.C {
			*last++
			b, err := json.Marshal(chat.Entry{ID: *last, Kind: chat.EntryPost, At: chat.At(time.Now()), Room: 1, RoomGUID: "g", Text: "x"})
			if err == nil {
				_, err = file.Write(append(b, '\n'))
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	return last, func() { cancel(); wg.Wait(); file.Close() }
}

// handedOn are the ids in the outputs, in the order of their batches.
func handedOn(t *testing.T, dir string) (out []int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "out", "[0-9][0-9][0-9][0-9][0-9][0-9]"))
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names { // sorted
		if filepath.Base(name) != fmt.Sprintf("%06d", i+1) {
			t.Fatalf("batch %d is missing", i+1)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			id := 0
			if _, err := fmt.Sscan(line, &id); err != nil {
				t.Fatal(err)
			}
			out = append(out, id)
		}
	}
	return out
}
