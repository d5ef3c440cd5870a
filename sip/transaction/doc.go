// Package transaction holds the four transaction machines of RFC 3261 17, as
// corrected by RFC 6026, and the keys by which messages find their machine.
//
// A machine is a small value: an event and the time go in, effects come out,
// and Next says when it wants a Tick. It allocates nothing and knows no
// message, socket or clock; whoever holds it keeps the message to be sent
// again and carries the effects out in the order of their constants.
//
// It promises: a machine that has once said Terminated says nothing more and
// wants no Tick; Timeout is said at most once, together with Terminated. Over
// a reliable transport nothing is sent again, and a non-INVITE transaction
// ends with its final response.
//
// It must not know dialogs: the ACK of a 2xx, and a 2xx sent again until that
// ACK comes, belong to the user agent core (RFC 3261 13.3.1.4).
package transaction
