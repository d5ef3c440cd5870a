package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"perch/chat"
)

// ListObjects reads all objects of a kind, by name.
func ListObjects(ctx context.Context, db DB, kind chat.ObjectKind) ([]chat.Object, error) {
	return list(ctx, db, "reading objects", "SELECT kind, name, owner, version, content FROM objects WHERE kind = $1 ORDER BY name",
		func(rows *sql.Rows, o *chat.Object) error {
			return rows.Scan(&o.Kind, &o.Name, &o.Owner, &o.Version, &o.Content)
		}, string(kind))
}

// UpdateObjects stores objects whose versions are still the stored ones.
func (t *Tx) UpdateObjects(ctx context.Context, objects []chat.Object, e []chat.Entry) ([]chat.Object, error) {
	out := slices.Clone(objects)
	for i := range out {
		o := &out[i]
		text := "UPDATE objects SET owner = $3, version = $4, content = $5 WHERE kind = $1 AND name = $2 AND version = $4 - 1"
		if o.Version == 0 {
			text = "INSERT INTO objects (kind, name, owner, version, content) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, name) DO NOTHING"
		}
		o.Version++
		n, err := exec(ctx, t, "storing an object", text, string(o.Kind), o.Name, int64(o.Owner), o.Version, o.Content)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, chat.E(chat.KindCollision, "changed by somebody else meanwhile: read it again")
		}
	}
	return out, t.write(ctx, e...)
}

// DeleteObject deletes an object.
func (t *Tx) DeleteObject(ctx context.Context, kind chat.ObjectKind, name string, e chat.Entry) error {
	n, err := exec(ctx, t, "deleting an object", "DELETE FROM objects WHERE kind = $1 AND name = $2", string(kind), name)
	if err != nil {
		return err
	}
	if n == 0 {
		return chat.E(chat.KindInvalid, "there is no such "+string(kind))
	}
	return t.write(ctx, e)
}
