package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
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
	front := web.New(web.Config{
		Domain: c.Domain, Name: c.DisplayName, Version: a.opt.Version, Secure: !isLoopback(c.Web.Listen), Client: webclient.Files(), Files: a.files,
		Settings: a.settings.Settings, Limits: c.chatLimits(), Webhooks: a.webhooks, Address: a.webURL, Now: a.opt.Now, Log: a.log,
		Presences: presences{a.signin}, Archive: a.keeping, Sealed: a.sealedUntil, Prove: a.prove,
	}, a.directory, a.channel, a.store)
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
	if c.URL == "" {
		return
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		bad("web.url = %q is not an address like https://chat.example.com, without a path", c.URL)
	}
}
