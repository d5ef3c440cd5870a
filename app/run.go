package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// NewLog makes the logger that the configuration asks for.
func (c *Config) NewLog(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Log.Level)) // Check has seen to it
	opt := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}

// Run serves until SIGTERM or SIGINT, and then stops in bounded time; a second
// signal ends the process at once.
func Run(ctx context.Context, c Config, version string, demo bool, out io.Writer) error {
	log := c.NewLog(os.Stderr)
	a, err := Start(ctx, Options{Config: c, Log: log, Version: version})
	if err != nil {
		return err
	}
	if demo {
		if err := a.Demo(ctx, out); err != nil {
			_ = a.Stop() // the demo's error is the one to tell
			return fmt.Errorf("the demo could not be set up: %w", err)
		}
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, unix.SIGTERM, os.Interrupt)
	select {
	case s := <-signals:
		log.Info("stopping", slog.String("signal", s.String()))
	case <-ctx.Done():
	}
	signal.Stop(signals)
	return a.Stop()
}
