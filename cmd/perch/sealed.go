package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"perch/compliance/seal"
)

type archiveCmd struct {
	Head        archiveHead        `cmd:"" help:"Print the newest signed checkpoint: keep it elsewhere, and verify with it later."`
	Verify      archiveVerify      `cmd:"" help:"Check that nothing in the sealed archive was changed or left out."`
	Reconstruct archiveReconstruct `cmd:"" help:"Show a room as it stood at a time: texts, members, who was in it, policy."`
	Contacts    archiveContacts    `cmd:"" help:"Who of two sides could have talked to whom, when, and who was refused at a room's door."`
	Diff        archiveDiff        `cmd:"" help:"What was added between two heads, and that both are of this archive."`
	Gaps        archiveGaps        `cmd:"" help:"What was not captured, when and why."`
	Export      archiveExport      `cmd:"" help:"Write the records of a case into a folder, each with its proof, for people and programs."`
	Prove       archiveProve       `cmd:"" help:"Print the evidence for one record: that it is in the archive, and what it says."`
	Check       archiveCheck       `cmd:"" help:"Check evidence that was printed by prove."`
	Retain      retainCmd          `cmd:"" help:"How long contents are kept: retention classes, erasures."`
	Hold        holdCmd            `cmd:"" help:"Legal holds: what is not destroyed whatever else says so."`
	Approver    approverCmd        `cmd:"" help:"People who approve decisions about what is kept."`
	Approve     actApprove         `cmd:"" help:"Approve a decision that was drawn up with --to."`
	Submit      actSubmit          `cmd:"" help:"Put an approved decision into the archive."`
}

// source is an archive's folder and what opens it.
type source struct {
	Source string `placeholder:"DIR" help:"The archive's folder, or a copy (default: that of the server of --data)."`
	Key    string `placeholder:"FILE" help:"The log's public key (default: archive-keys/signing.pub beside the archive). To trust what comes out, take it from elsewhere."`
}

func (s *source) open(g *globals) (dir, key string, err error) {
	dir = cmp.Or(s.Source, filepath.Join(g.where(), "archive"))
	b, err := os.ReadFile(cmp.Or(s.Key, filepath.Join(filepath.Dir(filepath.Clean(dir)), "archive-keys", seal.PublicFile)))
	if errors.Is(err, fs.ErrNotExist) && s.Key == "" {
		return dir, "", exitError{seal.Unclear, errors.New("no public key: name its file with --key")}
	}
	if err != nil {
		return dir, "", exitError{seal.Unclear, err}
	}
	return dir, strings.TrimSpace(string(b)), nil
}

// contentKey reads the key of contents: the one named, or that beside the
// archive if there is one.
func contentKey(file, dir string) ([]byte, error) {
	if file != "" {
		return os.ReadFile(file)
	}
	b, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Clean(dir)), "archive-keys", seal.ContentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// usedWrongly is verify's exit status for a wrong use that only it can see.
const usedWrongly = seal.Outcome(4)

// exitError ends the program with the status of an outcome.
type exitError struct {
	outcome seal.Outcome
	cause   error
}

func (e exitError) Error() string { return e.cause.Error() }

type archiveHead struct{ source }

// Run prints the checkpoint.
func (c *archiveHead) Run(g *globals) error {
	dir, key, err := c.open(g)
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return exitError{seal.Unclear, err}
	}
	if _, err := seal.ReadCheckpoint(signed, key); err != nil {
		return exitError{seal.Tampered, err}
	}
	_, err = g.out.Write(signed)
	return err
}

type archiveVerify struct {
	source
	Since     string        `placeholder:"FILE" help:"A checkpoint from before (perch archive head): the archive must be its continuation."`
	Contents  string        `placeholder:"FILE" help:"The content key: contents are checked, too (default: archive-keys/content.key beside the archive, if it is there)."`
	Witness   []string      `type:"existingfile" placeholder:"FILE" help:"Public key of a witness; the checkpoint of --since must be cosigned by --quorum of them."`
	Quorum    int           `help:"How many of the witnesses (default: all that are named)."`
	Fresh     time.Duration `help:"The cosignatures of --since must not be older than this: an old head may be shown again."`
	Approver  []string      `type:"existingfile" placeholder:"FILE" help:"Public key of an approver: only approvals by these people count (default: by all that the archive says are approvers)."`
	Log       string        `type:"existingdir" placeholder:"DIR" help:"Of an export: the archive that it was taken from. It is checked that nothing that was selected is left out."`
	Unsigned  bool          `help:"Of an export: take it although nobody signed what was selected."`
	Live      bool          `help:"The source was copied while a server was writing it, or was left by one that died: what lies beyond its checkpoint is left out of account."`
	Backwards time.Duration `default:"10m" help:"How far a time may lie before that of an earlier record."`
}

