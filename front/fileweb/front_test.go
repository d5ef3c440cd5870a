package fileweb_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"perch/blob/dir"
	"perch/chat"
	"perch/chat/chattest"
	"perch/filestore"
	"perch/front/fileweb"
)

var update = flag.Bool("update", false, "rewrite the golden answers that differ")

// What the captured requests name.
const (
	upToken   = "2baa3978-7511-4050-8be7-f1670d8fc220"
	downToken = "3f2900af-52f7-40d6-91df-a211e72b7980"
	room      = "094f5a4a-c492-4f6b-91c2-385eba134fd3"
	begun     = "a912898f-cf23-476b-a644-0c541d7cfdcf.txt"
	kept      = "6d042d7b-50d1-4117-9bf0-5a8c0b11e842.txt"
	content   = "This record was made for a test of transfer"
)

// world is a front end on a real service, with the tokens and files that the
// captured requests name.
type world struct {
	http.Handler
	t       *testing.T
	store   chat.Store
	refused error
	asked   int
	now     time.Time
}

func (w *world) MayTransfer(user chat.PrincipalID, id chat.RoomID, _ bool) (chat.Principal, *chat.Room, *chat.Category, error) {
	w.asked++
	return chat.Principal{ID: user}, &chat.Room{ID: id, GUID: room}, &chat.Category{Files: true, FileTypes: []string{"!application/pdf"}}, w.refused
}

func (w *world) DeniedTransfer(chat.PrincipalID, chat.RoomID, bool) (chat.Entry, bool) {
	return chat.Entry{}, false
}

func start(t *testing.T) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{t: t, store: chattest.NewStore(), now: time.Unix(1_800_000_000, 0)}
	c, err := w.store.CreateCategory(ctx, chat.Category{GUID: "c", Name: "Trading"}, chat.Entry{})
	must(t, err)
	rooms, err := w.store.CreateRooms(ctx, []chat.Room{{GUID: room, Category: c.ID, Name: "Rates"}}, make([]chat.Entry, 1))
	must(t, err)
	blobs, err := dir.Open(t.TempDir(), w.now)
	must(t, err)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	files := filestore.New(filestore.Config{
		Spool: t.TempDir(), MaxFileKB: func() int { return 2000 }, ChunkKB: 64, Now: func() time.Time { return w.now }, Log: log,
	}, w.store, blobs, w)
	for token, upload := range map[string]bool{upToken: true, downToken: false} {
		must(t, w.store.CreateFileToken(ctx, chat.FileToken{
			Token: token, User: 7, Room: rooms[0].ID, Upload: upload, Name: "TestInfoRecord.txt", Expires: chat.At(w.now.Add(time.Hour)),
		}, 0))
	}
	for _, id := range []string{begun, kept} {
		must(t, w.store.CreateFile(ctx, chat.File{ID: id, Room: rooms[0].ID, Uploader: 7, Token: upToken, Name: "TestInfoRecord.txt", State: chat.FileUnfinished}, 9))
	}
	must(t, files.Append(ctx, filestore.Chunk{Token: upToken, RoomGUID: room, File: kept, Data: []byte(content), Length: int64(len(content))}))
	w.Handler = fileweb.New(files, log)
	w.asked = 0
	return w
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// post sends a body as the client does.
func (w *world) post(body io.Reader, operation string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, fileweb.Path, body)
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `"http://www.microsoft.com/`+operation+`"`)
	out := httptest.NewRecorder()
	w.ServeHTTP(out, r)
	return out
}

