//go:build e2e

package e2e_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the scripts of testdata/script: the administrator's command
// as he types it. PERCH_DATA names a folder of the script's own. Beside the
// usual commands of testscript there are
//
//	server [KEY=V...] start a server on that folder
//	halt              stop it (stop is testscript's own: it ends the script)
//	status N CMD...   run a command that must end with status N
//	until PATTERN CMD...
//	                  run a command again, whatever its status, until its output
//	                  matches, for half a minute at most; stdout and stderr then
//	                  look at the last run
func TestScripts(t *testing.T) {
	servers := map[string]*server{}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(programs.perch)+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("PERCH_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("PERCH_SIP__TCP", "127.0.0.1:0")
			e.Setenv("PERCH_SIP__TLS", "127.0.0.1:0")
			e.Setenv("PERCH_WEB__LISTEN", "127.0.0.1:0")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"server": func(ts *testscript.TestScript, _ bool, settings []string) {
				s := &server{t: t, data: ts.Getenv("PERCH_DATA"), env: append(append(os.Environ(),
					"PERCH_DOMAIN=example.test", "PERCH_SIP__TCP=127.0.0.1:0", "PERCH_SIP__TLS=127.0.0.1:0", "PERCH_WEB__LISTEN=127.0.0.1:0"), settings...)}
				ts.Check(os.MkdirAll(s.data, 0o700))
				s.start()
				servers[s.data] = s
				ts.Defer(func() {
					if s.cmd != nil {
						s.stop()
					}
				})
			},
			"halt": func(ts *testscript.TestScript, _ bool, _ []string) { servers[ts.Getenv("PERCH_DATA")].stop() },
			"status": func(ts *testscript.TestScript, _ bool, args []string) {
				if len(args) < 2 {
					ts.Fatalf("usage: status N CMD...")
				}
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				err = ts.Exec(args[1], args[2:]...)
				var exit *exec.ExitError
				if got := 0; errors.As(err, &exit) {
					if got = exit.ExitCode(); got != want {
						ts.Fatalf("status %d, want %d", got, want)
					}
				} else if err != nil || want != 0 {
					ts.Fatalf("status %d, want %d (%v)", got, want, err)
				}
			},
			"until": func(ts *testscript.TestScript, _ bool, args []string) {
				if len(args) < 2 {
					ts.Fatalf("usage: until PATTERN CMD...")
				}
				want, err := regexp.Compile("(?m)" + args[0]) // as stdout does
				ts.Check(err)
				for end := time.Now().Add(30 * time.Second); ; wait(t.Context(), 150*time.Millisecond) {
					var exit *exec.ExitError
					if err := ts.Exec(args[1], args[2:]...); err != nil && !errors.As(err, &exit) {
						ts.Fatalf("%v", err)
					}
					if want.MatchString(ts.ReadFile("stdout")) {
						return
					}
					if time.Now().After(end) {
						ts.Fatalf("no %q within 30 s", args[0])
					}
				}
			},
		},
	})
}
