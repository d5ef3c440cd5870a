package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"perch/compliance/seal"
	"perch/front/admin/client"
)

type archiveExport struct {
	source
	scopeFlags
	To        string   `required:"" placeholder:"DIR" help:"A new folder for the export."`
	Custodian []string `help:"What these people did, what was said in rooms while they were there, and what they read there later; with when they were where."`
	Kind      []string `help:"Only these kinds, such as post, join, part (docs/compliance.md)."`
	Term      []string `help:"Only what has one of these words in it, in any case."`
	Contents  string   `placeholder:"FILE" help:"The content key (default: archive-keys/content.key beside the archive, if it is there); without it the export has no texts."`
}

// Help is what is to be said beside the flags.
func (archiveExport) Help() string {
	return `The folder has records.jsonl (leaf, body, key and proof of each record), acts.jsonl (what was decided about what is kept), records.html for
people, manifest.json with the log's signature, and the signed checkpoint. perch archive verify --source FOLDER checks all of it with the
public key alone; with --log ARCHIVE also that nothing that was selected is left out.

An export from a server's own archive is on record there, so that server must run. One from a copy is not.`
}

// Run exports.
func (c *archiveExport) Run(ctx context.Context, g *globals) error {
	s := c.selection()
	s.Kinds, s.Terms, s.Custodians = c.Kind, c.Term, addresses(c.Custodian)
	if c.Source == "" {
		m, err := g.exportOf(ctx, c.To, s)
		if err != nil {
			return err
		}
		return g.done("exported %d records of %d rooms to %s", m.Records, len(m.Rooms), c.To)
	}
	dir, key, err := c.open(g)
	if err != nil {
		return err
	}
	content, err := contentKey(c.Contents, dir)
	if err != nil {
		return err
	}
	private, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Clean(dir)), "archive-keys", seal.PrivateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	m, err := seal.Export(ctx, dir, seal.ExportOptions{PublicKey: key, Content: content, Private: strings.TrimSpace(string(private))}, s, c.To)
	if err != nil {
		return err
	}
	signed := ""
	if len(private) == 0 {
		signed = "; without the archive's private key its manifest is not signed"
	}
	return g.done("exported %d records of %d rooms to %s%s", m.Records, len(m.Rooms), c.To, signed)
}

// exportOf has the server export from its own archive, into a new folder.
func (g *globals) exportOf(ctx context.Context, to string, s seal.Selection) (m seal.Manifest, err error) {
	cl, err := g.client()
	if err != nil {
		return m, fmt.Errorf("an export is on record, so the server must run (a copy of the archive is named by --source): %w", err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		return m, err
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return m, fmt.Errorf("the export's folder must be new: %w", err)
	}
	packed := filepath.Join(to, ".part")
	f, err := os.OpenFile(packed, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = errors.Join(cl.ExportArchive(ctx, to, text, f), f.Close())
	}
	if err == nil {
		err = unpack(packed, to)
	}
	if err == nil {
		text, err = os.ReadFile(filepath.Join(to, "manifest.json"))
	}
	if err != nil {
		return m, errors.Join(err, os.RemoveAll(to))
	}
	return m, errors.Join(json.Unmarshal(text, &m), os.Remove(packed))
}

// unpack writes the files of a zip into a folder.
func unpack(packed, to string) error {
	z, err := zip.OpenReader(packed)
	if err != nil {
		return err
	}
	defer z.Close() //nolint:errcheck // it was only read
	for _, f := range z.File {
		if f.Name != filepath.Base(f.Name) || strings.HasPrefix(f.Name, ".") {
			return fmt.Errorf("the export has a file %q", f.Name)
		}
		if err := unpackOne(f, filepath.Join(to, f.Name)); err != nil {
			return err
		}
	}
	return nil
}

func unpackOne(f *zip.File, name string) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in) //nolint:gosec // its own server made it
	return errors.Join(err, out.Sync(), out.Close())
}

// archiveOf is the client of a server that reads contents of its own archive, on
// record.
func (g *globals) archiveOf() (*client.Client, error) {
	cl, err := g.client()
	if err != nil {
		return nil, fmt.Errorf("who reads contents is on record, so the server must run (a copy of the archive is named by --source): %w", err)
	}
	return cl, nil
}
