// Package signin is the front end that clients sign in to (the original's Lync
// Front End): registrar, authentication, in-band provisioning, contact lists,
// own presence with followed rooms, and the presence of contacts.
//
// It promises what docs/protocol.md says in SIPE 3 and 4: the headers and
// documents that the real client insists on. Sign-ins, failed ones and
// sign-outs are in the journal before they are answered. A user who is
// disabled or deleted is cut off at once.
//
// It decides no room's rights and knows no chat command.
package signin
