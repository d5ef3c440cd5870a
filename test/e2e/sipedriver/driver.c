/*
 * A chat client without a window for Perch's end-to-end tests: it loads the
 * SIPE plugin that Debian ships through libpurple, signs one account in, takes
 * one command per line on standard input and prints one event per line on
 * standard output, fields separated by tabs and escaped as in C. All SIP, XCCOS
 * and authentication on the wire is the plugin's own.
 *
 *   sipedriver SERVER:PORT tcp|tls ADDRESS PASSWORD [DEBUGFILE]
 *
 * Commands: rooms | join URI | post NAME TEXT | part NAME | users NAME |
 *           status ID NOTE | buddy ADDRESS |
 *           disconnect | connect | quit        (NAME up to the next tab)
 * Events:   ready signed-on signed-off failed chat-ready chat-failed room
 *           rooms-end joined users entered left message refused parted
 *           part-confirmed buddy notice fault
 * The plugin's own ids of a status are available, busy, do-not-disturb, away and
 * others; "publishing" tells that one goes out, "buddy" of one on the contact
 * list: address, status, note.
 * "fault" is anything that shows that a message of the server upset the client.
 */
#define _GNU_SOURCE
#include <glib-unix.h>
#include <purple.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define UI "perch-e2e"

static GMainLoop *loop;
static PurpleAccount *account;
static const char *password;
static FILE *debug_file;
static gboolean ending, over, closed_one; /* we end; the sign-in was refused; a room was parted */

/* Prints an event: its name, then its fields up to NULL. */
static void event(const char *name, ...) G_GNUC_NULL_TERMINATED;
static void event(const char *name, ...)
{
	va_list fields;
	const char *field;

	fputs(name, stdout);
	va_start(fields, name);
	while ((field = va_arg(fields, const char *)) != NULL) {
		char *escaped = g_strescape(field, NULL);
		printf("\t%s", escaped);
		g_free(escaped);
	}
	va_end(fields);
	putchar('\n');
	fflush(stdout);
	if (debug_file)
		fprintf(debug_file, "=== %s\n", name);
}

static const char *name_of(PurpleConversation *c)
{
	return purple_conversation_get_name(c);
}

/* ---- main loop ---- */

struct watch { PurpleInputFunction call; gpointer data; };

static gboolean watched(gint fd, GIOCondition cond, gpointer data)
{
	struct watch *w = data;
	int what = 0;

	if (cond & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		what |= PURPLE_INPUT_READ;
	if (cond & (G_IO_OUT | G_IO_HUP | G_IO_ERR))
		what |= PURPLE_INPUT_WRITE;
	w->call(w->data, fd, what);
	return TRUE;
}

static guint input_add(int fd, PurpleInputCondition cond, PurpleInputFunction call, gpointer data)
{
	struct watch *w = g_new(struct watch, 1);
	GIOCondition mask = G_IO_HUP | G_IO_ERR;

	w->call = call;
	w->data = data;
	if (cond & PURPLE_INPUT_READ)
		mask |= G_IO_IN;
	if (cond & PURPLE_INPUT_WRITE)
		mask |= G_IO_OUT;
	return g_unix_fd_add_full(G_PRIORITY_DEFAULT, fd, mask, watched, w, g_free);
}

static PurpleEventLoopUiOps loop_ops = {
	.timeout_add = g_timeout_add,
	.timeout_remove = g_source_remove,
	.input_add = input_add,
	.input_remove = g_source_remove,
	.timeout_add_seconds = g_timeout_add_seconds,
};

/* ---- the plugin's log: the only sign of some things ---- */

static const struct { const char *text, *event; } signs[] = {
	{ "connection to group chat server established.", "chat-ready" },
	{ "leaving room '", "part-confirmed" },
	{ "no group chat server found.", "chat-failed" },
	{ "can't connect to group chat server!", "chat-failed" },
	{ "sipe_core_status_set: status: ", "publishing" }, /* it waits a second or two before that */
	{ "groupchat_init_retry", "fault" },
	{ "no server URI found", "fault" },
	{ "signature of incoming message is invalid", "fault" },
	{ "message without authentication data - ignoring", "fault" },
	{ "error parsing xml string", "fault" },
	{ "XML parser error", "fault" },
	{ "chatserver_response_part: failed", "fault" },
};

static gboolean say(gpointer data)
{
	char **pair = data;

	event(pair[0], g_strstrip(pair[1]), NULL);
	g_strfreev(pair);
	return FALSE;
}

static void debug_print(PurpleDebugLevel level, const char *category, const char *text)
{
	(void) level;
	if (debug_file) {
		fprintf(debug_file, "%s: %s", category ? category : "-", text);
		fflush(debug_file);
	}
	if (!category || strcmp(category, "sipe"))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(signs); i++) {
		if (strstr(text, signs[i].text)) {
			char **pair = g_new0(char *, 3);
			pair[0] = g_strdup(signs[i].event);
			pair[1] = g_strdup(text);
			g_idle_add(say, pair);
			return;
		}
	}
}

