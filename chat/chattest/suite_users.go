package chattest

import (
	"testing"

	"perch/chat"
)

var userTests = map[string]func(t *testing.T, w *world){
	"Users/credentials":                   testCredentials,
	"Users/credentials stay the caller's": testCredentialsKeepNothing,
}

var hash = []byte{0, 1, 2, 3, 4, 5, 6, 7, 248, 249, 250, 251, 252, 253, 254, 255}

func testCredentials(t *testing.T, w *world) {
	ctx := t.Context()
	cred := []chat.Credentials{{Password: "$argon2id$v=19$m=1,t=1,p=1$YQ$Yg"}, {NTHash: hash}, {}}
	made := must(w.CreatePrincipals(ctx, []chat.Principal{newUser("carol"), newUser("dave"), newUser("erin")}, cred, []chat.Entry{personEntry}))(t)
	for i, p := range made {
		got := must(w.FindCredentials(ctx, p.ID))(t)
		same(t, p.Name, cred[i], got)
		if (got.NTHash == nil) != (cred[i].NTHash == nil) {
			t.Errorf("%s: the hash is %v, want %v: nil says that NTLM is off", p.Name, got.NTHash, cred[i].NTHash)
		}
	}
	same(t, "one without", chat.Credentials{}, must(w.FindCredentials(ctx, w.bob))(t))
	for _, c := range []chat.Credentials{{Password: "a", NTHash: hash}, {Password: "b"}, {}} {
		check(t, w.UpdateCredentials(ctx, w.bob, c, "", personEntry))
		got := must(w.FindCredentials(ctx, w.bob))(t)
		same(t, "bob", c, got)
		if (got.NTHash == nil) != (c.NTHash == nil) {
			t.Errorf("the hash is %v, want %v", got.NTHash, c.NTHash)
		}
	}
	same(t, "another's", cred[0], must(w.FindCredentials(ctx, made[0].ID))(t))
}

func testCredentialsKeepNothing(t *testing.T, w *world) {
	ctx := t.Context()
	mine := []chat.Credentials{{NTHash: append([]byte(nil), hash...)}}
	id := must(w.CreatePrincipals(ctx, []chat.Principal{newUser("carol")}, mine, nil))(t)[0].ID
	for range 2 {
		clear(mine[0].NTHash)
		clear(must(w.FindCredentials(ctx, id))(t).NTHash)
		same(t, "the store kept a caller's slice", chat.Credentials{NTHash: hash}, must(w.FindCredentials(ctx, id))(t))
		mine[0].NTHash = append([]byte(nil), hash...)
		check(t, w.UpdateCredentials(ctx, id, mine[0], "", personEntry))
	}
}
