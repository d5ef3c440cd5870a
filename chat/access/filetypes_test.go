package access_test

import (
	"slices"
	"strings"
	"testing"

	"perch/chat"
	"perch/chat/access"
)

// TestFileType: the first entry that fits decides.
func TestFileType(t *testing.T) {
	for _, c := range []struct{ list, allowed, refused string }{
		{"", "text/plain image/png application/x-elf", ""},
		{"image/*", "image/png image/svg+xml", "text/plain images/png image"},
		{"!application/x-elf !application/vnd.microsoft.portable-executable", "text/plain", "application/x-elf application/vnd.microsoft.portable-executable"},
		{"!image/gif image/* text/plain", "image/png text/plain", "image/gif text/html"},
		{"image/* !image/gif", "image/gif", "text/plain"},
	} {
		category := &chat.Category{FileTypes: strings.Fields(c.list)}
		for _, name := range strings.Fields(c.allowed) {
			if err := access.FileType(category, name); err != nil {
				t.Errorf("%q refuses %s: %v", c.list, name, err)
			}
		}
		for _, name := range strings.Fields(c.refused) {
			if err := access.FileType(category, name); chat.KindOf(err) != chat.KindForbidden || !strings.Contains(err.Error(), name) {
				t.Errorf("%q and %s: %v", c.list, name, err)
			}
		}
	}
}

func TestCheckFileTypes(t *testing.T) {
	got, err := access.CheckFileTypes([]string{" Image/* ", "!text/HTML", "application/vnd.oasis.opendocument.text"})
	if want := []string{"image/*", "!text/html", "application/vnd.oasis.opendocument.text"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"", "!", "pdf", ".pdf", "*", "*/*", "image/", "/png", "image/p*", "image/png image/gif", "image/png;q=1", "a/b/c", "ä/b"} {
		if _, err := access.CheckFileTypes([]string{bad}); chat.KindOf(err) != chat.KindInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := access.CheckFileTypes(slices.Repeat([]string{"a/b"}, access.MaxFileTypes+1)); chat.KindOf(err) != chat.KindInvalid {
		t.Errorf("too many: %v", err)
	}
}
