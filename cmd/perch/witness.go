package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"perch/compliance/seal"
)

type witnessCmd struct {
	Dir    string   `required:"" placeholder:"DIR" help:"Folder of the witness: its key, and the newest checkpoint of each log that it has seen, cosigned."`
	Name   string   `required:"" help:"Name of the witness, such as audit.example.test/w1; it stands in its signatures."`
	LogKey []string `required:"" type:"existingfile" placeholder:"FILE" help:"Public key of a log to watch (archive-keys/signing.pub of its server)."`
	Listen string   `default:"127.0.0.1:8710" placeholder:"HOST:PORT" help:"Address to listen on; what is said there is signed and no secret."`
}

// Help is what is to be said beside the flags.
func (witnessCmd) Help() string {
	return `Servers that name this address in compliance.witnesses show it their archive's head. The witness signs it, with the time, only if it
continues the last one that it saw; so an archive that was cut off, put back or written anew is found by whoever has the witness's
folder: perch archive verify --since DIR/*.checkpoint --witness DIR/witness.pub.

It ends with SIGTERM or Ctrl-C.`
}

// Run serves until it is told to end.
func (c *witnessCmd) Run(ctx context.Context, g *globals) error {
	var keys []string
	for _, name := range c.LogKey {
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		keys = append(keys, string(b))
	}
	w, err := seal.OpenWitness(c.Dir, c.Name, keys, rand.Reader, time.Now)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("%w (choose another address with --listen)", err)
	}
	fmt.Fprintf(g.out, "witness %s on http://%s\n", w.Key(), l.Addr())
	srv := &http.Server{Handler: w, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }() // ends with the shutdown below
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = srv.Shutdown(end)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		return served
	}
	return err
}
