package app_test

import (
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"perch/app"
)

var update = flag.Bool("update", false, "write testdata/sample.toml")

// TestSample: the sample is made from the struct, means the same as an empty
// file, and is what stands in testdata, where a reviewer sees it change.
func TestSample(t *testing.T) {
	sample := app.Sample()
	if *update {
		if err := os.WriteFile("testdata/sample.toml", []byte(sample), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile("testdata/sample.toml"); err != nil || string(want) != sample {
		t.Errorf("the sample is not testdata/sample.toml (%v); run: go test ./app -run Sample -update", err)
	}
	got, err := app.LoadConfig([]byte(sample), nil)
	if err != nil || !reflect.DeepEqual(got, app.DefaultConfig()) {
		t.Errorf("the sample means %+v, %v", got, err)
	}
	empty, err := app.LoadConfig(nil, nil)
	if err != nil || !reflect.DeepEqual(empty, app.DefaultConfig()) {
		t.Errorf("an empty file means %+v, %v", empty, err)
	}
	undocumented(t, reflect.TypeFor[app.Config](), "")
}

// undocumented finds fields without a doc tag or a key.
func undocumented(t *testing.T, s reflect.Type, prefix string) {
	t.Helper()
	for i := range s.NumField() {
		f := s.Field(i)
		if f.Tag.Get("doc") == "" || f.Tag.Get("koanf") == "" {
			t.Errorf("%s%s has no doc or no key", prefix, f.Name)
		}
		if f.Type.Kind() == reflect.Struct {
			undocumented(t, f.Type, f.Name+".")
		}
	}
}

// TestEnvironment: a key is PERCH_ and its name, two underscores for a dot; it
// wins over the file.
func TestEnvironment(t *testing.T) {
	file := "domain = \"file.test\"\n[sip]\ntls = \"127.0.0.1:1\"\n[limits]\nwaiting_posts = 5\n"
	c, err := app.LoadConfig([]byte(file), []string{
		"PERCH_DOMAIN=env.test", "PERCH_SIP__TCP=", "PERCH_SIP__AUTH=ntlm", "PERCH_LIMITS__OUT_BYTES=4096", "PERCH_LOG__LEVEL=debug", "OTHER=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := app.DefaultConfig()
	want.Domain, want.SIP.TCP, want.SIP.TLS = "env.test", "", "127.0.0.1:1"
	want.Limits.WaitingPosts, want.Limits.OutBytes, want.Log.Level = 5, 4096, "debug"
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
}

// TestBadConfig: what cannot be is refused with the key and what to do.
func TestBadConfig(t *testing.T) {
	for text, want := range map[string]string{
		`domain = `:                                  "not TOML",
		`domian = "x"`:                               `unknown key "domian": did you mean "domain"`,
		"[sip]\ntls_crt = \"x\"":                     `did you mean "sip.tls_cert"`,
		`domain = "a b"`:                             "is not a domain name",
		`data = ""`:                                  "data must name a folder",
		"[sip]\ntcp = \"5060\"":                      "sip.tcp",
		"[sip]\ntcp = \"127.0.0.1:99999\"":           "sip.tcp",
		"[sip]\ntcp = \"\"\ntls = \"\"":              "nobody could sign in",
		"[sip]\nauth = []":                           "sip.auth is empty",
		"[sip]\nauth = [\"magic\"]":                  "is not known",
		"[sip]\nauth = [\"none\", \"ntlm\"]":         "none excludes",
		"[sip]\nauth = [\"none\"]\ntls = \":5061\"":  "must be loopback",
		"[sip]\ntls_cert = \"x.pem\"":                "belong together",
		"[sip]\ntls_cert = \"/x\"\ntls_key = \"/y\"": "cannot be used",
		"[sip]\nsession_expires = 5":                 "at least 30",
		"[log]\nlevel = \"loud\"":                    "debug, info, warn or error",
		"[log]\nformat = \"xml\"":                    "text or json",
		"[limits]\nout_bytes = 0":                    "at least 1",
		"[limits]\nmessage_bytes = 300000":           "more than limits.body_bytes",
		"[web]\nlisten = \"8450\"":                   "web.listen",
		"[web]\nurl = \"chat.example.test\"":         "is not an address like https://",
		"[web]\nurl = \"https://x.test/chat\"":       "without a path",
		"[files]\nunposted_hours = 0":                "at least 1 hour",

		"[files]\nfolder = \"/x\"\n[files.s3]\nendpoint = \"https://x\"":                 "in one place",
		"[files.s3]\nbucket = \"x\"":                                                     "without files.s3.endpoint",
		"[files]\nscanner = \"/run/clamd.ctl\"":                                          "is not an address like clamd:",
		"[files]\nscanner = \"clamd://host\"":                                            "is not an address like clamd:",
		"[files]\nscanner = \"icap:///avscan\"":                                          "is not an address like clamd:",
		"[files]\nrequest_kb = 1":                                                        "16 to 65536",
		"[web]\nsession_hours = 0":                                                       "1 to 8760",
		"[web]\nidle_minutes = -1":                                                       "0 for never",
		"[web]\nlockout_minutes = 0":                                                     "at least a minute",
		"[web]\naddress_failures = -1":                                                   "0 for any number",
		"[web]\nproxies = [\"proxy.test\"]":                                              "is not an address like 192.0.2.1",
		"[web.oidc]\nclient_id = \"x\"":                                                  "without web.oidc.issuer",
		"[web.oidc]\nissuer = \"http://login.test\"\nclient_id = \"x\"":                  "is not an address like https://login",
		"[web.oidc]\nissuer = \"https://login.test\"":                                    "needs web.oidc.client_id",
		"[web.oidc]\nissuer = \"https://login.test\"\nclient_id = \"x\"\nname = \"a/b\"": "without / ? #",
		`site = "a:b"`: "without a colon",
	} {
		if _, err := app.LoadConfig([]byte(text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
