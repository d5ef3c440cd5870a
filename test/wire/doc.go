// Package wire holds the wire transcripts: scripts of what clients say and what
// the server must answer, byte by byte where it matters. Each script runs a
// whole server in one process, over a store and a network in memory and in
// virtual time. -update rewrites the parts of failing expectations.
//
// A script is a txtar archive: first its lines, then the parts they name. The
// first line states the behaviour in one sentence, with its clause.
//
// People and rooms, through the services that administration uses:
//
//	user alice bob           group desk alice bob
//	category Trading allow=alice,desk deny=bob creators=alice history=off files=on invitations=on
//	room Rates category=Trading privacy=secret type=auditorium member=alice manager=bob presenter=alice
//	enrol desk carol         into a group; expel
//	policy alice off         on, off or default; * is the global policy
//	settings limit=5         participants of a large room; history=N, rooms=URL
//	addin Ticker https://x   add-in; a room takes addin=Ticker
//	wall W research trading  an ethical wall; wall W down
//	endpoint sip:x@y         one more address of the pool
//	active NAME              the servers that take sessions, or all
//	purge Rates              everything until now; replace Rates WORD
//	disable alice            enable, remove
//	grant Rates member=bob   revoke
//	change Rates disabled=on name="Rates 2" privacy=open, or of a category: deny=bob history=off
//	delete Rates             fill Rates alice 510 (messages that were posted long ago)
//	restart                  the server is stopped and started on the same store
//	store fails              heals, stalls, resumes
//
// Clients. A client's name is user, user/device or, for one more connection of
// the same device, user+2:
//
//	dial alice               opens a connection; close alice closes it
//	sign-in alice            dials and registers
//	chat alice               opens the dialog "chat" to the pool
//	join alice Rates         joins and ignores what the reply shows
//	post alice Rates hello   posts and awaits the answer and the echo
//	send alice PART [as DIALOG]
//	expect alice PART...     the next messages in this order; a number stands for a response without a look at its body
//	expect-any alice PART... the next messages in any order
//	quiet [alice...]         nothing came, to nobody if nobody is named; so it must be at the script's end
//	closed alice             the server has closed the connection
//	manual alice             the script itself answers INFO and NOTIFY, and sends ACK
//	deaf alice               she reads no more
//	differ VAR VAR           what two variables have captured differs
//	advance 599s
//	config                   is not a verb but the part with settings, in TOML with dotted keys
//
// Parts. A request is "INFO chat" or "INVITE sip:somebody", headers that are to
// differ from the usual ones ("!Name:" leaves one out), and the body. A response
// is "200 INFO". Of an expected message only the headers that stand in the part
// are looked at, "!Name:" says that there is none, and "..." as body that
// anything goes. Via, From, To, Call-ID, CSeq and Content-Length are the
// runner's: it supplies them and checks those that come. A part whose name ends
// in .raw is sent as it stands, with CRLF for line ends, and one in .bytes even
// without those; one that ends in .exact is compared as text.
//
// XML is compared as a tree: attributes in any order, white space between
// elements ignored. An element that holds "..." may have more attributes and
// children than stand there. The XCCOS envelope is left out: "cmd:join" in a
// line, followed by its data, stands for a command, "rpl:join 200 SUCCESS_OK"
// for the reply to the client's last envelope, "ntc:part" for a notice.
//
// ${name} is captured on first sight and must match later. Known from the start
// are ${pool}, ${server}, ${cr}, and of every user, group and room, in lower case, the
// GUIDs ${alice} and ${rates}, and ${rates.uri}. ${any} is a hole, ${length} the
// length of a raw part's body, ${envid} the client's last envelope, ${x*9000} a
// text of 9000 x. A line "@repeat 1 9 TEXT" is TEXT nine times, with ${i} in it.
package wire
