package app_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"perch/front/web"
)

// atRoot is an address of a page's script, style or icon that holds wherever the
// page was opened.
var atRoot = regexp.MustCompile(`^/assets/`)

// TestRoomsPage: the page that old clients open to manage rooms is the web
// client's, under the names of the original's page too, beside the file service
// that has the rest of the folder; what it loads is named from the root.
func TestRoomsPage(t *testing.T) {
	a := start(t, local(t, t.TempDir()))
	at := "http://" + a.Addresses().Web
	home, _ := fetch(t, at+"/")
	for _, path := range []string{
		web.RoomsPage, web.RoomsPage + "default.aspx", web.RoomsPage + "default.aspx?RoomId=094f5a4a-c492-4f6b-91c2-385eba134fd3&lang=en-US", "/PersistentChat/RM", "/manage", "/admin/users/alice",
	} {
		page, kind := fetch(t, at+path)
		if page != home || !strings.HasPrefix(kind, "text/html") {
			t.Errorf("%s is %s: %.80q, not the client", path, kind, page)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(home, -1) {
		if !atRoot.MatchString(m[1]) {
			t.Errorf("the page loads %s, which is not there under %s", m[1], web.RoomsPage)
		}
	}
	if page, _ := fetch(t, at+"/PersistentChat/MGCWebService.asmx"); page == home {
		t.Error("the file service is hidden by the client")
	}
}

func fetch(t *testing.T, url string) (body, kind string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), resp.Header.Get("Content-Type")
}
