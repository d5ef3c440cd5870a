package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"

	"perch/chat"
)

// Config is the whole configuration. Every key has a default (DefaultConfig),
// so that an empty file works. In the environment a key is written PERCH_ and
// its name in capitals, two underscores for a dot: PERCH_SIP__TLS_CERT.
type Config struct {
	Domain      string           `koanf:"domain" doc:"SIP domain of the users and of the addresses of rooms."`
	Data        string           `koanf:"data" doc:"Folder that holds everything the server keeps."`
	DisplayName string           `koanf:"display_name" doc:"Friendly name of the server, shown by clients that can."`
	Site        string           `koanf:"site" doc:"Name of the site that the server stands at; policies and settings may be set for it."`
	Pool        string           `koanf:"pool" doc:"Name of the pool that the server belongs to, likewise; empty: the domain."`
	SIP         SIPConfig        `koanf:"sip" doc:"Where and how clients sign in."`
	Web         WebConfig        `koanf:"web" doc:"What is reached by HTTP: the file service of chat clients."`
	Files       FilesConfig      `koanf:"files" doc:"Where rooms' files are kept, and how long."`
	Compliance  ComplianceConfig `koanf:"compliance" doc:"The Compliance service, which hands everything of record on."`
	Limits      LimitsConfig     `koanf:"limits" doc:"Bounds; more than one of them is never queued, stored or sent."`
	AdminSocket string           `koanf:"admin_socket" doc:"File of the administration socket; empty: admin.sock in the data folder, which only the server's account can reach."`
	AdminGroup  string           `koanf:"admin_group" doc:"Group of accounts of this machine that may reach the administration socket, too; perch duty says what each may do. It goes with admin_socket, in a folder that they can reach."`
	Metrics     string           `koanf:"metrics" doc:"Address to serve metrics on for Prometheus, by plain HTTP at /metrics; empty: on the administration socket only."`
	Log         LogConfig        `koanf:"log" doc:"What is logged to standard error."`
}

// SIPConfig is the section [sip].
type SIPConfig struct {
	TCP     string   `koanf:"tcp" doc:"Address to listen on for plain TCP; empty: none."`
	TLS     string   `koanf:"tls" doc:"Address to listen on for TLS; empty: none."`
	Auth    []string `koanf:"auth" doc:"Ways to sign in: ntlm; or none, without proof, which is refused unless every address above is loopback."`
	TLSCert string   `koanf:"tls_cert" doc:"PEM file with the certificate; empty: a self-signed one is made in the data folder."`
	TLSKey  string   `koanf:"tls_key" doc:"PEM file with the certificate's key."`
	Host    string   `koanf:"host" doc:"Host name that clients are told; empty: this machine's."`
	Session int      `koanf:"session_expires" doc:"Seconds after which a chat session that was not refreshed is dropped."`
}

// WebConfig is the section [web].
type WebConfig struct {
	Listen string `koanf:"listen" doc:"Address to listen on: on loopback for plain HTTP, otherwise for HTTPS with the certificate of [sip]; empty: none, and no files."`
	URL    string `koanf:"url" doc:"Address that clients are told, such as https://chat.example.com; empty: sip.host with the port above, on loopback the address above."`

	WebhookHosts    []string   `koanf:"webhook_hosts" doc:"Receivers that outgoing webhooks may send to: hooks.example.com, hooks.example.com:8443, *.example.com, by HTTPS; 10.1.0.0/16 for private addresses that they may have; http://127.0.0.1:9000 for one on this machine. None: nothing goes out."`
	Notice          string     `koanf:"notice" doc:"Text that people must see before they sign in; empty: none."`
	SessionHours    int        `koanf:"session_hours" doc:"Hours after which a web session ends, used or not."`
	IdleMinutes     int        `koanf:"idle_minutes" doc:"Minutes after which a web session ends that is not used, and after which the client locks itself; 0: never."`
	LockoutFailures int        `koanf:"lockout_failures" doc:"Passwords in a row that may be wrong for one name before it is locked out; 0: any number."`
	LockoutMinutes  int        `koanf:"lockout_minutes" doc:"Minutes for which it is."`
	AddressFailures int        `koanf:"address_failures" doc:"Sign-ins a minute that may fail from one address; 0: any number."`
	Proxies         []string   `koanf:"proxies" doc:"Addresses of proxies, such as 192.0.2.1 or 192.0.2.0/24, whose X-Forwarded-For says where requests come from."`
	OIDC            OIDCConfig `koanf:"oidc" doc:"An OpenID Connect provider by which users sign in to the web client."`
}

