package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"perch/app"
)

type serveCmd struct {
	Config string `help:"Configuration file (TOML); without one the defaults hold." type:"existingfile" placeholder:"FILE"`
	Demo   bool   `help:"Make a small demo organisation on an empty data folder, and say how to sign in."`
}

// Run runs a server until it is told to stop.
func (s *serveCmd) Run(ctx context.Context, g *globals) error {
	c, err := loadConfig(s.Config, g.Data)
	if err != nil {
		return err
	}
	return app.Run(ctx, c, version, s.Demo, g.out)
}

// loadConfig reads the file, if one is named, and the environment; --data wins.
func loadConfig(file, data string) (app.Config, error) {
	var text []byte
	if file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return app.Config{}, fmt.Errorf("the configuration cannot be read: %w", err)
		}
	}
	c, err := app.LoadConfig(text, os.Environ())
	if data != "" {
		c.Data = data
	}
	return c, err
}

type configCmd struct {
	Check  configCheck  `cmd:"" help:"Say what is wrong with a configuration."`
	Sample configSample `cmd:"" help:"Print a configuration with every key and its default."`
}

type configCheck struct {
	File   string `arg:"" optional:"" help:"Configuration file; without one the environment is checked."`
	Config string `help:"The same, as perch serve has it." placeholder:"FILE"`
}

// Run checks a file.
func (c *configCheck) Run(g *globals) error {
	if c.File != "" && c.Config != "" {
		return usageError("name one configuration file")
	}
	if _, err := loadConfig(c.File+c.Config, g.Data); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return usageError(err.Error())
		}
		return err
	}
	return g.done("The configuration is good.")
}

type configSample struct{}

// Run prints the sample.
func (configSample) Run(g *globals) error {
	_, err := fmt.Fprint(g.out, app.Sample())
	return err
}
