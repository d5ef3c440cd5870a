package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"perch/front/fileweb"
	"perch/front/web"
	"perch/webclient"
	"perch/webhook"
)

// Bounds of the web listener.
const (
	webHeaders = 64 << 10
	// webRequest is how long a request may take to come in, and its answer to go
	// out.
	webRequest = 5 * time.Minute
	webIdle    = 2 * time.Minute
)

// startWeb serves what is reached by HTTP, each under its own path: plain on
// loopback, with SIP's certificate otherwise.
func (a *App) startWeb(ctx context.Context) error {
	c := &a.opt.Config
	if c.Web.Listen == "" {
		return nil
	}
	mux := http.NewServeMux()
	if a.files != nil {
		mux.Handle("/PersistentChat/", fileweb.New(a.files, a.log))
	}
	mux.Handle(web.HooksPath, web.Hooks(a.webhooks, a.log))
	front := web.New(a.webConfig(), a.directory, a.channel, a.store)
	front.Start()
	a.onStop("web front end", front.Stop)
	mux.Handle("/", front)
	mux.Handle(web.RoomsPage, front)
	srv := &http.Server{
		Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: webRequest, WriteTimeout: webRequest, IdleTimeout: webIdle, MaxHeaderBytes: webHeaders,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug), // what strangers do wrong
	}
	if !isLoopback(c.Web.Listen) {
		pair, err := c.certificate(a.opt.Now())
		if err != nil {
			return err
		}
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Web.Listen)
	if err != nil {
		return fmt.Errorf("web.listen: %w (choose another address, port 0 for any free one, or none)", err)
	}
	a.addresses.Web = l.Addr().String()
	a.serveHTTP("web", l, srv)
	return nil
}

func (a *App) webConfig() web.Config {
	c := &a.opt.Config
	return web.Config{
		Domain: c.Domain, Name: c.DisplayName, Version: a.opt.Version, Secure: c.webSecure(), Client: webclient.Files(), Files: a.files,
		Sessions: web.Sessions{Life: time.Duration(c.Web.SessionHours) * time.Hour, Idle: time.Duration(c.Web.IdleMinutes) * time.Minute},
		Notice:   c.Web.Notice, URL: c.Web.URL, Proxies: prefixes(c.Web.Proxies), Failures: c.Web.AddressFailures, Providers: a.providers(),
		Duties: a.settings.Duties, Admin: http.HandlerFunc(a.serveAdmin),
		Settings: a.settings.Settings, Limits: c.chatLimits(), Webhooks: a.webhooks, Address: a.webURL, Now: a.opt.Now, Log: a.log,
		Presences: presences{a.signin}, Archive: a.keeping, Sealed: a.sealedUntil, Prove: a.prove,
	}
}

// webSecure says whether browsers reach the server by TLS: its own, or that of a
// proxy before it.
func (c *Config) webSecure() bool {
	return !isLoopback(c.Web.Listen) || strings.HasPrefix(c.Web.URL, "https://")
}

// serveAdmin serves administration over the web, which starts before it.
func (a *App) serveAdmin(w http.ResponseWriter, r *http.Request) {
	if h := a.admin.Load(); h != nil {
		h.ServeHTTP(w, r)
		return
	}
	http.Error(w, `{"error":"the server is just starting, try again"}`, http.StatusServiceUnavailable)
}

// providers are those who vouch for users.
func (a *App) providers() []web.Provider {
	o := &a.opt.Config.Web.OIDC
	if o.Issuer == "" {
		return nil
	}
	return []web.Provider{web.NewOIDC(web.OIDCConfig{
		Name: o.Name, Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Claim: o.Claim, Scopes: o.Scopes, Create: o.Create,
		URL: a.webURL, Secure: a.opt.Config.webSecure(),
	})}
}

// prefixes reads addresses and networks, which Check has seen.
func prefixes(list []string) (out []netip.Prefix) {
	for _, text := range list {
		if p, err := prefix(text); err == nil {
			out = append(out, p)
		}
	}
	return out
}

func prefix(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return ip.Prefix(ip.BitLen())
}

// webURL is the address that clients are told.
func (a *App) webURL() string {
	c := &a.opt.Config
	if c.Web.URL != "" {
		return c.Web.URL
	}
	if isLoopback(c.Web.Listen) {
		return "http://" + a.addresses.Web
	}
	host := c.host()
	if _, port, err := net.SplitHostPort(a.addresses.Web); err == nil && port != "443" {
		host = net.JoinHostPort(host, port)
	}
	return "https://" + host
}

// roomsPage is where rooms are managed: empty without a web listener.
func (a *App) roomsPage() string {
	if a.addresses.Web == "" {
		return ""
	}
	return a.webURL() + web.RoomsPage
}

// filesURL is where clients reach the file service.
func (a *App) filesURL() string { return a.webURL() + fileweb.Path }

// check says what of the section cannot be.
func (c *WebConfig) check(bad func(format string, args ...any)) {
	if _, err := webhook.ParseHosts(c.WebhookHosts); err != nil {
		bad("%w", err)
	}
	switch {
	case c.SessionHours < 1 || c.SessionHours > 24*365:
		bad("web.session_hours = %d: 1 to 8760", c.SessionHours)
	case c.IdleMinutes < 0:
		bad("web.idle_minutes = %d: 0 for never, or minutes", c.IdleMinutes)
	case c.LockoutFailures < 0 || c.LockoutFailures > 0 && c.LockoutMinutes < 1:
		bad("web.lockout_failures = %d and web.lockout_minutes = %d: a lockout takes at least a minute", c.LockoutFailures, c.LockoutMinutes)
	case c.AddressFailures < 0:
		bad("web.address_failures = %d: 0 for any number", c.AddressFailures)
	}
	for _, text := range c.Proxies {
		if _, err := prefix(text); err != nil {
			bad("web.proxies: %q is not an address like 192.0.2.1 or 192.0.2.0/24", text)
		}
	}
	c.OIDC.check(bad)
	if c.URL == "" {
		return
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		bad("web.url = %q is not an address like https://chat.example.com, without a path", c.URL)
	}
}

func (c *OIDCConfig) check(bad func(format string, args ...any)) {
	u, err := url.Parse(c.Issuer)
	switch {
	case c.Issuer == "" && c.ClientID != "":
		bad("web.oidc.client_id is given without web.oidc.issuer")
	case c.Issuer == "":
	case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(net.JoinHostPort(u.Hostname(), "0"))):
		bad("web.oidc.issuer = %q is not an address like https://login.example.com", c.Issuer)
	case c.ClientID == "" || c.Claim == "":
		bad("web.oidc.issuer needs web.oidc.client_id and web.oidc.claim")
	case c.Name == "" || strings.ContainsAny(c.Name, "/?#%") || len(c.Name) > 50:
		bad("web.oidc.name = %q: up to 50 characters without / ? # %%", c.Name)
	}
}
