// Package chat owns the words of Perch: rooms, categories, principals, roles,
// messages, permissions, policies, the journal, the closed list of error
// kinds, and the contracts between the services and what keeps and carries
// their data.
//
// It promises that every noun has exactly one type, and that each contract is
// stated at its interface before there is a second implementation. It computes
// nothing that needs a clock, a disk or a network, and knows no wire format:
// JSON, XML and SQL have structs of their own at their own edges, so there are
// no struct tags here.
//
// Who may do what is decided in chat/access; how a live room behaves, in
// chat/room; every store must pass the suite in chat/chattest.
package chat
