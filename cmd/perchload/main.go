// Command perchload drives a running Perch server over the real protocol and
// reports what it costs: deliveries a second, the server's CPU time a
// delivery (from the kernel's accounting of its process), the time from a post
// to its last delivery, and memory an endpoint. Beside it stands `baseline`, a
// bare TCP fan-out that writes the same bytes, as the limit to compare with in
// the same run.
//
// `archive` starts its own servers, beside each other, to compare them by turns;
// with `--check` it fails if a target is missed.
//
// It prepares users and rooms through the server's administration socket, and
// signs in without authentication, so the server must run with
// `sip.auth = ["none"]` on loopback.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sys/unix"
)

// target names the server and the shape of the report; every scenario has it.
type target struct {
	Data    string        `help:"The server's data folder, with addresses.json." default:"perch-data"`
	JSON    bool          `help:"Print JSON instead of a table."`
	Timeout time.Duration `help:"Give up after that long." default:"10m"`
}

type cli struct {
	target
	Fanout   fanout        `cmd:"" help:"One room of N members, one poster, a window of outstanding posts."`
	Rooms    rooms         `cmd:"" help:"R rooms of M members, one poster in each."`
	Signin   signin        `cmd:"" help:"A storm of complete sign-ins with followed rooms and history."`
	Idle     idle          `cmd:"" help:"Memory of N joined endpoints that do nothing."`
	Trunk    trunk         `cmd:"" help:"Many dialogs on few connections, posting into many small rooms."`
	History  historyReads  `cmd:"" help:"Read the newest messages of a full room over and over."`
	Search   searches      `cmd:"" help:"Full-text search in a large history, on the store itself: the folder must not be served."`
	Archive  archiving     `cmd:"" help:"What archiving costs posts, how soon it seals, and how fast the archive and the adapters are; starts its own servers."`
	Web      web           `cmd:"" help:"WebSocket sessions of the web client, posts by its API; beside a plain broadcast of the same bytes."`
	Baseline baselineCmd   `cmd:"" help:"The bare fan-out to compare with: the same bytes, nothing else."`
	Verify   verifyCmd     `cmd:"" help:"Check that everything a run with --ack saw acknowledged is there."`
	Serve    baselineServe `cmd:"" hidden:"" name:"baseline-serve"`
	WebPlain webPlainServe `cmd:"" hidden:"" name:"web-plain-serve"`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("perchload"), kong.UsageOnError(),
		kong.Description("Load generator for Perch."))
	raiseFileLimit()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(&c.target); err != nil {
		fmt.Fprintln(os.Stderr, "perchload:", err)
		os.Exit(1)
	}
}

// raiseFileLimit lifts the soft limit of open files to the hard one: every
// endpoint is a socket.
func raiseFileLimit() {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) == nil {
		r.Cur = r.Max
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &r)
	}
}
