package chat_test

import (
	"slices"
	"strings"
	"testing"

	"perch/chat"
)

// TestFileLinks: whatever looks like a file's id behind a link is one, because
// clients write the rest of it as they please (XCCOS 3.9).
func TestFileLinks(t *testing.T) {
	const a, b = "a912898f-cf23-476b-a644-0c541d7cfdcf.txt", "6d042d7b-50d1-4117-9bf0-5a8c0b11e842"
	for text, want := range map[string][]string{
		"":                                 nil,
		"hello":                            nil,
		a:                                  nil,
		"a link to " + a + " that is none": nil,
		"ma-filelink:" + a:                 {a},
		"see ma-filelink://example.test/094f5a4a-c492-4f6b-91c2-385eba134fd3/" + a + "?size=43": {"094f5a4a-c492-4f6b-91c2-385eba134fd3", a},
		`<a href="MA-FileLink:` + strings.ToUpper(a) + `">Prices.txt</a>`:                       {a},
		"ma-filelink:" + a + " and ma-filelink:" + b + ", " + a + ".":                           {a, b},
		a + " stands before ma-filelink:" + b:                                                   {b},
		"ma-filelink:x" + a:                                                                     nil,
		"ma-filelink:" + a[:35]:                                                                 nil,
		"ma-filelink:g912898f-cf23-476b-a644-0c541d7cfdcf":                                      nil,
		"ma-filelink:a912898f0cf23-476b-a644-0c541d7cfdcf":                                      nil,
		"ma-filelink":       nil,
		"mma-filelink:" + b: {b},
	} {
		if got := chat.FileLinks(text); !slices.Equal(got, want) {
			t.Errorf("%q links to %q, want %q", text, got, want)
		}
	}
}
