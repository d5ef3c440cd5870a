package filestore_test

import (
	"slices"
	"strings"
	"testing"

	"perch/chat"
	"perch/filestore"
)

// TestLink: what stands in a message is one word, and the file is found in it
// whatever its name is (XCCOS 3.9).
func TestLink(t *testing.T) {
	const room = "094f5a4a-c492-4f6b-91c2-385eba134fd3"
	for name, want := range map[string]string{
		"Prices.txt":                               "ma-filelink://example.test/" + room + "/a912898f-cf23-476b-a644-0c541d7cfdcf.txt?name=Prices.txt&size=43",
		"Цена \"1\" & <2>.txt":                     "",
		"6d042d7b-50d1-4117-9bf0-5a8c0b11e842.txt": "",
	} {
		f := &chat.File{ID: "a912898f-cf23-476b-a644-0c541d7cfdcf.txt", Name: name, Size: 43}
		got := filestore.Link("example.test", room, f)
		if want != "" && got != want || strings.ContainsAny(got, " <>\"") {
			t.Errorf("%q is linked to as %s", name, got)
		}
		if ids := chat.FileLinks("see " + got + ", please"); !slices.Contains(ids, f.ID) {
			t.Errorf("%s links to %q", got, ids)
		}
	}
}
