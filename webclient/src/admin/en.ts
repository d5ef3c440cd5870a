import type { Entries } from "../desk/words";

export const en = {
  title: "Administration", pages: "Page", noPage: "There is no such page.",
  noDuty: "You have no duty on this server. An administrator gives one: perch duty grant NAME administrator.",
  pageTakes: "What is on this page takes the duty {duty}, or a glass that was broken with a second person.",
  takesDuty: "To change this takes the duty {duty}.",
  administrator: "administrator", officer: "compliance officer", auditor: "auditor",
  serverGroup: "Server", peopleGroup: "People", roomsGroup: "Rooms", recordGroup: "Record", reportsGroup: "Reports",
  overview: "Overview", pool: "Pool", settings: "Settings", filesPage: "Files and quarantine", users: "Users", groups: "Groups", policies: "Policies", walls: "Ethical walls", import: "Import",
  categories: "Categories", rooms: "Rooms", messages: "Messages", addins: "Add-ins", archive: "Archive", records: "On record", compliance: "Compliance settings", duties: "Duties",
  explain: "Explain", rights: "Rights", usage: "Usage",

  name: "Name", displayName: "Display name", description: "Description", state: "State", policy: "Policy", email: "E-mail", company: "Company", password: "Password", address: "Address",
  yes: "yes", no: "no", any: "Any", none: "None", save: "Save", saved: "Saved.", create: "Create", delete: "Delete", add: "Add", enable: "Enable", disable: "Disable", preview: "Preview", more: "More",
  noSuch: "There is no {name} any more.",

  tile_users: "users", tile_categories: "categories", tile_rooms: "rooms", tile_live_rooms: "live rooms", tile_sessions: "sessions", tile_participants: "participants", tile_connections: "SIP connections", tile_posts: "posts since start",
  server: "Server", domain: "Domain", version: "Version", started: "Started", memory: "Memory", dialogs: "SIP dialogs", process: "Process", store: "Store", journalHead: "Journal entries", waitingCommits: "Posts waiting for the disk",
  storeSlow: "Posts wait for the disk: look at its space and speed.", toArchive: "How archiving does",

  user: "User", newUser: "New user", chatEnabled: "Chat", userNameHint: "The part of the address before the @.", passwordHint: "At least what the server asks for; empty: none yet.",
  ntlm: "Allow sign-in by NTLM", ntlmHint: "For Lync and SIPE clients. It keeps a secret that is as good as the password.",
  hasPassword: "Has a password", particulars: "Particulars", signIn: "Sign-in", newPassword: "New password", setPassword: "Set password", passwordSet: "The password is set.", forgetNtlm: "Forget the NTLM secret", ntlmForgotten: "The NTLM secret is forgotten.",
  policyEnables: "“{name}” holds: chat is enabled.", policyDisables: "“{name}” holds: chat is not enabled.", grantPolicy: "Policy of his own", inheritPolicy: "None: what holds for all", grant: "Grant", grants: "Roles",
  access: "Access", disableUserTitle: "Disable {name}?", disableUserLose: "He is cut off within a second, in every client, and cannot sign in until he is enabled again. Roles, groups and messages stay.",
  deleteUserTitle: "Delete {name} for good?", deleteUserLose: "Lost: sign-in, roles in rooms, and membership in groups ({groups}). Messages and the record stay. It cannot be undone.",

  group: "Group", container: "Container", newGroup: "New group", members: "Members", direct: "Direct members", containerHint: "A part of the directory rather than a group of people.",
  groupMembersHint: "Users, groups and containers. Look at the preview: rights follow from membership at once.",
  deleteGroupTitle: "Delete the group {name}?", deleteGroupLose: { one: "{n} member no longer has rights through it. A group that still has rights is not deleted.", other: "{n} members no longer have rights through it. A group that still has rights is not deleted." },

  policiesIntro: "Who is enabled for chat: a policy granted to a user wins over his site’s, and that over the global one.", grantedTo: "Granted to", newPolicy: "New policy", enableChat: "Enables chat", policyNameHint: "A name, or site:NAME.",
  grantHint: "Whoever is granted it loses a policy that he was granted before.", granted: { one: "Granted to {n} user.", other: "Granted to {n} users." },
  deletePolicyTitle: "Delete the policy {name}?", deletePolicyLose: { one: "{n} user to whom it is granted falls back to what holds for all.", other: "{n} users to whom it is granted fall back to what holds for all." }, deletePolicyGlobal: { one: "It returns to its default.", other: "It returns to its default." },

  wall: "Ethical wall", wallsIntro: "Nobody of one side and nobody of the other are ever in a room together.", newWall: "New wall", sideA: "One side", sideB: "Other side", wallUp: "Put it up", wallDown: "Take it down",
  wallDownTitle: "Take down the wall {name}?", wallDownLose: "{a} and {b} can be in rooms together again, at once.",

  importWhat: "What", importColumns: "The first line names the columns: {columns}. Needed: {needed}. Several names in a cell have blanks, commas or semicolons between them.", importFile: "CSV file", importText: "Or its text", skipExisting: "Leave out what exists already",
  look: "Preview", importDo: { one: "Do it ({n})", other: "Do it ({n})" }, importProgress: { one: "{n} line so far…", other: "{n} lines so far…" }, importWould: { one: "{n} would be done; nothing is done yet.", other: "{n} would be done; nothing is done yet." }, importDone: { one: "{n} done.", other: "{n} done." },
  importSkipped: { one: "{n} exists already and is left out.", other: "{n} exist already and are left out." }, importLeft: { one: "{n} was not tried: mend the wrong line, leave out what exists, and go on.", other: "{n} were not tried: mend the wrong lines, leave out what exists, and go on." }, importWrong: "Wrong lines",
  line: "Line {n}", lineHead: "Line", csvQuote: "a quotation mark stands where none may, or is not closed.", csvCells: "more cells than the first line has columns.", csvUnknown: "the column “{what}” is not known.", csvMissing: "“{what}” is missing.", csvEmpty: "there is nothing in it.",
  display_name: "Display name", principal: "Principal", role: "Role",

  category: "Category", newCategory: "New category", allowed: "Allowed", denied: "Denied", creators: "Creators", files: "Files", history: "History", strict: "Strict", retention: "Retention", invitations: "Invitations",
  allowedHint: "The scope: outside it its rooms do not exist. A domain, groups, users.", deniedHint: "Kept out whatever else allows them.", creatorsHint: "May create rooms in it.",
  invitationsHint: "New members of its rooms are told of it.", filesHint: "Files may be posted in its rooms.", historyHint: "Messages are kept and can be read later.", strictHint: "Posts are refused while the archive is behind.",
  fileTypes: "Types of files", fileTypesHint: "Such as image/*, application/pdf; none: all.", retentionHint: "Class of the archive; empty: the default one.", roomCount: { one: "{n} room", other: "{n} rooms" },
  deleteCategoryTitle: "Delete the category {name}?", deleteCategoryLose: "Lost: its scope, its creators and its switches.", categoryHasRooms: { one: "It has {n} room: that must be moved or deleted first.", other: "It has {n} rooms: those must be moved or deleted first." },

  room: "Room", newRoom: "New room", filters: "Filters", privacy: "Privacy", type: "Type", disabled: "Disabled", inside: "Inside now", managers: "Managers", presenters: "Presenters", addin: "Add-in", open: "open", closed: "closed", secret: "secret", normal: "normal", auditorium: "auditorium", inherit: "as its category has it", off: "none",
  memberIs: "Member is", managerIs: "Manager is", joinedIs: "Inside is", disabledYet: "Disabled: nobody may enter it yet", roomDisabled: "This room is disabled: it can be neither joined nor read.",
  disableRoomTitle: "Disable the room {name}?", disableRoomLose: { one: "{n} person is put out of it now. Nobody can enter or read it until it is enabled again.", other: "{n} people are put out of it now. Nobody can enter or read it until it is enabled again." },
  deleteRoomTitle: "Delete the room {name} for good?", deleteRoomLose: { one: "Lost: all its messages, files and roles; {n} person is put out of it now.", other: "Lost: all its messages, files and roles; {n} people are put out of it now." }, deleteRoomKept: "The record keeps what was said. It cannot be undone.",

  messagesIntro: "What is seen and done here is on record, with your name.", find: "Find", words: "Words", match: "Match", matchAll: "all words", matchAny: "any word", matchExact: "exactly as written", author: "Author", from: "From", untilDay: "Up to", caseSensitive: "Upper and lower case differ", search: "Search", newest: "Show the newest",
  at: "When", text: "Text", foundMore: { one: "{n} found, {shown} shown.", other: "{n} found, {shown} shown." }, changeThem: "Remove or replace", changeThemHint: "What the fields above pick; with nothing in them every message of the room. You see how many before it is done.",
  newText: "New text", newTextHint: "Empty: the usual text that an administrator replaced it.", removeThem: "Remove…", replaceThem: "Replace…", purge: "Purge…", purgeHint: "Takes everything out of the room that was posted up to the end of a day.",
  removeTitle: { one: "Remove {n} message from {room}?", other: "Remove {n} messages from {room}?" }, replaceTitle: { one: "Replace {n} message in {room}?", other: "Replace {n} messages in {room}?" }, messagesLose: "They are gone for everybody who reads or searches. The record keeps them. It cannot be undone.", messagesDone: { one: "{n} message changed.", other: "{n} messages changed." },

  newAddin: "New add-in", webAddress: "Web address", addinUrlHint: "The page that is shown beside a room.", deleteAddinTitle: "Remove the add-in {name}?", deleteAddinLose: "Rooms that showed it show none.",

  webhooks: "Webhooks", webhook: "Webhook", newHook: "New webhook", incoming: "incoming", outgoing: "outgoing", hookTo: "Sends to", trouble: "Trouble", bot: "Bot", created: "Created", createdBy: "Created by", lastUsed: "Last used", hookAside: "Posts that never got through", hookNameHint: "Its posts show it as their author.", hookUrl: "Address to send to", hookUrlHint: "Empty: a program posts in the room by an address that is shown once.", hookWords: "Only posts with one of these words", hookWordsHint: "With blanks between them; none: every post.", hookAllow: "Allow its bot in the room’s category", hookAllowHint: "Needed if the category’s scope does not hold it.", hookAddress: "Address to post to", hookSecret: "Secret that signs what is sent",
  deleteHookTitle: "Delete the webhook “{name}”?", deleteHookIn: "Programs that use its address can post no longer, and its bot is deleted. What it posted stays.", deleteHookOut: "What is posted in the room is sent to it no longer.",

  scope: "Scope", newScope: "New scope", scopeHint: "site:NAME or pool:NAME.", effective: "What holds here", effectiveHint: "The pool’s settings win over the site’s, and those over the global ones.",
  default_chat_history: "Messages on joining", default_chat_history_hint: "How many of the newest a client gets when it joins a room.", max_file_size_kb: "Largest file (KB)", max_file_size_kb_hint: "Of one uploaded file.", participant_update_limit: "Large room from", participant_update_limit_hint: "Above so many participants comings and goings are not told.",
  room_management_url: "Room management", room_management_url_hint: "Page that old clients open; empty: the server’s own.", toDefaults: "Back to defaults", deleteScopeTitle: "Delete what is set for {name}?", deleteGlobalLose: "The global settings return to their defaults.", deleteScopeLose: "What the wider scope says holds again.",
  adapter_name: "Label", adapter_type: "Adapters", adapter_output_directory: "Output folder", adapter_attachment_directory: "Folder for files", run_interval: "Between two runs", one_chat_room_per_output_file: "A file a room", add_chat_room_details: "More about rooms", add_user_details: "More about people", create_file_attachments_manifest: "A list of files beside the records", adapter_options: "Options", custom_configuration: "Stylesheet (XSLT)",
  adapter_name_hint: "For people.", adapter_type_hint: "xml, actiance, csv, jsonl, eml, smtp-journal, command, with commas; empty: nothing is handed on.", adapter_output_directory_hint: "On the server’s machine.", adapter_attachment_directory_hint: "Uploaded files are copied there first.", run_interval_hint: "Such as 15m or 24h.", adapter_options_hint: "One a line: NAME=VALUE.", custom_configuration_hint: "For the xml adapter; empty: none.", deleteComplianceLose: "What was handed on by it is handed on no longer, or as the wider scope says. The archive goes on keeping everything.",

  servers: "Servers", thisServer: "This server", accepting: "Takes sessions", active: "Active", inactive: "Inactive", allActive: "all", normalState: "normal", failedOver: "failed over", activeServers: "Active servers", activeServersHint: "Names, one a line; none: all.", setActive: "Set active servers", swap: "Swap active and inactive", failOver: "Fail over", toNormal: "Back to normal", doIt: "Do it",
  failOverMeans: "The inactive servers take over; sessions move.", toNormalMeans: "The active servers take sessions again.", setActiveMeans: "Servers that are not active take no new sessions.",
  endpoints: "Further addresses", endpointsHint: "SIP addresses by which the pool answers beside its own.", endpointHint: "Such as sip:chat@example.com.", deleteEndpointTitle: "Remove {name}?", deleteEndpointLose: "Clients that use this address reach the pool no longer.",

  filesIntro: "A file waits until it is scanned, and stays in quarantine if something was found in it. Looking here is on record.", file: "File", uploader: "From", size: "Size", reason: "Reason", quarantined: "in quarantine", waiting: "waiting", unfinished: "unfinished", clean: "clean", rescan: "Scan again", rescanned: "{name} is scanned again.", release: "Release", releaseTitle: "Release {name}?", releaseMeans: "Everybody who may read its room can download it, although the scanner said: {reason}. It is on record with your name.", goOn: "Go on",

  youAre: "You are {name}.", operator: "Who", operatorHint: "A user’s address (sip:…), or os:NAME for an account of the server’s machine.", duty: "Duty", togetherWhy: "Why together", togetherHint: "Only needed where somebody already has another duty.", dutiesHint: "Who has which; one person should hold one.", noDuties: "Nobody has a duty: on the server’s machine everybody may do everything.", giveDuty: "Give duty", revoke: "Take away", revokeTitle: "Take the duty {duty} from {name}?", revokeLose: "What it allowed is refused from now on.",
  administratorMeans: "Changes everything; reads no messages.", officerMeans: "Reads the record and messages; says what is handed on and kept.", auditorMeans: "Sees everything that is set and done; changes nothing.",
  glass: "Reading in an emergency", glassHint: "Somebody who may not read contents asks to, with a reason; a second person approves; both are on record.", asked: "Asked", minutes: "Minutes", approver: "Approved by", until: "Until", notApproved: "not approved", approve: "Approve", glassBroken: "The glass is broken: he may read now.", glassReasonHint: "It stands on record.", askGlass: "Ask", glassAsked: "Asked. A compliance officer or auditor can approve it.",

  recordsIntro: "What people and administrators did. Each search is on record itself.", recordRoomHint: "Name, address, or the GUID of a deleted one.", people: "People", kinds: "Kinds", kindsHint: "post, join, part, history, search, room, command…", case: "Case", caseHint: "What the search is for: shows what is restricted, too.", entry: "Entry", kind: "Kind", actor: "Who", withheld: "withheld: takes the duty compliance officer", restricted: "restricted: name a case", entryNo: "Entry {n}", message: "Message", endpoint: "Endpoint", client: "Client", cause: "Cause",

  noArchive: "The Compliance service does not run on this server: nothing is archived. Set compliance.enabled in its configuration.", adapter: "Adapter", batch: "Batch", attempts: "Attempts", finished: "Finished, or next try", waitingDelivery: "waiting", doneDelivery: "done", asideDelivery: "set aside",
  archivedUpTo: "Archived", entriesOf: { one: "{n} of {all} entries", other: "{n} of {all} entries" }, lag: "Behind by", seconds: { one: "{n} second", other: "{n} seconds" }, sealedUpTo: "Sealed", noSealed: "no sealed archive", waitingEvents: "Waiting for adapters", oldest: "Oldest of them", nextRun: "Next run", adapters: "Adapters", holder: "Run by", runNow: "Run now", ran: "A batch was closed and is handed on.",
  deliveries: "Deliveries", deliveriesHint: "What was set aside failed for good: mend the reason, then deliver it again.", redeliver: "Deliver again", redelivered: { one: "Batch {n} is delivered again.", other: "Batch {n} is delivered again." }, asideCount: "Deliveries set aside", downtimes: "Downtimes", downtimesHint: "Nothing was captured while the server did not run.", crash: "Crash",
  rules: "Retention", rulesHint: "Changed by acts that approvers sign with keys of their own: perch archive retain and hold.", classes: "Retention classes", class: "Class", floor: "At least", ceiling: "At most", days: { one: "{n} day", other: "{n} days" }, never: "never", archiveLog: "Archive", approvers: "Approvers", void: "Acts without effect", holds: "Holds in force", noHolds: "No hold is in force.", erasures: "Erasures", noErasures: "None.", expireNow: "Destroy what is due…", expireTitle: "Destroy now what has outlived its class?", expireLose: "Contents older than the ceiling of their class, and not held, are destroyed for good. It happens daily anyway.",

  posts: "Posts", activeUsers: "Active users", joins: "Joins", searches: "Searches", enabledOf: { one: "{n} enabled of {all}", other: "{n} enabled of {all}" }, days_: "Day by day", day: "Day", topUsers: "Most active users", topRooms: "Most active rooms", leastRooms: "Least active rooms", inactiveRooms: "Rooms without a post in that time", lastPost: "Last post",
  rightsIntro: "Who may do what in which room, and by which rule he reads.", everybodyHint: "Nobody chosen: everybody.", everyRoomHint: "Empty: every room.", report: "Report", may: "May", readRule: "Reads by",
  explainIntro: "Whether somebody may do something, by which rule, through whom, and why.", action: "What", explainDo: "Explain", may_see: "see", may_join: "join", may_read: "read", may_post: "post", may_upload: "upload", may_download: "download", may_manage: "manage", may_create: "create rooms",
  mayYes: "{user} may: {action}, {room}", mayNo: "{user} may not: {action}, {room}", rule: "Rule", clause: "Clause", through: "Through",
} satisfies Entries<string>;
