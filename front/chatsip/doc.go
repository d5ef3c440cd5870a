// Package chatsip is the front end of Lync-family clients: it translates one
// SIP dialog with the pool to one session of the Channel service, commands to
// calls, results to replies, and events to notices and messages. Each verb has
// a file of the same name as in package xccos.
//
// It promises: commands of one dialog take effect in the order they came; a
// post is answered 200 when it is on disk and refused in the SIP answer
// otherwise; every queue is bounded, and a full one is answered 503 with
// nothing half done.
//
// It decides no right and keeps no state of a room.
package chatsip
