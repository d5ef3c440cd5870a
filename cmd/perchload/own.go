package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// ownServer is a server that the load starts itself, on free ports of loopback.
type ownServer struct {
	*server
	data  string
	cmd   *exec.Cmd
	ended chan error // told once, by the goroutine that waits for the process
}

const (
	startTimeout = 30 * time.Second
	stopTimeout  = 30 * time.Second
)

// startServer starts a server on a new data folder and returns when it serves. It
// runs until stop, even if ctx ends before.
// Settings are variables of the environment, such as PERCH_COMPLIANCE__SEALED=false.
func startServer(ctx context.Context, program, data string, settings ...string) (*ownServer, error) {
	o := &ownServer{data: data, cmd: exec.CommandContext(context.WithoutCancel(ctx), program, "serve", "--data", data), ended: make(chan error, 1)}
	o.cmd.Env = append(os.Environ(), "PERCH_DOMAIN=localhost", "PERCH_SIP__TCP=127.0.0.1:0", "PERCH_SIP__TLS=", "PERCH_SIP__AUTH=none", "PERCH_WEB__LISTEN=",
		"PERCH_SIP__SESSION_EXPIRES=86400", "PERCH_METRICS=", "PERCH_LOG__LEVEL=error")
	o.cmd.Env = append(o.cmd.Env, settings...)
	o.cmd.Stdout, o.cmd.Stderr = os.Stderr, os.Stderr
	if err := o.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s does not start; say where perch is with --perch: %w", program, err)
	}
	go func() { o.ended <- o.cmd.Wait() }() // ends with the process; stop waits for it
	if err := o.ready(ctx); err != nil {
		return nil, errors.Join(err, o.stop())
	}
	var err error
	if o.server, err = connect(ctx, &target{Data: data}); err != nil {
		return nil, errors.Join(err, o.stop())
	}
	return o, nil
}

// ready returns when the server has written its addresses.
func (o *ownServer) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(filepath.Join(o.data, "addresses.json")); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		select {
		case err := <-o.ended:
			o.ended <- err
			return fmt.Errorf("the server on %s ended at its start: %w", o.data, err)
		case <-ctx.Done():
			return fmt.Errorf("the server on %s is not ready: %w", o.data, ctx.Err())
		case <-tick.C:
		}
	}
}

// stop ends the server.
func (o *ownServer) stop() error {
	_ = o.cmd.Process.Signal(unix.SIGTERM) // it may have ended
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case err := <-o.ended:
		return err
	case <-timer.C:
		_ = o.cmd.Process.Kill() // likewise
		return fmt.Errorf("the server on %s did not end by itself: %w", o.data, <-o.ended)
	}
}
