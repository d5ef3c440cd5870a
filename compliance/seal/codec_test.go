package seal

// These tests are inside the package because the form of a leaf's bytes has no
// other way in: a log writes what it reads.

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
)

var leafSamples = []Leaf{
	{},
	{Version: 1},
	{
		Act: "a\n\nb", Actor: -1, ActorURI: "sip:a@example.test", At: 1, Class: "long", Client: `x"\`, Commit: "q+/=", Endpoint: "e", Entry: 1 << 62, Floor: 5,
		Index: -1 << 63, Kind: "post", Last: 3, Message: 4, Prev: "p", Room: "r", RoomSeq: 9, Sealed: "s", Size: 1<<63 - 1, Version: 1,
	},
	{Client: "Bj\u00f6rn <b>&amp; \u2028 \u2029 \x00\x7f\t", Kind: "\U0001f600", ActorURI: "\xff", Version: 1},
}

// generalParse is parseLeaf by encoding/json, which says what the form is.
func generalParse(data []byte) (l Leaf, ok bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if d.Decode(&l) != nil || l.Version != leafVersion {
		return l, false
	}
	again, err := encode(l)
	return l, err == nil && bytes.Equal(again, data)
}

// FuzzParseLeaf: the reader takes what the general one takes, and nothing else.
func FuzzParseLeaf(f *testing.F) {
	for i := range leafSamples {
		data, err := encode(leafSamples[i])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		for _, harm := range [][2]string{
			{`"at":0`, `"at":00`},
			{`"at":0`, `"at":-0`},
			{`"at":0,`, ``},
			{`{`, `{"actor":0,`},
			{`{`, `{ `},
			{`}`, `} `},
			{`}`, `,}`},
			{`{`, `{,`},
			{`}`, ``},
			{`"at":1`, `"at":1e0`},
			{`"at":0`, `"at":9223372036854775808`},
			{`"kind":"post"`, `"kind":"p\u006fst"`},
			{`"kind":"post"`, `"kind":"post`},
			{`"kind":""`, `"kind":"\"`},
			{`"kind":""`, `"kind":"` + "\xff" + `"`},
			{`"kind":""`, `"Kind":""`},
			{`"v":1`, `"v":1,"x":2`},
			{`"v":1`, `"v":1,"v":1`},
			{`"v":1`, `"v":2`},
		} {
			f.Add(bytes.Replace(data, []byte(harm[0]), []byte(harm[1]), 1))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := parseLeaf(data)
		want, ok := generalParse(data)
		if ok != (err == nil) || ok && got != want {
			t.Errorf("%q: %+v and %v, want %+v and %v", data, got, err, want, ok)
		}
	})
}

// FuzzAppend: leaves and bodies are written as encoding/json writes them.
func FuzzAppend(f *testing.F) {
	for i := range leafSamples {
		l := &leafSamples[i]
		f.Add(l.ActorURI, l.Client, l.Kind, l.Act, l.Index, l.Last, i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, a, b, c, d string, m, n int64, flag bool) {
		l := Leaf{d, n, a, m, b, b, c, a, m, n, m, c, m, n, a, b, m, c, n, m}
		writes(t, l, func(dst []byte) ([]byte, error) { return appendLeaf(dst, &l) })
		body := Body{a, flag, b, c, d, a, n, b}
		writes(t, body, func(dst []byte) ([]byte, error) { return appendBody(dst, &body) })
	})
}

func writes(t *testing.T, v any, write func(dst []byte) ([]byte, error)) {
	t.Helper()
	want, err := encode(v)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := write([]byte("before")); err != nil || string(got) != "before"+string(want) {
		t.Errorf("%s, %v, want before%s", got, err, want)
	}
}

// TestBoxes opens what boxes have encrypted with a key derived as the format says,
// by the library's one call, and one record after another.
func TestBoxes(t *testing.T) {
	b := newBoxes()
	for n := range 3 {
		key, body := bytes.Repeat([]byte{byte(n + 1)}, keySize), []byte(strings.Repeat("body ", n))
		sealed, err := b.encrypt([]byte("before"), key, body)
		if err != nil {
			t.Fatal(err)
		}
		derived, err := hkdf.Key(sha256.New, key, nil, "perch-body-encryption-v1", keySize)
		if err != nil {
			t.Fatal(err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			t.Fatal(err)
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := gcm.Open(nil, make([]byte, gcm.NonceSize()), bytes.TrimPrefix(sealed, []byte("before")), nil)
		if err != nil || !bytes.Equal(opened, body) {
			t.Errorf("record %d opens as %q, %v", n, opened, err)
		}
	}
}
