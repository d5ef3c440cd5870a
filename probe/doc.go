// Package probe is a small client of the server's own protocol: SIP over TCP or
// TLS with NTLM (docs/protocol.md, SIPE), and XCCOS in it. It is there to check
// a server as its users meet it, and to load one: `perch test message` is an
// Exchange, cmd/perchload drives many Endpoints.
//
// A Conn is one connection and answers what the server asks on it; an Endpoint
// is one signed-in user on a connection, with at most one chat dialog. Every
// call waits for the server's final answer, as long as its context allows, and
// says with a Refusal what the server refused and why.
//
// Once a user has proved himself every message is signed, and one of the server
// that is not signed ends the endpoint (SIPE 3.9).
//
// It knows neither the server's store nor its administration; it reads only
// what a check must know and is no chat client for people.
package probe