// Help is what is to be said beside the flags.
func (archiveVerify) Help() string {
	return `Reads the whole archive and needs no server and no network. An archive that a server is writing is verified up to its
newest checkpoint.

Exit status: 0 nothing was changed or left out; 1 something was: the first such record is named; 2 something is missing;
3 it cannot be told, because a key or the archive is not to be had; 4 used wrongly.`
}

// verified is what is printed.
type verified struct {
	Outcome    string           `json:"outcome"`
	Finding    string           `json:"finding,omitempty"`
	FirstBad   *int64           `json:"first_bad,omitempty"`
	Origin     string           `json:"origin"`
	Checkpoint int64            `json:"checkpoint_size"`
	Root       string           `json:"checkpoint_root"`
	Leaves     int64            `json:"leaves"`
	First      int64            `json:"first_entry"`
	Last       int64            `json:"last_entry"`
	From       string           `json:"from"`
	Until      string           `json:"until"`
	Rooms      int              `json:"rooms"`
	Bodies     int64            `json:"bodies"`
	Contents   int64            `json:"contents"`
	Destroyed  int64            `json:"destroyed"`
	Trimmed    int64            `json:"trimmed"`
	Acts       int64            `json:"acts"`
	Void       int64            `json:"void_acts"`
	Approvers  []string         `json:"approvers,omitempty"`
	Holds      []string         `json:"holds,omitempty"`
	Selection  string           `json:"selection,omitempty"`
	Kinds      map[string]int64 `json:"kinds"`
}

// Run verifies.
func (c *archiveVerify) Run(ctx context.Context, g *globals) error {
	dir, key, err := c.open(g)
	if err != nil {
		return err
	}
	o := seal.VerifyOptions{PublicKey: key, Backwards: c.Backwards, Progress: g.counting()}
	if o.Content, err = contentKey(c.Contents, dir); err != nil {
		return exitError{seal.Unclear, err}
	}
	if c.Since != "" {
		if o.Since, err = os.ReadFile(c.Since); err != nil {
			return exitError{seal.Unclear, err}
		}
	}
	if len(c.Witness) > 0 && c.Since == "" {
		return exitError{usedWrongly, errors.New("--witness goes with --since: a checkpoint that they cosigned")}
	}
	if o.Witnesses, err = readKeys(c.Witness); err != nil {
		return err
	}
	if o.Approvers, err = readKeys(c.Approver); err != nil {
		return err
	}
	o.Log, o.Unsigned, o.Growing, o.Fresh, o.Now = c.Log, c.Unsigned, c.Live, c.Fresh, time.Now()
	if o.Log != "" && o.Content == nil {
		if o.Content, err = contentKey(c.Contents, o.Log); err != nil {
			return exitError{seal.Unclear, err}
		}
	}
	o.Quorum = cmp.Or(c.Quorum, len(c.Witness))
	if _, err := os.Stat(filepath.Join(filepath.Dir(filepath.Clean(dir)), "addresses.json")); err == nil {
		o.Growing = true // a server runs on the folder
	}
	r, err := seal.Verify(ctx, dir, o)
	if err != nil {
		return err
	}
	if err := g.showVerified(&r); err != nil {
		return err
	}
	if r.Finding != nil {
		return exitError{r.Outcome, r.Finding}
	}
	return nil
}

// readKeys reads public keys.
func readKeys(names []string) (keys []string, err error) {
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, exitError{seal.Unclear, err}
		}
		keys = append(keys, strings.TrimSpace(string(b)))
	}
	return keys, nil
}

// counting shows how far a verification is.
func (g *globals) counting() func(done, all int64) {
	var bar *progressbar.ProgressBar
	return func(done, all int64) {
		if bar == nil {
			bar = g.progress(int(all))
		}
		_ = bar.Set64(done) // it is only shown
	}
}

