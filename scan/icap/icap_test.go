//go:build e2e

package icap_test

import (
	"net/url"
	"strings"
	"testing"

	"perch/scan/icap"
	"perch/scan/scantest"
)

// TestICAP asks Debian's c-icap, which asks Debian's clamd.
func TestICAP(t *testing.T) {
	_, tcp := scantest.StartClamd(t)
	u, err := url.Parse(scantest.StartICAP(t, tcp))
	if err != nil {
		t.Fatal(err)
	}
	s := icap.New(icap.Config{URL: u})
	for name, c := range map[string]struct{ content, found string }{
		"clean":    {"nothing to see", ""},
		"empty":    {"", ""},
		"infected": {"before " + scantest.Infected + " behind", scantest.Name},
		"large":    {strings.Repeat("0123456789abcdef", 40_000), ""},
		"at last":  {strings.Repeat("0123456789abcdef", 40_000) + scantest.Infected, scantest.Name},
	} {
		found, err := s.Scan(t.Context(), "Prices & more.txt", int64(len(c.content)), strings.NewReader(c.content))
		if err != nil || found != c.found {
			t.Errorf("%s: %q, %v, want %q", name, found, err, c.found)
		}
	}
}
