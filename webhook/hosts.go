package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"perch/chat"
)

// Hosts are the receivers that an administrator allows: the list of
// web.webhook_hosts.
type Hosts struct {
	rules []hostRule
	nets  []netip.Prefix // private addresses that receivers may have
}

// hostRule allows one host, or all below a domain.
type hostRule struct {
	host  string // in lower case; with a leading dot: every host below it
	port  string
	plain bool // http, which is for loopback only
}

// ParseHosts reads the list. Its lines are
//
//	hooks.example.com, hooks.example.com:8443   a receiver, by HTTPS
//	*.example.com                               every one below a domain
//	10.1.2.3, 10.1.0.0/16                       private addresses that receivers may have
//	http://127.0.0.1:9000                       one on this machine, by plain HTTP
func ParseHosts(list []string) (Hosts, error) {
	var h Hosts
	var errs []error
	for _, line := range list {
		if err := h.add(strings.ToLower(strings.TrimSpace(line))); err != nil {
			errs = append(errs, fmt.Errorf("web.webhook_hosts: %q %w", line, err))
		}
	}
	return h, errors.Join(errs...)
}

func (h *Hosts) add(line string) error {
	if p, err := netip.ParsePrefix(line); err == nil {
		h.nets = append(h.nets, p.Masked())
		return nil
	}
	rest, plain := strings.CutPrefix(strings.TrimPrefix(line, "https://"), "http://")
	host, port := rest, "443"
	if a, b, err := net.SplitHostPort(rest); err == nil {
		host, port = a, b
	} else if plain {
		return errors.New("needs a port")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return errors.New("names a port that is none")
	}
	host = strings.Trim(host, "[]")
	r := hostRule{host: strings.TrimPrefix(host, "*"), port: port, plain: plain}
	addr, err := netip.ParseAddr(host)
	switch {
	case err == nil:
		h.nets = append(h.nets, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
	case r.host == "" || r.host == "." || strings.ContainsAny(r.host, "/:@*?# ") || r.host != host && r.host[0] != '.':
		return errors.New("is not a host like hooks.example.com, *.example.com or 10.1.0.0/16")
	}
	if plain && r.host != "localhost" && (err != nil || !addr.IsLoopback()) {
		return errors.New("is plain HTTP, which only this machine is sent: name an address like http://127.0.0.1:9000, or use HTTPS")
	}
	h.rules = append(h.rules, r)
	return nil
}

// Empty says whether nothing may go out.
func (h *Hosts) Empty() bool { return len(h.rules) == 0 }

// Check says whether an address may be a receiver's.
func (h *Hosts) Check(address string) error {
	_, err := h.rule(address)
	return err
}

func (h *Hosts) rule(address string) (hostRule, error) {
	if h.Empty() {
		return hostRule{}, chat.E(chat.KindForbidden, "this server sends nothing out: an administrator names the receivers in web.webhook_hosts")
	}
	u, err := url.Parse(address)
	if err != nil || len(address) > chat.MaxWebhookURL || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return hostRule{}, chat.E(chat.KindInvalid, "a receiver's address is like https://hooks.example.com/path, without a name, a password or a #")
	}
	host, port := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	for _, r := range h.rules {
		below := r.host[0] == '.' && strings.HasSuffix(host, r.host)
		if (host == r.host || below) && port == r.port && r.plain == (u.Scheme == "http") {
			return r, nil
		}
	}
	if u.Scheme == "http" {
		return hostRule{}, chat.E(chat.KindInvalid, "posts go out by https only")
	}
	return hostRule{}, chat.E(chat.KindForbidden, "nothing is sent to "+u.Host+": an administrator allows it in web.webhook_hosts")
}

// local are ranges that are not of the public network, beside those that netip
// knows (RFC 6890).
var local = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/23"),
}

// reachable says whether a receiver may have an address, whatever name led there.
func (h *Hosts) reachable(r hostRule, a netip.Addr) bool {
	a = a.Unmap()
	holds := func(p netip.Prefix) bool { return p.Contains(a.WithZone("")) }
	if r.plain {
		return a.IsLoopback()
	}
	if slices.ContainsFunc(h.nets, holds) {
		return true
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(local, holds)
}

// control refuses a connection to an address that a receiver may not have: it
// sees what the name was resolved to, and nothing is resolved after it.
func (h *Hosts) control(r hostRule) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("the address %s is none: %w", address, err)
		}
		if !h.reachable(r, at.Addr()) {
			return chat.E(chat.KindForbidden, "the receiver's name leads to "+at.Addr().String()+", which is not public and not in web.webhook_hosts")
		}
		return nil
	}
}

// Origin is an address without what may be a secret in it.
func Origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