func (g *globals) showVerified(r *seal.Report) error {
	v := verified{
		Outcome: r.Outcome.String(), Origin: r.Checkpoint.Origin, Checkpoint: r.Checkpoint.Size, Root: r.Checkpoint.Root.String(), Leaves: r.Leaves,
		First: int64(r.First), Last: int64(r.Last), From: r.From.Std().UTC().Format(time.RFC3339), Until: r.Until.Std().UTC().Format(time.RFC3339),
		Rooms: r.Rooms, Bodies: r.Bodies, Contents: r.Contents, Kinds: r.Kinds,
		Destroyed: r.Destroyed, Trimmed: r.Trimmed, Acts: r.Acts, Void: r.Void, Approvers: r.Approvers, Holds: r.Holds, Selection: r.Selection,
	}
	if r.Finding != nil {
		if v.Finding = r.Finding.Error(); r.Finding.Index >= 0 {
			v.FirstBad = &r.Finding.Index
		}
	}
	return g.show(v, "", func(row func(...any)) {
		row("outcome", v.Outcome)
		if v.Finding != "" {
			row("finding", v.Finding)
		}
		row("log", v.Origin)
		row("checkpoint", fmt.Sprintf("%d leaves, root %s", v.Checkpoint, v.Root))
		row("leaves", fmt.Sprintf("%d, entries %d to %d of the journal, %s to %s", v.Leaves, v.First, v.Last, v.From, v.Until))
		row("rooms", v.Rooms)
		if v.Selection != "" {
			row("selected", v.Selection)
		}
		row("bodies", fmt.Sprintf("%d as they were sealed, %d with their contents", v.Bodies, v.Contents))
		row("destroyed", fmt.Sprintf("%d contents, as acts allow", v.Destroyed))
		if v.Trimmed > 0 {
			row("trimmed", fmt.Sprintf("%d entries, deleted before the Compliance service was switched on, as acts tell", v.Trimmed))
		}
		row("acts", fmt.Sprintf("%d, of which %d do nothing", v.Acts, v.Void))
		for _, key := range v.Approvers {
			row("approver", key)
		}
		for _, name := range v.Holds {
			row("hold", name)
		}
		for _, k := range slices.Sorted(maps.Keys(v.Kinds)) {
			row("  "+k, v.Kinds[k])
		}
	})
}

type archiveProve struct {
	source
	Entry    int64  `xor:"which" required:"" placeholder:"NUMBER" help:"Number of the journal's entry."`
	Index    *int64 `xor:"which" required:"" placeholder:"NUMBER" help:"Index of the leaf."`
	Contents string `placeholder:"FILE" help:"The content key (default: archive-keys/content.key beside the archive, if it is there); without it the evidence has no body."`
}

// Run prints evidence.
func (c *archiveProve) Run(ctx context.Context, g *globals) error {
	e, err := c.prove(ctx, g)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(g.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(e)
}

func (c *archiveProve) prove(ctx context.Context, g *globals) (e seal.Evidence, err error) {
	if c.Source == "" {
		q := url.Values{"entry": {strconv.FormatInt(c.Entry, 10)}}
		if c.Index != nil {
			q = url.Values{"index": {strconv.FormatInt(*c.Index, 10)}}
		}
		cl, err := g.archiveOf()
		if err == nil {
			err = cl.Evidence(ctx, q, &e)
		}
		return e, err
	}
	dir, key, err := c.open(g)
	if err != nil {
		return e, err
	}
	content, err := contentKey(c.Contents, dir)
	if err != nil {
		return e, err
	}
	if c.Index == nil {
		index, err := seal.IndexOf(dir, key, c.Entry)
		if err != nil {
			return e, err
		}
		c.Index = &index
	}
	return seal.Prove(dir, key, *c.Index, content)
}

type archiveCheck struct {
	Evidence string `arg:"" type:"existingfile" help:"File that prove has printed."`
	Key      string `required:"" type:"existingfile" placeholder:"FILE" help:"The log's public key."`
}

// Run checks evidence.
func (c *archiveCheck) Run(g *globals) error {
	b, err := os.ReadFile(c.Evidence)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(c.Key)
	if err != nil {
		return err
	}
	var e seal.Evidence
	if err := json.Unmarshal(b, &e); err != nil {
		return exitError{seal.Unclear, fmt.Errorf("the evidence cannot be read: %w", err)}
	}
	leaf, body, head, err := seal.CheckEvidence(e, string(key))
	if err != nil {
		return exitError{seal.Tampered, err}
	}
	return g.show(map[string]any{"leaf": leaf, "body": body, "log": head.Origin, "size": head.Size}, "", func(row func(...any)) {
		row("proved", fmt.Sprintf("leaf %d of %d of the log %s", leaf.Index, head.Size, head.Origin))
		row("time", time.UnixMicro(leaf.At).UTC().Format("2006-01-02T15:04:05.000000Z"))
		row("kind", leaf.Kind)
		row("by", leaf.ActorURI)
		row("room", leaf.Room)
		if body != nil {
			row("room name", body.RoomName)
			row("name", body.ActorName)
			row("text", body.Text)
			row("detail", body.Detail)
		}
	})
}
