package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"

	"perch/chat"
)

var (
	insertFile = insert{
		head:    "INSERT INTO files (id, room, uploader, token, name, size, sha256, type, state, reason, at, posted) VALUES ",
		columns: 12,
	}
	insertFileToken = insert{
		head:    "INSERT INTO file_tokens (token, principal, room, upload, name, endpoint, client, expires) VALUES ",
		columns: 8,
	}
	insertLeftover = insert{head: "INSERT INTO file_leftovers (sha256) VALUES ", columns: 1, tail: " ON CONFLICT (sha256) DO NOTHING"}
)

const fileColumns = "id, room, uploader, token, name, size, sha256, type, state, reason, at, posted"

func scanFile(rows *sql.Rows, f *chat.File) error {
	return rows.Scan(&f.ID, &f.Room, &f.Uploader, &f.Token, &f.Name, &f.Size, &f.SHA256, &f.Type, &f.State, &f.Reason, &f.At, &f.Posted)
}

// CreateFileToken stores a token and forgets those that have expired.
func (t *Tx) CreateFileToken(ctx context.Context, f chat.FileToken, now chat.Time) error {
	if _, err := exec(ctx, t, "forgetting file tokens", "DELETE FROM file_tokens WHERE expires < $1", int64(now)); err != nil {
		return err
	}
	return insertFileToken.rows(ctx, t, "storing a file token", []any{
		f.Token, int64(f.User), int64(f.Room), boolInt(f.Upload), f.Name, f.Endpoint, f.Client, int64(f.Expires),
	})
}

// FindFileToken reads a token.
func FindFileToken(ctx context.Context, db DB, token string) (f chat.FileToken, err error) {
	err = db.QueryRowContext(ctx, "SELECT token, principal, room, upload, name, endpoint, client, expires FROM file_tokens WHERE token = $1", token).
		Scan(&f.Token, &f.User, &f.Room, &f.Upload, &f.Name, &f.Endpoint, &f.Client, &f.Expires)
	if errors.Is(err, sql.ErrNoRows) {
		return f, chat.E(chat.KindInvalidToken, "")
	}
	return f, fail("reading a file token", err)
}

// CreateFile stores a file, unless its uploader has too many unfinished ones.
func (t *Tx) CreateFile(ctx context.Context, f chat.File, most int) error {
	var unfinished int
	var room bool
	err := t.QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM files WHERE uploader = $1 AND state = 1), EXISTS (SELECT 1 FROM rooms WHERE id = $2)",
		int64(f.Uploader), int64(f.Room)).Scan(&unfinished, &room)
	switch {
	case err != nil:
		return fail("storing a file", err)
	case !room:
		return chat.E(chat.KindNoSuchRoom, "")
	case unfinished >= most:
		return chat.E(chat.KindLimit, "too many uploads are unfinished: finish one first")
	}
	err = insertFile.rows(ctx, t, "storing a file", []any{
		f.ID, int64(f.Room), int64(f.Uploader), f.Token, f.Name, f.Size, f.SHA256, f.Type, int64(f.State), f.Reason, int64(f.At), int64(f.Posted),
	})
	if duplicate(err) {
		return chat.E(chat.KindDuplicateName, "")
	}
	return err
}

// FindFile reads a file.
func FindFile(ctx context.Context, db DB, id string) (chat.File, error) {
	found, err := list(ctx, db, "reading a file", "SELECT "+fileColumns+" FROM files WHERE id = $1", scanFile, id)
	switch {
	case err != nil:
		return chat.File{}, err
	case len(found) == 0:
		return chat.File{}, chat.E(chat.KindNoSuchObject, "there is no such file")
	}
	return found[0], nil
}

// ListFiles reads files in a state, by id.
func ListFiles(ctx context.Context, db DB, state chat.FileState, after string, n int) ([]chat.File, error) {
	return list(ctx, db, "reading files", "SELECT "+fileColumns+" FROM files WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3", scanFile, int64(state), after, max(n, 0))
}

// PostedText reads files of a room that messages posted which can be read. It
// starts from their index, so that a long history without files costs nothing.
const PostedText = `SELECT ` + fileColumns + ` FROM files WHERE room = $1 AND posted > 0 AND ` + postedReadable + `
	AND posted < $2 AND posted >= COALESCE((SELECT MIN(posted) FROM (
		SELECT posted FROM files WHERE room = $1 AND posted > 0 AND posted < $2 AND ` + postedReadable + ` ORDER BY posted DESC LIMIT $3)), $2)
	ORDER BY posted DESC, id`