static gboolean debug_wanted(PurpleDebugLevel level, const char *category)
{
	(void) level; (void) category;
	return TRUE;
}

static PurpleDebugUiOps debug_ops = { .print = debug_print, .is_enabled = debug_wanted };

/* A failed assertion in a library means that a message upset it; that SIPE
 * strips provisioning values which are not there is harmless, and so is what it
 * tidies away that it had not yet made when a sign-in failed. What was under
 * way to a room when its window was closed finds no window; that is no fault of
 * the server's either. */
static void library_log(const char *domain, GLogLevelFlags level, const char *text, gpointer unused)
{
	(void) unused; (void) domain;
	if (debug_file)
		fprintf(debug_file, "library: %s\n", text);
	if (closed_one && strstr(text, "purple_conv_chat_get_id"))
		return;
	if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) && !ending && !over &&
	    !strstr(text, "g_strchug") && !strstr(text, "g_strchomp"))
		event("fault", text, NULL);
}

/* ---- connection ---- */

static void connected(PurpleConnection *gc) { (void) gc; event("signed-on", NULL); }
static void disconnected(PurpleConnection *gc) { (void) gc; event("signed-off", NULL); }

static void failed(PurpleConnection *gc, PurpleConnectionError why, const char *text)
{
	(void) gc;
	over = why == PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED;
	event("failed", why == PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED ? "authentication" :
	      why == PURPLE_CONNECTION_ERROR_NETWORK_ERROR ? "network" : "other", text, NULL);
}

static PurpleConnectionUiOps connection_ops = {
	.connected = connected,
	.disconnected = disconnected,
	.report_disconnect_reason = failed,
};

/* ---- rooms ---- */

static void print_users(PurpleConversation *c)
{
	GString *list = g_string_new(NULL);

	for (GList *l = purple_conv_chat_get_users(PURPLE_CONV_CHAT(c)); l; l = l->next)
		g_string_append_printf(list, "%s%s", list->len ? "," : "", ((PurpleConvChatBuddy *) l->data)->name);
	event("users", name_of(c), list->str, NULL);
	g_string_free(list, TRUE);
}

static gboolean joined_later(gpointer data)
{
	if (g_list_find(purple_get_chats(), data)) {
		event("joined", name_of(data), NULL);
		print_users(data);
	}
	return FALSE;
}

/* The participants are added in the turn after this. */
static void joined(PurpleConversation *c) { g_idle_add_full(G_PRIORITY_HIGH, joined_later, c, NULL); }

static void parted(PurpleConversation *c)
{
	if (purple_conversation_get_type(c) != PURPLE_CONV_TYPE_CHAT)
		return;
	closed_one = TRUE;
	event("parted", name_of(c), NULL);
}

static void write_chat(PurpleConversation *c, const char *who, const char *html, PurpleMessageFlags flags, time_t at)
{
	char *text = purple_unescape_html(html ? html : "");
	char *when = g_strdup_printf("%ld", (long) at);

	if (flags & PURPLE_MESSAGE_ERROR)
		event("refused", name_of(c), text, NULL);
	else if (!(flags & PURPLE_MESSAGE_SYSTEM))
		event("message", name_of(c), who, text, when, NULL);
	g_free(when);
	g_free(text);
}

static void write_conv(PurpleConversation *c, const char *who, const char *alias, const char *html,
		       PurpleMessageFlags flags, time_t at)
{
	(void) who; (void) alias; (void) at;
	if (flags & PURPLE_MESSAGE_ERROR)
		event("refused", name_of(c), html, NULL);
}

static void add_users(PurpleConversation *c, GList *users, gboolean arrivals)
{
	for (; arrivals && users; users = users->next)
		event("entered", name_of(c), ((PurpleConvChatBuddy *) users->data)->name, NULL);
}

static void remove_users(PurpleConversation *c, GList *users)
{
	for (; users; users = users->next)
		event("left", name_of(c), (const char *) users->data, NULL);
}

static PurpleConversationUiOps conversation_ops = {
	.write_chat = write_chat,
	.write_conv = write_conv,
	.chat_add_users = add_users,
	.chat_remove_users = remove_users,
};

