package sip_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"perch/sip"
)

func TestParseURI(t *testing.T) {
	for text, want := range map[string]sip.URI{
		"sip:Alice@Example.TEST":                         {Scheme: "sip", User: "Alice", Host: "example.test"},
		"SIPS:alice:pw@example.test:5061;lr?Subject=x":   {Scheme: "sips", User: "alice", Host: "example.test", Port: "5061", Params: "lr", Headers: "Subject=x"},
		"sip:example.test":                               {Scheme: "sip", Host: "example.test"},
		"sip:example.test;transport=tcp;lr":              {Scheme: "sip", Host: "example.test", Params: "transport=tcp;lr"},
		"sip:a@[2001:DB8::1]:5060":                       {Scheme: "sip", User: "a", Host: "[2001:db8::1]", Port: "5060"},
		"sip:a@[::1]":                                    {Scheme: "sip", User: "a", Host: "[::1]"},
		"sip:a?b;c/d@example.test":                       {Scheme: "sip", User: "a?b;c/d", Host: "example.test"},
		"sip:alice@example.test;gruu;opaque=user:epid:x": {Scheme: "sip", User: "alice", Host: "example.test", Params: "gruu;opaque=user:epid:x"},
		"sip:alice@example.test;x=y@elsewhere.test":      {Scheme: "sip", User: "alice", Host: "example.test", Params: "x=y@elsewhere.test"},
		"tel:+1-201-555-0123":                            {Scheme: "tel", User: "+1-201-555-0123"},
		"urn:uuid:1":                                     {Scheme: "urn", User: "uuid:1"},
	} {
		got, err := sip.ParseURI([]byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
	for _, text := range []string{
		"", "sip", "sip:", ":a@b", "1sip:a@b", "s p:a@b", "sip:@b", "sip::pw@b", "sip:a@", "sip:a@:5060", "sip:a@b:", "sip:a@b:x",
		"sip:a@b:123456", "sip:a@b@c", "sip:a@[::1", "sip:a@[::1]x", "sip:a@b c", "sip:a\r\nb@c", "<sip:a@b>", "sip:a@b\x00", `sip:"a"@b`,
	} {
		if got, err := sip.ParseURI([]byte(text)); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

func TestCanonicalAOR(t *testing.T) {
	for text, want := range map[string]string{
		"sip:alice@example.test":                            "sip:alice@example.test",
		"SIP:Alice@Example.TEST":                            "sip:alice@example.test",
		"sips:alice:pw@example.test:5061;transport=tls?x=y": "sip:alice@example.test",
		"sip:%61lic%65@example.test":                        "sip:alice@example.test",
		"sip:%41lice@example.test":                          "sip:alice@example.test",
		"sip:a%2eb@example.test":                            "sip:a.b@example.test",
		"sip:a%2Fb@example.test":                            "sip:a%2fb@example.test", // '/' is not ordinary
		"sip:a%40b@example.test":                            "sip:a%40b@example.test",
		"sip:%2561@example.test":                            "sip:%2561@example.test",    // one level only
		"sip:\u212Aim@example.test":                         "sip:\u212Aim@example.test", // KELVIN SIGN is no k
	} {
		if got, err := sip.CanonicalAOR([]byte(text)); err != nil || got != want {
			t.Errorf("%s: got %q, want %q, %v", text, got, want, err)
		}
	}
	for _, text := range []string{"", "alice@example.test", "sip:example.test", "tel:+12015550123", "sip:a%@b", "sip:a%4@b", "sip:a%4%31@b", "sip:a%zz@b"} {
		if got, err := sip.CanonicalAOR([]byte(text)); err == nil {
			t.Errorf("%q was read as %q", text, got)
		}
	}
}
