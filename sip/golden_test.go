package sip_test

import (
	"os"
	"path/filepath"
	"testing"
)

func golden(t testing.TB, name string) []byte {
	t.Helper()
	buf, err := os.ReadFile(filepath.Join("testdata", "sipe", name+".msg"))
	if err != nil {
		t.Fatal(err)
	}
	return buf
}
