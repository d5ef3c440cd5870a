package adapter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"perch/compliance"
)

// command gives each batch to a program, whose standard input is what the jsonl
// adapter would write. Its environment has PERCH_BATCH (the number), PERCH_FIRST
// and PERCH_LAST (entries), PERCH_EVENTS. The exit status 0 says that it has the
// batch for good, 65 (EX_DATAERR) that it will never take it; after any other
// it is run again later, so it must bear to be given a batch twice.
type command struct{ path string }

func newCommand(o *Options) (compliance.Adapter, error) {
	path := o.Extra["command"]
	if path == "" {
		return nil, errors.New("set the option command to the program's path")
	}
	if _, err := exec.LookPath(path); err != nil {
		return nil, fmt.Errorf("the program cannot be run: %w", err)
	}
	return &command{path}, nil
}

// leftover bounds how long a program that has ended may have its output held
// open by what it has started.
const leftover = 10 * time.Second

// neverTaken is the exit status EX_DATAERR of sysexits.h.
const neverTaken = 65

// Deliver runs the program.
func (a *command) Deliver(ctx context.Context, b *compliance.Batch) error {
	c := exec.CommandContext(ctx, a.path)
	c.WaitDelay = leftover
	c.Env = append(os.Environ(), "PERCH_BATCH="+strconv.FormatInt(b.Number, 10), "PERCH_FIRST="+strconv.FormatInt(int64(b.First), 10),
		"PERCH_LAST="+strconv.FormatInt(int64(b.Last), 10), "PERCH_EVENTS="+strconv.Itoa(b.Events))
	said := &head{most: 4 << 10}
	c.Stderr = said
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("running %s: %w", a.path, err)
	}
	wrote := writeLines(in, b, b.Conversations, b.All(ctx))
	if closed := in.Close(); wrote == nil {
		wrote = closed
	}
	err = c.Wait()
	var status *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &status) && status.ExitCode() == neverTaken:
		return &compliance.Permanent{Cause: fmt.Errorf("%s will not take it: %s", a.path, firstLine(said.String()))}
	case err != nil:
		return fmt.Errorf("%s failed: %w: %s", a.path, err, firstLine(said.String()))
	case wrote != nil:
		return fmt.Errorf("%s did not read all that it was given: %w", a.path, wrote)
	}
	return nil
}

// head keeps the beginning of what is written to it.
type head struct {
	bytes.Buffer
	most int
}

func (t *head) Write(p []byte) (int, error) {
	if left := t.most - t.Len(); left > 0 {
		t.Buffer.Write(p[:min(left, len(p))])
	}
	return len(p), nil
}