static void room_found(PurpleRoomlist *list, PurpleRoomlistRoom *room)
{
	GList *value = purple_roomlist_room_get_fields(room);
	const char *uri = "", *about = "";

	for (GList *l = purple_roomlist_get_fields(list); l && value; l = l->next, value = value->next) {
		PurpleRoomlistField *f = l->data;
		if (f->type != PURPLE_ROOMLIST_FIELD_STRING || !value->data)
			continue;
		if (!strcmp(f->name, "uri"))
			uri = value->data;
		else if (!strcmp(f->name, "description"))
			about = value->data;
	}
	event("room", purple_roomlist_room_get_name(room), uri, about, NULL);
}

static void rooms_progress(PurpleRoomlist *list, gboolean running)
{
	(void) list;
	if (!running)
		event("rooms-end", NULL);
}

static PurpleRoomlistUiOps roomlist_ops = { .add_room = room_found, .in_progress = rooms_progress };

static void *notice(PurpleNotifyMsgType type, const char *title, const char *first, const char *second)
{
	(void) type;
	event("notice", title ? title : "", first ? first : "", second ? second : "", NULL);
	return NULL;
}

static PurpleNotifyUiOps notify_ops = { .notify_message = notice };

/* ---- contacts ---- */

static void buddy_is(PurpleBuddy *b)
{
	PurpleStatus *now = purple_presence_get_active_status(purple_buddy_get_presence(b));
	const char *note = purple_status_get_attr_string(now, "message");

	event("buddy", purple_buddy_get_name(b), purple_status_get_id(now), note ? note : "", NULL);
}

static void buddy_changed(PurpleBuddy *b, PurpleStatus *old, PurpleStatus *now)
{
	(void) old; (void) now;
	buddy_is(b);
}

static void add_buddy(const char *address)
{
	PurpleBuddy *b = purple_buddy_new(account, address, NULL);
	PurpleGroup *g = purple_find_group("Contacts");

	if (!g) {
		g = purple_group_new("Contacts");
		purple_blist_add_group(g, NULL);
	}
	purple_blist_add_buddy(b, NULL, g, NULL);
	purple_account_add_buddy(account, b);
}

static void set_status(const char *id, const char *note)
{
	if (purple_account_get_status_type(account, id))
		purple_account_set_status(account, id, TRUE, "message", *note ? note : NULL, NULL);
	else
		event("fault", "the plugin has no such status", id, NULL);
}

/* A self-made certificate is what a test server has. */
static void accept_certificate(PurpleCertificateVerificationRequest *request)
{
	purple_certificate_verify_complete(request, PURPLE_CERTIFICATE_VALID);
}

/* ---- commands ---- */

static PurpleConversation *find_room(const char *name)
{
	for (GList *l = purple_get_chats(); l; l = l->next)
		if (!strcmp(name_of(l->data), name))
			return l->data;
	event("fault", "no open room of that name", name, NULL);
	return NULL;
}

static void post(PurpleConnection *gc, const char *name, const char *escaped)
{
	PurpleConversation *c = find_room(name);
	char *text = g_strcompress(escaped), *escaped_html = g_markup_escape_text(text, -1);
	char **lines = g_strsplit(escaped_html, "\n", -1), *html = g_strjoinv("<br>", lines);

	if (c)
		serv_chat_send(gc, purple_conv_chat_get_id(PURPLE_CONV_CHAT(c)), html, PURPLE_MESSAGE_SEND);
	g_free(html);
	g_strfreev(lines);
	g_free(escaped_html);
	g_free(text);
}

static void join(PurpleConnection *gc, const char *uri)
{
	GHashTable *parts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);

	g_hash_table_insert(parts, "uri", g_strdup(uri));
	serv_join_chat(gc, parts);
	g_hash_table_destroy(parts);
}

static void sign_on(void)
{
	purple_account_set_password(account, password);
	purple_account_set_enabled(account, UI, TRUE);
	if (purple_account_is_disconnected(account))
		purple_account_connect(account);
}

static void obey(char *line)
{
	char **word = g_strsplit(line, "\t", 3);
	const char *first = word[0] && word[1] ? word[1] : "", *second = *first && word[2] ? word[2] : "";
	PurpleConnection *gc = purple_account_get_connection(account);
	PurpleConversation *c;

	if (!strcmp(word[0], "quit"))
		g_main_loop_quit(loop);
	else if (!strcmp(word[0], "connect"))
		sign_on();
	else if (!gc || !PURPLE_CONNECTION_IS_CONNECTED(gc))
		event("fault", "not signed on", line, NULL);
	else if (!strcmp(word[0], "disconnect"))
		purple_account_disconnect(account);
	else if (!strcmp(word[0], "rooms")) {
		if (!purple_roomlist_get_list(gc))
			event("fault", "no room list", NULL);
	} else if (!strcmp(word[0], "join"))
		join(gc, first);
	else if (!strcmp(word[0], "post"))
		post(gc, first, second);
	else if (!strcmp(word[0], "part")) {
		if ((c = find_room(first)))
			purple_conversation_destroy(c);
	} else if (!strcmp(word[0], "users")) {
		if ((c = find_room(first)))
			print_users(c);
	} else if (!strcmp(word[0], "buddy"))
		add_buddy(first);
	else if (!strcmp(word[0], "status"))
		set_status(first, second);
	else
		event("fault", "unknown command", line, NULL);
	g_strfreev(word);
}

