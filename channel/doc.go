// Package channel is the Channel service: it takes messages in, keeps the
// participants of live rooms, fans events out to sessions, and answers
// questions about rooms and their history, over the contracts of package chat.
//
// It promises that a message that was acknowledged is on disk, that every
// session of a room sees its messages in the order of their ids, that a room
// never waits for a member, and that every queue is bounded. Every right is
// decided by chat/access.
//
// It knows no wire protocol: front ends open sessions and translate.
package channel
