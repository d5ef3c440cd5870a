package main

import (
	"cmp"
	"os"

	"github.com/alecthomas/kong"
)

// newParser makes the parser, from whose model help, manual pages and completion
// come.
func newParser(c *cli, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(c, append(more, kong.Name("perch"), kong.Description("A persistent chat server for Lync, Skype for Business and SIPE clients."),
		kong.UsageOnError())...)
}

// where is the data folder, or administration socket, that the flags name.
func (g *globals) where() string {
	return cmp.Or(g.Server, g.Data, os.Getenv("PERCH_DATA"), "perch-data")
}
