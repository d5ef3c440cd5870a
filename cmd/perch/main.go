// Command perch is the server and its administrator's tool: `perch serve` runs
// a server, every other command talks to a running one over the Unix socket in
// its data folder. One file a group of commands.
//
// Exit status: 0 done, 1 refused or failed (the reason is on standard error),
// 2 used wrongly.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"perch/front/admin/client"
)

// version is set by the linker.
var version = "development"

// globals are the flags that every command takes, before and after the verb.
type globals struct {
	Data   string `help:"Data folder of the server." placeholder:"DIR"`
	Server string `help:"Data folder or administration socket of the server, if not --data." placeholder:"PATH"`
	JSON   bool   `name:"json" help:"Print JSON."`

	in  io.Reader
	out io.Writer
	err io.Writer
}

type cli struct {
	globals
	Serve    serveCmd    `cmd:"" help:"Run a server."`
	Config   configCmd   `cmd:"" help:"Check or show the configuration."`
	User     userCmd     `cmd:"" help:"Users."`
	Group    groupCmd    `cmd:"" help:"Groups of users."`
	Bot      botCmd      `cmd:"" help:"Users that are programs."`
	Token    tokenCmd    `cmd:"" help:"What lets programs in on a user's behalf."`
	Category categoryCmd `cmd:"" help:"Categories of rooms."`
	Room     roomCmd     `cmd:"" help:"Rooms and their roles."`
	Message  messageCmd  `cmd:"" help:"Messages of rooms."`
	File     fileCmd     `cmd:"" help:"Files of rooms: what waits to be scanned, what is in quarantine."`
	Addin    addinCmd    `cmd:"" help:"Web pages that may be shown beside rooms."`
	Webhook  webhookCmd  `cmd:"" help:"Webhooks: programs that post in rooms, or are told what is posted there."`
	Wall     wallCmd     `cmd:"" help:"Ethical walls between groups of people."`
	Policy   policyCmd   `cmd:"" help:"Who is enabled for chat."`

	Settings   settingsCmd   `cmd:"" help:"Settings of the pool, by scope."`
	Compliance complianceCmd `cmd:"" help:"How records are handed on: status, settings by scope."`
	Duty       dutyCmd       `cmd:"" help:"Who is administrator, compliance officer or auditor: accounts of the machine, and users on the web."`
	Witness    witnessCmd    `cmd:"" help:"Watch other servers' sealed archives: cosign only what continues what was seen. On a machine of its own."`
	Archive    archiveCmd    `cmd:"" help:"The sealed archive: verify and prove what is on record."`
	Endpoint   endpointCmd   `cmd:"" help:"Further SIP addresses of the pool."`
	Pool       poolCmd       `cmd:"" help:"Which servers of the pool take sessions."`
	Report     reportCmd     `cmd:"" help:"Reports: usage, rights."`
	Data       dataCmd       `cmd:"" help:"Export and import."`

	Explain explainCmd `cmd:"" help:"Why may or may not this person do something in a room."`
	Status  statusCmd  `cmd:"" help:"How the server does."`
	Test    testCmd    `cmd:"" help:"Does chat work, as its users meet it."`
	Version versionCmd `cmd:"" help:"Print the version, as perch --version does."`

	Man        manCmd        `cmd:"" help:"Print manual pages."`
	Completion completionCmd `cmd:"" help:"Print what makes a shell complete commands."`
	Complete   completeCmd   `cmd:"" hidden:"" help:"Say what may come next on a command line."`
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments; it returns the exit status.
func run(ctx context.Context, args []string, in io.Reader, out, errw io.Writer) int {
	var c cli
	status := -1
	parser, err := newParser(&c, kong.Writers(out, errw), kong.Exit(func(code int) {
		if status < 0 {
			status = code
		}
	}))
	if err != nil {
		fmt.Fprintln(errw, "perch:", err)
		return 1
	}
	k, err := parser.Parse(globalsFirst(args))
	if status >= 0 { // --help was printed
		return status
	}
	if err != nil {
		fmt.Fprintln(errw, "perch:", err)
		fmt.Fprintln(errw, "Try: perch --help")
		if strings.Contains(" "+strings.Join(globalsFirst(args), " "), " archive verify") {
			return int(usedWrongly) // its 2 has a meaning of its own
		}
		return 2
	}
	c.in, c.out, c.err = in, out, errw
	k.BindTo(ctx, (*context.Context)(nil))
	if err := k.Run(&c.globals); err != nil {
		fmt.Fprintln(errw, "perch:", err)
		var wrong usageError
		if errors.As(err, &wrong) {
			return 2
		}
		var exit exitError
		if errors.As(err, &exit) {
			return int(exit.outcome)
		}
		return 1
	}
	return 0
}

// usageError is a wrong use that only the command itself can see.
type usageError string

func (u usageError) Error() string { return string(u) }

// globalsFirst moves --data and --server to the front, where the parser takes
// them for every command. --version in a command's place is that command (some
// commands have a flag of that name).
func globalsFirst(args []string) []string {
	var first, rest []string
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case a == "--":
			return slices.Concat(first, rest, args[i:])
		case (a == "--data" || a == "--server") && i+1 < len(args):
			first = append(first, a, args[i+1])
			i++
		case strings.HasPrefix(a, "--data=") || strings.HasPrefix(a, "--server="):
			first = append(first, a)
		default:
			rest = append(rest, a)
		}
	}
	if len(rest) > 0 && rest[0] == "--version" {
		rest[0] = "version"
	}
	return append(first, rest...)
}

// client connects to the server that the flags name.
func (g *globals) client() (*client.Client, error) { return client.Open(g.where()) }

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(g *globals) error {
	fmt.Fprintln(g.out, "perch", version)
	return nil
}