// call sends an operation with parameters, name and text in turn.
func (w *world) call(operation string, parameters ...string) *httptest.ResponseRecorder {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><%s xmlns="http://www.microsoft.com">`, operation)
	for i := 0; i < len(parameters); i += 2 {
		fmt.Fprintf(&b, "<%s>", parameters[i])
		_ = xml.EscapeText(&b, []byte(parameters[i+1]))
		fmt.Fprintf(&b, "</%s>", parameters[i])
	}
	fmt.Fprintf(&b, `</%s></s:Body></s:Envelope>`, operation)
	return w.post(&b, operation)
}

// TestCaptured sends what clients were seen to send, and in the form of that
// what they were not, and compares the whole answers (XCCOS 10).
func TestCaptured(t *testing.T) {
	requests, err := filepath.Glob("testdata/*.xml")
	must(t, err)
	if len(requests) != 6 {
		t.Fatalf("there are %q: one for each operation is wanted", requests)
	}
	for _, name := range requests {
		operation, _, _ := strings.Cut(filepath.Base(name), ".")
		t.Run(operation, func(t *testing.T) {
			w := start(t)
			body, err := os.ReadFile(name)
			must(t, err)
			got := w.post(bytes.NewReader(body), operation)
			if got.Code != http.StatusOK || got.Header().Get("Content-Type") != "text/xml; charset=utf-8" {
				t.Errorf("status %d, %v", got.Code, got.Header())
			}
			guid := regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
			golden(t, "testdata/"+operation+".golden", guid.ReplaceAllString(got.Body.String(), "GUID"))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	want, err := os.ReadFile(name)
	if string(want) == got {
		return
	}
	if *update {
		must(t, os.WriteFile(name, []byte(got), 0o600))
		return
	}
	t.Errorf("%s (%v): it is not\n%s\nbut\n%s", name, err, want, got)
}

// TestTransfer plays an upload and a download as a client does, from the token
// on.
func TestTransfer(t *testing.T) {
	w := start(t)
	id := between(t, w.call("RequestUniqueFilenameWithExtension", "token", upToken, "channelId", room, "fileName", "Прайс.Docx"), "Result>", "</Request")
	if !strings.HasSuffix(id, ".docx") {
		t.Fatalf("the file is called %q", id)
	}
	data := strings.Repeat("0123456789", 15_000)
	const size = 64 << 10
	for at := 0; at < len(data); at += size {
		part := base64.StdEncoding.EncodeToString([]byte(data[at:min(at+size, len(data))]))
		part = part[:100] + "\r\n \t" + part[100:] // as broken into lines
		a := w.call("AppendChunk", "token", upToken, "channelId", room, "uniqueFilename", id, "fileChunk", part, "offset", fmt.Sprint(at), "fileLength", fmt.Sprint(len(data)))
		if a.Code != http.StatusOK {
			t.Fatalf("chunk at %d: %s", at, a.Body)
		}
	}
	if n := between(t, w.call("GetFileSize", "token", downToken, "channelId", room, "whatever", id), "Result>", "</Get"); n != "150000" {
		t.Errorf("its size is %s", n)
	}
	got := ""
	for len(got) < len(data) {
		a := w.call("DownloadChunk", "token", downToken, "channelId", room, "reposFileName", id, "offset", fmt.Sprint(len(got)), "bufferSize", "100000")
		part, err := base64.StdEncoding.DecodeString(between(t, a, "Result>", "</Download"))
		if err != nil || len(part) == 0 {
			t.Fatalf("at %d: %d bytes, %v", len(got), len(part), err)
		}
		got += string(part)
	}
	if got != data {
		t.Error("other bytes came back")
	}
}

func between(t *testing.T, r *httptest.ResponseRecorder, begin, end string) string {
	t.Helper()
	_, after, ok := strings.Cut(r.Body.String(), begin)
	inside, _, found := strings.Cut(after, end)
	if r.Code != http.StatusOK || !ok || !found {
		t.Fatalf("status %d: %s", r.Code, r.Body)
	}
	return inside
}

// TestRefusals: whatever is wrong, it is a 500 with a fault that says what
// (XCCOS 10.3).
func TestRefusals(t *testing.T) {
	chunk := func(change ...string) []string {
		p := []string{"token", upToken, "channelId", room, "uniqueFilename", begun, "fileChunk", "eA==", "offset", "0", "fileLength", "2"}
		for i := 0; i < len(change); i += 2 {
			for at := 0; at < len(p); at += 2 {
				if p[at] == change[i] {
					p[at+1] = change[i+1]
				}
			}
		}
		return p
	}
	const soapClient, soapServer = "soap:Client", "soap:Server"
	for name, c := range map[string]struct {
		answer     func(w *world) *httptest.ResponseRecorder
		code, says string
	}{
		"no right": {func(w *world) *httptest.ResponseRecorder {
			w.refused = chat.E(chat.KindForbidden, "the user is not a member of the room")
			return w.call("AppendChunk", chunk()...)
		}, soapClient, "the user is not a member of the room"},
		"no such room": {func(w *world) *httptest.ResponseRecorder {
			w.refused = chat.E(chat.KindNoSuchRoom, "")
			return w.call("DownloadChunk", "token", downToken, "channelId", room, "reposFileName", kept, "offset", "0", "bufferSize", "1")
		}, soapClient, "no such room"},
		"an internal error": {func(w *world) *httptest.ResponseRecorder {
			w.refused = chat.Wrap(chat.KindDatabase, "reading", fmt.Errorf("secret detail"))
			return w.call("GetFileSize", "token", downToken, "channelId", room, "x", kept)
		}, soapServer, "the store is not available"},
		"a token that is none": {func(w *world) *httptest.ResponseRecorder { return w.call("AppendChunk", chunk("token", "<x>")...) }, soapClient, "the token is not known or has expired: ask for another"},
		"another room":         {func(w *world) *httptest.ResponseRecorder { return w.call("AppendChunk", chunk("channelId", "x")...) }, soapClient, "the token is for another room"},
		"not base64":           {func(w *world) *httptest.ResponseRecorder { return w.call("AppendChunk", chunk("fileChunk", "?")...) }, soapClient, "fileChunk is not base64"},
		"no offset":            {func(w *world) *httptest.ResponseRecorder { return w.call("AppendChunk", chunk("offset", "")...) }, soapClient, "offset = &#34;&#34; is not a number"},
		"no chunk": {func(w *world) *httptest.ResponseRecorder {
			return w.call("AppendChunk", "token", upToken, "channelId", room, "offset", "0", "fileLength", "1")
		}, soapClient, "fileChunk is missing"},
		"a type that is refused": {func(w *world) *httptest.ResponseRecorder {
			return w.call("AppendChunk", chunk("fileChunk", base64.StdEncoding.EncodeToString([]byte("%PDF-1.7\n")), "fileLength", "9")...)
		}, soapClient, "the category takes no files of the type application/pdf"},
		"too large a file": {func(w *world) *httptest.ResponseRecorder {
			return w.call("AppendChunk", chunk("fileLength", "2048001")...)
		}, soapClient, "the file has 2001 KB, at most 2000 are allowed"},
		"too large a chunk": {func(w *world) *httptest.ResponseRecorder {
			return w.call("AppendChunk", chunk("fileChunk", strings.Repeat("AAAA", 60<<10))...)
		}, soapClient, "the request is too large"},
		"an unknown operation": {func(w *world) *httptest.ResponseRecorder { return w.call("DeleteFile") }, soapClient, "the file service has no operation &#34;DeleteFile&#34;"},
		"too many parameters":  {func(w *world) *httptest.ResponseRecorder { return w.call("GetMaxFileSizeInKB", make34()...) }, soapClient, "the request has too many parameters"},
		"nothing":              {func(w *world) *httptest.ResponseRecorder { return w.post(strings.NewReader(""), "") }, soapClient, "the request cannot be read: EOF"},
		"no XML":               {func(w *world) *httptest.ResponseRecorder { return w.post(strings.NewReader("token=1"), "") }, soapClient, "the request cannot be read"},
		"no SOAP":              {func(w *world) *httptest.ResponseRecorder { return w.post(strings.NewReader("<a><b/></a>"), "") }, soapClient, "the request cannot be read"},
		"an empty body": {func(w *world) *httptest.ResponseRecorder {
			return w.post(strings.NewReader("<Envelope><Body/></Envelope>"), "")
		}, soapClient, "this is no SOAP request"},
		"a document type": {func(w *world) *httptest.ResponseRecorder {
			return w.post(strings.NewReader(`<!DOCTYPE x [<!ENTITY e "boom">]><Envelope><Body><GetFileSize/></Body></Envelope>`), "")
		}, soapClient, "a request may not declare a document type"},
		"something cut short": {func(w *world) *httptest.ResponseRecorder {
			return w.post(strings.NewReader("<Envelope><Body><GetFileSize><token>x</tok"), "")
		}, soapClient, "the request cannot be read"},
		"elements in a parameter": {func(w *world) *httptest.ResponseRecorder {
			return w.post(strings.NewReader("<Envelope><Body><GetFileSize><token><a/></token></GetFileSize></Body></Envelope>"), "")
		}, soapClient, "a parameter holds text, not a"},
	} {
		t.Run(name, func(t *testing.T) {
			got := c.answer(start(t))
			body := got.Body.String()
			if got.Code != http.StatusInternalServerError || !strings.Contains(body, "<soap:Fault><faultcode>"+c.code+"</faultcode><faultstring>"+c.says) {
				t.Errorf("status %d: %s", got.Code, body)
			}
			if strings.Contains(body, "secret") {
				t.Error("the cause goes out")
			}
			if err := xml.Unmarshal(got.Body.Bytes(), new(struct{})); err != nil {
				t.Errorf("the fault is not XML: %v", err)
			}
		})
	}
}

func make34() (p []string) {
	for range 17 {
		p = append(p, "token", upToken)
	}
	return p
}

// endless yields one sign for ever, and counts what was taken.
type endless struct{ taken int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	e.taken += len(p)
	return len(p), nil
}

// TestUnread: of a request without a good token little is read, whatever comes.
func TestUnread(t *testing.T) {
	for name, head := range map[string]string{
		"a chunk":        `<Envelope><Body><AppendChunk><token>x</token><channelId>y</channelId><fileChunk>`,
		"a chunk first":  `<Envelope><Body><AppendChunk><fileChunk>`,
		"another thing":  `<Envelope><Body><AppendChunk><token>` + upToken + `</token><channelId>` + room + `</channelId><offset>`,
		"a header":       `<Envelope><Header><x>`,
		"no XML at all":  ``,
		"a download":     `<Envelope><Body><DownloadChunk><token>`,
		"a long comment": `<Envelope><!--`,
	} {
		w, rest := start(t), &endless{}
		got := w.post(io.MultiReader(strings.NewReader(head), rest), "")
		if got.Code != http.StatusInternalServerError || rest.taken > 100<<10 {
			t.Errorf("%s: %d after %d bytes: %s", name, got.Code, rest.taken, got.Body)
		}
	}
}

// TestTolerance: names are read in any case and namespace, headers passed over.
func TestTolerance(t *testing.T) {
	w := start(t)
	got := w.post(strings.NewReader(`<?xml version="1.0"?> <!-- x --><env:envelope xmlns:env="x"><env:Header><a><b/></a></env:Header><env:body>
		<m:getfilesize xmlns:m="http://www.microsoft.com/"><m:CHANNELID>`+strings.ToUpper(room)+`</m:CHANNELID><m:file> `+strings.ToUpper(kept)+` </m:file><m:Token>`+strings.ToUpper(downToken)+`</m:Token>
		</m:getfilesize></env:body></env:envelope>`), "")
	if n := between(t, got, "Result>", "</Get"); n != "43" {
		t.Errorf("size %s", n)
	}
}

// TestAsked: the right is asked for at each request (XCCOS 7.2).
func TestAsked(t *testing.T) {
	w := start(t)
	for i := range 3 {
		before := w.asked
		a := w.call("DownloadChunk", "token", downToken, "channelId", room, "reposFileName", kept, "offset", fmt.Sprint(i), "bufferSize", "1")
		if a.Code != http.StatusOK || w.asked == before {
			t.Errorf("chunk %d: asked %d times: %s", i, w.asked-before, a.Body)
		}
	}
	w.refused = chat.E(chat.KindForbidden, "")
	if a := w.call("DownloadChunk", "token", downToken, "channelId", room, "reposFileName", kept, "offset", "3", "bufferSize", "1"); a.Code != http.StatusInternalServerError {
		t.Errorf("after the right was taken: %s", a.Body)
	}
}

// TestOther: what is no SOAP call does not reach the service.
func TestOther(t *testing.T) {
	w := start(t)
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, fileweb.Path, http.StatusMethodNotAllowed},
		{http.MethodPut, fileweb.Path, http.StatusMethodNotAllowed},
		{http.MethodPost, "/PersistentChat/RM/default.aspx", http.StatusNotFound},
		{http.MethodPost, strings.ToLower(fileweb.Path), http.StatusInternalServerError},
	} {
		out := httptest.NewRecorder()
		w.ServeHTTP(out, httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader("")))
		if out.Code != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, out.Code, c.want)
		}
	}
}
