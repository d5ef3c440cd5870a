package webhook_test

import (
	"testing"

	"perch/chat"
	"perch/webhook"
)

// TestHosts: what an administrator names is allowed, and nothing else.
func TestHosts(t *testing.T) {
	h, err := webhook.ParseHosts([]string{"hooks.example.com", "Other.example.com:8443", "*.corp.example", "10.1.0.0/16", "10.9.9.9", "http://127.0.0.1:9000", "http://localhost:9001", "[fd00::1]:8443"})
	if err != nil {
		t.Fatal(err)
	}
	const ok = chat.Kind(-1)
	for address, kind := range map[string]chat.Kind{
		"https://hooks.example.com/x?y=1":        ok,
		"https://HOOKS.example.com.:443/x":       ok,
		"https://other.example.com:8443/":        ok,
		"https://a.b.corp.example/":              ok,
		"https://10.9.9.9/":                      ok,
		"https://[fd00::1]:8443/":                ok,
		"http://127.0.0.1:9000/x":                ok,
		"http://localhost:9001":                  ok,
		"https://hooks.example.com:444/":         chat.KindForbidden,
		"https://other.example.com/":             chat.KindForbidden,
		"https://corp.example/":                  chat.KindForbidden,
		"https://evilcorp.example/":              chat.KindForbidden,
		"https://hooks.example.com.evil.test/":   chat.KindForbidden,
		"https://10.1.2.3/":                      chat.KindForbidden, // a network says what names may lead to, and is no receiver
		"https://127.0.0.1:9000/":                chat.KindForbidden,
		"http://hooks.example.com/":              chat.KindInvalid,
		"http://127.0.0.1:9002/":                 chat.KindInvalid,
		"https://u:p@hooks.example.com/":         chat.KindInvalid,
		"https://hooks.example.com@evil.test/":   chat.KindInvalid,
		"https://hooks.example.com/#x":           chat.KindInvalid,
		"ftp://hooks.example.com/":               chat.KindInvalid,
		"hooks.example.com":                      chat.KindInvalid,
		"https://hooks.example.com\\@evil.test/": chat.KindInvalid,
	} {
		err := h.Check(address)
		if kind == ok && err != nil || kind != ok && (err == nil || chat.KindOf(err) != kind) {
			t.Errorf("%s: %v, want %v", address, err, kind)
		}
	}
}

// TestHostsRefused: a list that would let too much out, or that means nothing, is
// no configuration.
func TestHostsRefused(t *testing.T) {
	for _, line := range []string{"", "*", "*.", "http://example.com:80", "http://10.0.0.1:80", "http://127.0.0.1", "https://example.com/path", "example.com:x", "a b", "x*.example.com", "example.com/path"} {
		if _, err := webhook.ParseHosts([]string{line}); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
	var none webhook.Hosts
	if err := none.Check("https://example.com/"); chat.KindOf(err) != chat.KindForbidden || err == nil {
		t.Errorf("with an empty list: %v", err)
	}
}

// TestReachable: a name that leads into the local network is not followed.
func TestReachable(t *testing.T) {
	h, err := webhook.ParseHosts([]string{"hooks.example.com", "10.1.0.0/16", "http://127.0.0.1:9000"})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"203.0.112.7": true, "2a00:1450::1": true, "10.1.2.3": true, "::ffff:10.1.2.3": true,
		"10.2.0.1": false, "127.0.0.2": false, "::1": false, "::ffff:127.0.0.2": false, "169.254.169.254": false, "192.168.1.1": false,
		"172.16.0.1": false, "100.64.0.1": false, "0.0.0.0": false, "fd00::1": false, "fe80::1": false, "224.0.0.1": false, "255.255.255.255": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "::": false,
	} {
		if got := webhook.Reachable(&h, "https://hooks.example.com/", address); got != want {
			t.Errorf("%s: reachable %v", address, got)
		}
	}
	if webhook.Reachable(&h, "http://127.0.0.1:9000/", "10.1.2.3") {
		t.Error("plain HTTP leaves the machine")
	}
}