// OIDCConfig is the section [web.oidc].
type OIDCConfig struct {
	Name         string   `koanf:"name" doc:"Name of the provider, as people read it."`
	Issuer       string   `koanf:"issuer" doc:"Its address, such as https://login.example.com/realms/main; empty: there is none. It sends browsers back to /api/v1/oidc/NAME/callback of this server."`
	ClientID     string   `koanf:"client_id" doc:"Name that this server has there."`
	ClientSecret string   `koanf:"client_secret" doc:"Its secret; better given in the environment, as PERCH_WEB__OIDC__CLIENT_SECRET."`
	Claim        string   `koanf:"claim" doc:"Claim that says who a user is: his name, his address or his e-mail address here."`
	Scopes       []string `koanf:"scopes" doc:"Scopes to ask for, beside openid."`
	Create       bool     `koanf:"create" doc:"Make a user for whom the provider vouches and who is not there; otherwise he is refused."`
}

// FilesConfig is the section [files].
type FilesConfig struct {
	Folder        string   `koanf:"folder" doc:"Folder that files are kept in; empty: files in the data folder."`
	UnpostedHours int      `koanf:"unposted_hours" doc:"Hours for which a file is kept that was uploaded and that no message links to."`
	S3            S3Config `koanf:"s3" doc:"An S3 service to keep files in, instead of the folder."`
	Scanner       string   `koanf:"scanner" doc:"What looks at files before they are handed out: clamd:///run/clamav/clamd.ctl, clamd://host:3310 or icap://host:1344/service; empty: nothing does."`
	RequestKB     int      `koanf:"request_kb" doc:"Most of a file that one request carries, in units of 1024 bytes."`
}

// S3Config is the section [files.s3].
type S3Config struct {
	Endpoint  string `koanf:"endpoint" doc:"Address of the service, such as https://s3.example.com; empty: files are kept in the folder."`
	Bucket    string `koanf:"bucket" doc:"Bucket, which must be there."`
	Prefix    string `koanf:"prefix" doc:"Beginning of the objects' names, such as perch/."`
	Region    string `koanf:"region" doc:"Region; empty: the service is asked."`
	AccessKey string `koanf:"access_key" doc:"Access key; empty: that of AWS_ACCESS_KEY_ID, of ~/.aws/credentials, or of the machine's role."`
	SecretKey string `koanf:"secret_key" doc:"Its secret; better given in the environment, as PERCH_FILES__S3__SECRET_KEY."`
}

// ComplianceConfig is the section [compliance].
type ComplianceConfig struct {
	Enabled   bool     `koanf:"enabled" doc:"Run the Compliance service. Without it the journal is kept all the same, and handed on when the service runs again."`
	Store     string   `koanf:"store" doc:"File of the compliance store; empty: compliance.db in the data folder."`
	Sealed    bool     `koanf:"sealed" doc:"Keep the sealed archive, which proves that nothing on record was changed or left out."`
	Witnesses []string `koanf:"witnesses" doc:"Addresses of witnesses (perch witness) that are shown the sealed archive's head every ten seconds, such as http://audit.example.test:8710, each with # and the witness's public key behind it: without that, whoever answers there is taken for it."`
	MaxLag    int      `koanf:"max_lag" doc:"Seconds by which the archive may be behind: then it is reported as trouble, and strict categories take no posts."`
	KeepDays  int      `koanf:"keep_days" doc:"Days for which events are kept in the compliance store after every adapter had them, for searching and for handing them on again."`
}

// LimitsConfig is the section [limits].
type LimitsConfig struct {
	WaitingPosts    int `koanf:"waiting_posts" doc:"Posts of one room that may wait for the disk."`
	WaitingCommands int `koanf:"waiting_commands" doc:"Commands of one client that may wait."`
	OutBytes        int `koanf:"out_bytes" doc:"Bytes that may wait for one connection; a client that reads slower is cut off."`
	BodyBytes       int `koanf:"body_bytes" doc:"Longest body of a SIP message that is read."`
	Connections     int `koanf:"connections" doc:"Connections at a time."`
	MessageBytes    int `koanf:"message_bytes" doc:"Longest message, in bytes of UTF-8."`
	StoryBytes      int `koanf:"story_bytes" doc:"Longest story, in bytes of UTF-8."`
	SearchResults   int `koanf:"search_results" doc:"Most rooms that a search returns."`
}

// LogConfig is the section [log].
type LogConfig struct {
	Level  string `koanf:"level" doc:"debug, info, warn or error."`
	Format string `koanf:"format" doc:"text or json."`
}

