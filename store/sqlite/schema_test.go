package sqlite_test

import (
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/schema.sql")

const golden = "testdata/schema.sql"

// TestSchema checks that a database migrated from 0001 is the one that is
// written down, so that a change of the schema is seen in review.
func TestSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	openFile(t, path).Close()
	got := dump(t, raw(t, path))
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("the schema is not as in %s; if it should be, run with -update (-want +got):\n%s", golden, d)
	}
	fresh := raw(t, filepath.Join(t.TempDir(), "fresh.db"))
	run(t, fresh, string(want))
	if d := cmp.Diff(string(want), dump(t, fresh)); d != "" {
		t.Errorf("a database made by %s is not the same (-want +got):\n%s", golden, d)
	}
}

// dump is the schema as statements, in the order of names.
func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	b.WriteString("-- Written by TestSchema -update; the source is migrations/.\n")
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n" + text + ";\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