static gboolean input(GIOChannel *channel, GIOCondition cond, gpointer unused)
{
	char *line = NULL;

	(void) cond; (void) unused;
	if (g_io_channel_read_line(channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
		g_main_loop_quit(loop);
		return FALSE;
	}
	line[strcspn(line, "\r\n")] = '\0';
	obey(line);
	g_free(line);
	return TRUE;
}

static void register_ui(void)
{
	purple_connections_set_ui_ops(&connection_ops);
	purple_conversations_set_ui_ops(&conversation_ops);
	purple_roomlist_set_ui_ops(&roomlist_ops);
	purple_notify_set_ui_ops(&notify_ops);
}

static PurpleCoreUiOps core_ops = { .ui_init = register_ui };

static PurpleAccount *new_account(const char *server, const char *transport, const char *address)
{
	char *name = g_strdup_printf("%s,", address);
	PurpleAccount *a = purple_account_new(name, "prpl-sipe");

	g_free(name);
	purple_account_set_string(a, "server", server);
	purple_account_set_string(a, "transport", transport);
	purple_account_set_string(a, "authentication", "ntlm");
	purple_account_set_bool(a, "sso", FALSE);
	purple_account_set_bool(a, "dont-publish", TRUE); /* no search for an Exchange calendar */
	purple_accounts_add(a);
	return a;
}

int main(int argc, char **argv)
{
	PurpleCertificateVerifier *verifier;
	char *home = g_dir_make_tmp("perch-sipe-XXXXXX", NULL);
	GIOChannel *in;
	void *self = &account;

	if (argc < 5 || !home) {
		fprintf(stderr, "usage: sipedriver SERVER:PORT tcp|tls ADDRESS PASSWORD [DEBUGFILE]\n");
		return 2;
	}
	password = argv[4];
	if (argc > 5)
		debug_file = fopen(argv[5], "w");
	g_setenv("LANGUAGE", "C", TRUE);
	g_setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:", TRUE);
	g_unsetenv("DISPLAY");
	signal(SIGPIPE, SIG_IGN);
	g_log_set_default_handler(library_log, NULL);
	loop = g_main_loop_new(NULL, FALSE);

	purple_debug_set_verbose(TRUE);
	purple_debug_set_unsafe(TRUE); /* whole messages in the log */
	purple_debug_set_ui_ops(&debug_ops);
	purple_util_set_user_dir(home);
	purple_eventloop_set_ui_ops(&loop_ops);
	purple_core_set_ui_ops(&core_ops);
	purple_plugins_add_search_path("/usr/lib/purple-2");
	if (!purple_core_init(UI) || !purple_plugins_find_with_id("prpl-sipe")) {
		fprintf(stderr, "sipedriver: libpurple does not find the SIPE plugin: install pidgin-sipe\n");
		return 4;
	}
	purple_set_blist(purple_blist_new());
	purple_prefs_load();
	verifier = purple_certificate_find_verifier("x509", "tls_cached");
	if (verifier)
		verifier->start_verification = accept_certificate;
	purple_signal_connect(purple_conversations_get_handle(), "chat-joined", self, PURPLE_CALLBACK(joined), NULL);
	purple_signal_connect(purple_conversations_get_handle(), "deleting-conversation", self, PURPLE_CALLBACK(parted), NULL);

	purple_signal_connect(purple_blist_get_handle(), "buddy-status-changed", self, PURPLE_CALLBACK(buddy_changed), NULL);
	purple_signal_connect(purple_blist_get_handle(), "buddy-signed-on", self, PURPLE_CALLBACK(buddy_is), NULL);
	purple_signal_connect(purple_blist_get_handle(), "buddy-signed-off", self, PURPLE_CALLBACK(buddy_is), NULL);

	event("ready", purple_core_get_version(), NULL);
	account = new_account(argv[1], argv[2], argv[3]);
	purple_savedstatus_activate(purple_savedstatus_new(NULL, PURPLE_STATUS_AVAILABLE));
	sign_on();
	in = g_io_channel_unix_new(0);
	g_io_channel_set_encoding(in, NULL, NULL);
	g_io_add_watch(in, G_IO_IN | G_IO_HUP | G_IO_ERR, input, NULL);
	g_main_loop_run(loop);

	ending = TRUE;
	purple_core_quit();
	event("bye", NULL);
	return 0;
}
