package seal

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Forge writes an export anew after its records, or what it says was selected,
// were changed, as somebody with this program's source would. private signs it;
// empty: nobody does.
func Forge(dir, publicKey, private string, lines func(lines []string) []string, change func(m *Manifest)) error {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return err
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	change(&m)
	records, err := os.ReadFile(filepath.Join(dir, recordsFile))
	if err != nil {
		return err
	}
	list := strings.SplitAfter(string(records), "\n")
	changed := strings.Join(lines(list[:len(list)-1]), "")
	if err := os.WriteFile(filepath.Join(dir, recordsFile), []byte(changed), 0o600); err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		return err
	}
	c, err := ReadCheckpoint(signed, publicKey)
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if m, err = derive(dir, Manifest{Selection: m.Selection, Contents: m.Contents}, c, &page); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, readableFile), page.Bytes(), 0o600); err != nil {
		return err
	}
	if text, err = m.text(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, manifestFile), text, 0o600); err != nil {
		return err
	}
	if private == "" {
		return nil
	}
	return signManifest(dir, text, private)
}

// Redact takes the content out of a record's line.
func Redact(line string) string {
	r, err := parseRecord([]byte(line))
	if err != nil {
		return err.Error()
	}
	r.Body, r.Key = "", ""
	b, err := encode(r)
	if err != nil {
		return err.Error()
	}
	return string(b) + "\n"
}
