package web

import (
	"context"
	"net/http"
	"strings"

	"perch/chat"
)

// adminBase is where administration stands.
const adminBase = Base + "/admin"

// notOverWeb are paths of administration that only the machine's accounts reach:
// they are about the process, not about what it keeps.
var notOverWeb = []string{"/debug/", "/free-memory"}

// administration hands requests on to the administration's own front end as an
// operator's, who is named by his address. It takes a session, or a token that
// manages; the duties of the operator, and what is recorded, are decided there.
func (s *Server) administration(admin http.Handler) http.Handler {
	return http.StripPrefix(adminBase, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := caller(r.Context())
		switch {
		case err != nil:
		case id.pass.Kind == chat.PassToken && id.pass.Scope != chat.ScopeManage:
			err = chat.E(chat.KindForbidden, "administration takes a token with the scope manage")
		case !strings.HasPrefix(r.URL.Path, "/"), closed(r.URL.Path):
			err = chat.E(chat.KindNoSuchObject, "there is no such thing here")
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		admin.ServeHTTP(w, r.WithContext(asOperator(r.Context(), &id)))
	}))
}

func closed(path string) bool {
	for _, p := range notOverWeb {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// asOperator names the caller as the operator of what is done.
func asOperator(ctx context.Context, id *identity) context.Context {
	return chat.WithOperator(ctx, id.user.URI)
}