const postedReadable = `EXISTS (SELECT 1 FROM messages m WHERE m.room = files.room AND m.id = files.posted AND m.logged = 1
	AND m.id > (SELECT purged FROM rooms WHERE rooms.id = m.room))`

// ListPosted reads files that were posted in a room, newest first.
func ListPosted(ctx context.Context, db DB, room chat.RoomID, before chat.MessageID, n int) ([]chat.File, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return list(ctx, db, "reading a room's files", PostedText, scanFile, int64(room), int64(before), max(n, 0))
}

// UpdateFile stores what became of a file.
func (t *Tx) UpdateFile(ctx context.Context, f chat.File, from chat.FileState, e []chat.Entry) error {
	var deleting bool
	err := t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM file_leftovers WHERE sha256 = $1)", f.SHA256).Scan(&deleting)
	if err != nil {
		return fail("storing a file", err)
	}
	if deleting {
		return chat.E(chat.KindBusy, "the same file is just being deleted, try again")
	}
	n, err := exec(ctx, t, "storing a file", "UPDATE files SET name = $3, size = $4, sha256 = $5, type = $6, state = $7, reason = $8, at = $9 WHERE id = $1 AND state = $2",
		f.ID, int64(from), f.Name, f.Size, f.SHA256, f.Type, int64(f.State), f.Reason, int64(f.At))
	if err != nil {
		return err
	}
	if n == 0 {
		return t.missed(ctx, f.ID)
	}
	return t.write(ctx, e...)
}

// missed is why no row of a file was changed.
func (t *Tx) missed(ctx context.Context, id string) error {
	if _, err := FindFile(ctx, t, id); err != nil {
		return err
	}
	return chat.E(chat.KindCollision, "the file has changed meanwhile")
}

// ListUnposted reads files that no message links to.
func ListUnposted(ctx context.Context, db DB, begun, uploaded chat.Time, n int) ([]chat.File, error) {
	return list(ctx, db, "reading files", "SELECT "+fileColumns+" FROM files WHERE posted = 0 AND at < CASE WHEN state = 1 THEN $1 ELSE $2 END ORDER BY id LIMIT $3",
		scanFile, int64(begun), int64(uploaded), max(n, 0))
}

// DeleteFile deletes a file that no message links to.
func (t *Tx) DeleteFile(ctx context.Context, id string, e []chat.Entry) error {
	var hash string
	err := t.QueryRowContext(ctx, "DELETE FROM files WHERE id = $1 AND posted = 0 RETURNING sha256", id).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return t.missed(ctx, id)
	}
	if err != nil {
		return fail("deleting a file", err)
	}
	var needed bool
	if err := t.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM files WHERE sha256 = $1)", hash).Scan(&needed); err != nil {
		return fail("deleting a file", err)
	}
	if hash != "" && !needed {
		if err := insertLeftover.rows(ctx, t, "deleting a file", []any{hash}); err != nil {
			return err
		}
	}
	return t.write(ctx, e...)
}

// ListLeftovers reads the hashes of blobs that are to be deleted.
func ListLeftovers(ctx context.Context, db DB, n int) ([]string, error) {
	return list(ctx, db, "reading what files left", "SELECT sha256 FROM file_leftovers ORDER BY sha256 LIMIT $1",
		func(rows *sql.Rows, hash *string) error { return rows.Scan(hash) }, max(n, 0))
}

// DeleteLeftover says that a blob was deleted.
func (t *Tx) DeleteLeftover(ctx context.Context, hash string) error {
	_, err := exec(ctx, t, "deleting what a file left", "DELETE FROM file_leftovers WHERE sha256 = $1", hash)
	return err
}

// postFiles says of files which message was the first to link to them.
func (t *Tx) postFiles(ctx context.Context, room chat.RoomID, ids []string, m chat.MessageID) error {
	for _, id := range ids {
		_, err := exec(ctx, t, "posting a file", "UPDATE files SET posted = $3 WHERE id = $1 AND room = $2 AND posted = 0", id, int64(room), int64(m))
		if err != nil {
			return err
		}
	}
	return nil
}