// DefaultConfig is the configuration of an empty file.
func DefaultConfig() Config {
	return Config{
		Domain: "localhost", Data: "perch-data", DisplayName: "Perch", Site: "Default",
		SIP: SIPConfig{TCP: "127.0.0.1:5060", TLS: "127.0.0.1:5061", Auth: []string{"ntlm"}, Session: 600},
		Web: WebConfig{
			Listen: "127.0.0.1:8450", SessionHours: 12, IdleMinutes: 480, LockoutFailures: 10, LockoutMinutes: 15, AddressFailures: 60, Proxies: []string{}, WebhookHosts: []string{},
			OIDC: OIDCConfig{Name: "SSO", Claim: "preferred_username", Scopes: []string{"profile", "email"}},
		},
		Files:      FilesConfig{UnpostedHours: 24, RequestKB: 4096},
		Compliance: ComplianceConfig{Enabled: true, Sealed: true, Witnesses: []string{}, MaxLag: 300, KeepDays: 30},
		Limits: LimitsConfig{
			WaitingPosts: 256, WaitingCommands: 128, OutBytes: 1 << 20, BodyBytes: 256 << 10, Connections: 200_000,
			MessageBytes: 8192, StoryBytes: 65536, SearchResults: 999,
		},
		Log: LogConfig{Level: "info", Format: "text"},
	}
}

// chatLimits are the limits of the domain that the configuration sets.
func (c *Config) chatLimits() chat.Limits {
	l := chat.DefaultLimits()
	l.MessageBytes, l.StoryBytes, l.SearchResults, l.WaitingPosts = c.Limits.MessageBytes, c.Limits.StoryBytes, c.Limits.SearchResults, c.Limits.WaitingPosts
	return l
}

// LoadConfig reads TOML text (nil for none) and the environment, and checks
// what they say. environ is as os.Environ gives it.
func LoadConfig(text []byte, environ []string) (Config, error) {
	c := DefaultConfig()
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(text), toml.Parser()); err != nil {
		return c, fmt.Errorf("the configuration is not TOML: %w", err)
	}
	fromEnv := env.Provider(".", env.Opt{
		Prefix:      "PERCH_",
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(key, value string) (string, any) {
			key = strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(key, "PERCH_")), "__", ".")
			if slices.Contains([]string{"sip.auth", "compliance.witnesses", "web.proxies", "web.webhook_hosts", "web.oidc.scopes"}, key) {
				return key, splitList(value)
			}
			return key, value
		},
	})
	if err := k.Load(fromEnv, nil); err != nil {
		return c, fmt.Errorf("the environment cannot be read: %w", err)
	}
	if err := knownKeys(k.Keys()); err != nil {
		return c, err
	}
	if err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{Tag: "koanf"}); err != nil {
		return c, fmt.Errorf("the configuration does not fit: %w", err)
	}
	return c, c.Check()
}

func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// keys lists all keys with their fields, in order.
func keys(t reflect.Type, prefix string, visit func(key string, f reflect.StructField)) {
	for f := range fields(t) {
		key := prefix + f.Tag.Get("koanf")
		visit(key, f)
		if f.Type.Kind() == reflect.Struct {
			keys(f.Type, key+".", visit)
		}
	}
}

func fields(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// knownKeys finds keys that mean nothing, and the one that was perhaps meant.
func knownKeys(given []string) error {
	var known []string
	keys(reflect.TypeFor[Config](), "", func(key string, f reflect.StructField) {
		if f.Type.Kind() != reflect.Struct {
			known = append(known, key)
		}
	})
	sort.Strings(given)
	var errs []error
	for _, g := range given {
		if slices.Contains(known, g) {
			continue
		}
		nearest := slices.MinFunc(known, func(a, b string) int { return distance(g, a) - distance(g, b) })
		errs = append(errs, fmt.Errorf("unknown key %q: did you mean %q?", g, nearest))
	}
	return errors.Join(errs...)
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, before+cost)
		}
	}
	return row[len(b)]
}

