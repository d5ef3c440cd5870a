package webhook

import "net/netip"

// Reachable says whether a connection for an address may go to an IP address.
func Reachable(h *Hosts, address, ip string) bool {
	r, err := h.rule(address)
	return err == nil && h.reachable(r, netip.MustParseAddr(ip))
}
