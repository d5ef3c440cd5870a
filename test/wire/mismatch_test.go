package wire_test

import "testing"

// TestMismatch checks that a comparison can fail: each pair differs in one thing.
func TestMismatch(t *testing.T) {
	for _, x := range []struct{ want, got string }{
		{`<a/>`, `<b/>`},
		{`<a/>`, `<a/><a/>`},
		{`<a/><a/>`, `<a/>`},
		{`<a/>`, `<a b="1"/>`},
		{`<a b="1"/>`, `<a/>`},
		{`<a b="1"/>`, `<a b="2"/>`},
		{`<a b="1">...</a>`, `<a b="2"><c/></a>`},
		{`<a>...<c/></a>`, `<a><b/></a>`},
		{`<a>...<b/><c/></a>`, `<a><c/><b/></a>`},
		{`<a>text</a>`, `<a>text </a>`},
		{`<a>text</a>`, `<a/>`},
		{`<a><b/></a>`, `<a/>`},
		{`<a b="${any}"/>`, `<a b=""/>`},
		{`<a b="${x}" c="${x}"/>`, `<a b="1" c="2"/>`},
		{`<a b="${known}"/>`, `<a b="2"/>`},
	} {
		v := variables{"known": "1"}
		want, err := readTree(x.want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readTree(x.got)
		if err != nil {
			t.Fatal(err)
		}
		if want.match(got, v) == nil {
			t.Errorf("%s matches %s", x.got, x.want)
		}
		if err := want.match(want, variables{"known": "${known}", "x": "${x}"}); err != nil {
			t.Errorf("%s does not match itself: %v", x.want, err)
		}
	}
}