// Check says what of the configuration cannot be, and what to do about it.
func (c *Config) Check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Domain == "" || strings.ContainsAny(c.Domain, " /@:<>\"") {
		bad("domain %q is not a domain name", c.Domain)
	}
	if c.Data == "" {
		bad("data must name a folder")
	}
	if c.AdminGroup != "" && c.AdminSocket == "" {
		bad("admin_group goes with admin_socket: others than the server's account cannot reach into the data folder")
	}
	for key, addr := range map[string]string{"sip.tcp": c.SIP.TCP, "sip.tls": c.SIP.TLS, "web.listen": c.Web.Listen} {
		_, port, err := net.SplitHostPort(addr)
		if err == nil {
			_, err = strconv.ParseUint(port, 10, 16)
		}
		if addr != "" && err != nil {
			bad("%s = %q is not an address like 127.0.0.1:5060", key, addr)
		}
	}
	for key, name := range map[string]string{"site": c.Site, "pool": c.Pool} {
		if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == ':' }) || len(name) > 64 {
			bad("%s = %q: up to 64 characters without a colon", key, name)
		}
	}
	if c.SIP.TCP == "" && c.SIP.TLS == "" {
		bad("sip.tcp and sip.tls are both empty: nobody could sign in")
	}
	c.Web.check(bad)
	if c.Files.UnpostedHours < 1 {
		bad("files.unposted_hours = %d: at least 1 hour, so that a client can post what it uploaded", c.Files.UnpostedHours)
	}
	if s := c.Files.S3; s.Endpoint != "" && c.Files.Folder != "" {
		bad("files.folder and files.s3.endpoint are both given: files are kept in one place")
	} else if s.Endpoint == "" && s.Bucket != "" {
		bad("files.s3.bucket is given without files.s3.endpoint")
	}
	if _, err := newScanner(c.Files.Scanner); err != nil {
		errs = append(errs, err)
	}
	if c.Files.RequestKB < 16 || c.Files.RequestKB > 1<<16 {
		bad("files.request_kb = %d: 16 to 65536", c.Files.RequestKB)
	}
	errs = append(errs, c.checkAuth()...)
	if (c.SIP.TLSCert == "") != (c.SIP.TLSKey == "") {
		bad("sip.tls_cert and sip.tls_key belong together: give both or neither")
	}
	if c.SIP.TLSCert != "" && c.SIP.TLSKey != "" {
		if _, err := tls.LoadX509KeyPair(c.SIP.TLSCert, c.SIP.TLSKey); err != nil {
			bad("sip.tls_cert and sip.tls_key cannot be used: %w", err)
		}
	}
	if c.Limits.MessageBytes > c.Limits.BodyBytes {
		bad("limits.message_bytes = %d is more than limits.body_bytes = %d, which is all that is read", c.Limits.MessageBytes, c.Limits.BodyBytes)
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		bad("log.level = %q: use debug, info, warn or error", c.Log.Level)
	}
	if !slices.Contains([]string{"text", "json"}, c.Log.Format) {
		bad("log.format = %q: use text or json", c.Log.Format)
	}
	if c.SIP.Session < 30 {
		bad("sip.session_expires = %d: at least 30 seconds", c.SIP.Session)
	}
	v := reflect.ValueOf(c.Limits)
	for i := range v.NumField() {
		if n := v.Field(i).Int(); n < 1 {
			bad("limits.%s = %d: at least 1", v.Type().Field(i).Tag.Get("koanf"), n)
		}
	}
	return errors.Join(errs...)
}

func (c *Config) checkAuth() []error {
	var errs []error
	if len(c.SIP.Auth) == 0 {
		errs = append(errs, errors.New("sip.auth is empty: name ntlm or none"))
	}
	for _, a := range c.SIP.Auth {
		switch a {
		case "ntlm":
		case "none":
			for key, addr := range map[string]string{"sip.tcp": c.SIP.TCP, "sip.tls": c.SIP.TLS} {
				if addr != "" && !isLoopback(addr) {
					errs = append(errs, fmt.Errorf(`sip.auth = ["none"] lets anybody in as anybody, so every listener must be loopback, and %s = %q is not`, key, addr))
				}
			}
		default:
			errs = append(errs, fmt.Errorf("sip.auth: %q is not known; use ntlm or none", a))
		}
	}
	if slices.Contains(c.SIP.Auth, "none") && len(c.SIP.Auth) > 1 {
		errs = append(errs, errors.New("sip.auth: none excludes every other way"))
	}
	return errs
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Sample is a configuration file with every key, its default and what it is
// for; it means the same as an empty one.
func Sample() string {
	var b strings.Builder
	b.WriteString("# Configuration of Perch. Every key may be left out; these are the defaults.\n" +
		"# In the environment: PERCH_DOMAIN, PERCH_SIP__TLS_CERT (two underscores for a dot).\n")
	writeSample(&b, reflect.ValueOf(DefaultConfig()), "")
	return b.String()
}

func writeSample(b *strings.Builder, v reflect.Value, section string) {
	var sections []int
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Type.Kind() == reflect.Struct {
			sections = append(sections, i)
			continue
		}
		fmt.Fprintf(b, "\n# %s\n%s = %s\n", f.Tag.Get("doc"), f.Tag.Get("koanf"), tomlValue(v.Field(i)))
	}
	for _, i := range sections {
		f := v.Type().Field(i)
		name := section + f.Tag.Get("koanf")
		fmt.Fprintf(b, "\n# %s\n[%s]\n", f.Tag.Get("doc"), name)
		writeSample(b, v.Field(i), name+".")
	}
}

func tomlValue(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return fmt.Sprintf("%q", v.String())
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = tomlValue(v.Index(i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return fmt.Sprint(v.Interface())
	}
}
