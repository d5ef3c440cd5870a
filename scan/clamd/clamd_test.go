//go:build e2e

package clamd_test

import (
	"strings"
	"testing"

	"perch/chat"
	"perch/scan/clamd"
	"perch/scan/scantest"
)

// TestClamd asks Debian's clamd, over both kinds of sockets.
func TestClamd(t *testing.T) {
	socket, tcp := scantest.StartClamd(t)
	for network, address := range map[string]string{"unix": socket, "tcp": tcp} {
		s := clamd.New(clamd.Config{Network: network, Address: address})
		for name, c := range map[string]struct{ content, found string }{
			"clean":             {"nothing to see", ""},
			"empty":             {"", ""},
			"infected":          {"before " + scantest.Infected + " behind", scantest.Name},
			"large":             {strings.Repeat("0123456789abcdef", 40_000), ""},
			"large and at last": {strings.Repeat("0123456789abcdef", 40_000) + scantest.Infected, scantest.Name},
		} {
			found, err := s.Scan(t.Context(), "a.txt", int64(len(c.content)), strings.NewReader(c.content))
			if err != nil || found != c.found {
				t.Errorf("%s over %s: %q, %v, want %q", name, network, found, err, c.found)
			}
		}
		long := strings.Repeat("x", 3*scantest.StreamLimit)
		if _, err := s.Scan(t.Context(), "a.txt", int64(len(long)), strings.NewReader(long)); chat.KindOf(err) != chat.KindTooLarge {
			t.Errorf("larger than it takes, over %s: %v", network, err)
		}
	}
}
