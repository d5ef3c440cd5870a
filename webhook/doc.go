// Package webhook is the service by which other programs post in rooms, and are
// told what is posted there.
//
// It owns webhooks, their secrets and their bots, and where each outgoing one
// stands. It promises that
//   - what came in is answered when it is on disk, and its author is the
//     webhook's bot, whose rights chat/access decides like anybody's;
//   - a post goes out at least once, in the room's order, while the webhook's
//     creator may read the room, and its way out is on record before its first
//     byte leaves; what could not be delivered for hours is set aside, visibly;
//   - one slow receiver holds up no other, and no post;
//   - nothing goes to an address that the server's configuration does not name,
//     and what bots post goes nowhere, so that two webhooks cannot talk for ever;
//   - a secret is shown once, when it is made, and is in no journal and no list.
//
// It reads and writes the JSON of Slack's webhooks, and knows no HTTP server.
package webhook
