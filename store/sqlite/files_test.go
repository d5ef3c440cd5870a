package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"perch/store/sqlstore"
)

// TestPostedFilesByIndex: a room's files are found by their index, however long
// its history and however many files others have.
func TestPostedFilesByIndex(t *testing.T) {
	path := filepath.Join(t.TempDir(), "perch.db")
	openFile(t, path).Close()
	rows, err := raw(t, path).QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+sqlstore.PostedText, 1, 100, 10)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	byIndex := 0
	for _, step := range plan {
		if strings.Contains(step, "files_posted (room=?") {
			byIndex++
		}
		if strings.HasPrefix(step, "SCAN files") || strings.HasPrefix(step, "SCAN m") {
			t.Errorf("a whole table is read: %s", step)
		}
	}
	if err := rows.Err(); err != nil || byIndex != 2 {
		t.Errorf("%d steps use the index, %v, of\n%s", byIndex, err, strings.Join(plan, "\n"))
	}
}
