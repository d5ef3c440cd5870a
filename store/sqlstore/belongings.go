package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"perch/chat"
)

// FindContacts reads a user's contact list, or an empty one.
func FindContacts(ctx context.Context, db DB, user chat.PrincipalID) (chat.ContactList, error) {
	var text string
	l := chat.ContactList{Version: 1, Groups: []chat.ContactGroup{{ID: 1, Name: "~"}}}
	err := db.QueryRowContext(ctx, "SELECT list FROM contacts WHERE principal = $1", int64(user)).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil
	}
	if err != nil {
		return l, fail("reading contacts", err)
	}
	l = chat.ContactList{}
	return l, fail("reading contacts", json.Unmarshal([]byte(text), &l))
}

// UpdateContacts stores a contact list, if its version is the next.
func (t *Tx) UpdateContacts(ctx context.Context, user chat.PrincipalID, l chat.ContactList) error {
	old, err := FindContacts(ctx, t, user)
	if err != nil {
		return err
	}
	if l.Version != old.Version+1 {
		return chat.E(chat.KindCollision, "the contact list was changed meanwhile")
	}
	text, err := json.Marshal(l)
	if err != nil {
		return fail("storing contacts", err)
	}
	_, err = exec(ctx, t, "storing contacts", `INSERT INTO contacts (principal, version, list) VALUES ($1, $2, $3)
		ON CONFLICT (principal) DO UPDATE SET version = excluded.version, list = excluded.list`, int64(user), l.Version, string(text))
	return err
}

// ListPublications reads a user's kept publications.
func ListPublications(ctx context.Context, db DB, user chat.PrincipalID) ([]chat.Publication, error) {
	const query = "SELECT category, instance, container, version, at, expire, seconds, endpoint, content FROM publications WHERE principal = $1 ORDER BY category, instance, container"
	return list(ctx, db, "reading publications", query, func(rows *sql.Rows, p *chat.Publication) error {
		return rows.Scan(&p.Category, &p.Instance, &p.Container, &p.Version, &p.At, &p.Expire, &p.Seconds, &p.Endpoint, &p.Content)
	}, int64(user))
}

// UpdatePublications stores and removes publications.
func (t *Tx) UpdatePublications(ctx context.Context, user chat.PrincipalID, put []chat.Publication, remove []chat.PublicationKey) error {
	for _, k := range remove {
		_, err := exec(ctx, t, "removing a publication", "DELETE FROM publications WHERE principal = $1 AND category = $2 AND instance = $3 AND container = $4",
			int64(user), k.Category, k.Instance, int64(k.Container))
		if err != nil {
			return err
		}
	}
	for i := range put {
		p := &put[i]
		_, err := exec(ctx, t, "storing a publication", `INSERT INTO publications (principal, category, instance, container, version, at, expire, seconds, endpoint, content)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (principal, category, instance, container) DO UPDATE SET
			version = excluded.version, at = excluded.at, expire = excluded.expire, seconds = excluded.seconds, endpoint = excluded.endpoint, content = excluded.content`,
			int64(user), p.Category, p.Instance, int64(p.Container), p.Version, int64(p.At), p.Expire, int64(p.Seconds), p.Endpoint, p.Content)
		if err != nil {
			return err
		}
	}
	return nil
}

// FindPreference reads a preference.
func FindPreference(ctx context.Context, db DB, user chat.PrincipalID, label string) (chat.Preference, error) {
	p := chat.Preference{Label: label}
	err := db.QueryRowContext(ctx, "SELECT version, content FROM preferences WHERE principal = $1 AND label = $2", int64(user), label).Scan(&p.Version, &p.Content)
	if errors.Is(err, sql.ErrNoRows) {
		return p, chat.E(chat.KindInvalid, "no such preference")
	}
	return p, fail("reading a preference", err)
}

// UpdatePreference stores a preference and returns its new version.
func (t *Tx) UpdatePreference(ctx context.Context, user chat.PrincipalID, label, content string) (version int64, err error) {
	err = t.QueryRowContext(ctx, `INSERT INTO preferences (principal, label, version, content) VALUES ($1, $2, 1, $3)
		ON CONFLICT (principal, label) DO UPDATE SET version = preferences.version + 1, content = excluded.content RETURNING version`,
		int64(user), label, content).Scan(&version)
	return version, fail("storing a preference", err)
}

// ReplacePreference stores a preference if its version is still the stored one.
func (t *Tx) ReplacePreference(ctx context.Context, user chat.PrincipalID, p chat.Preference) (int64, error) {
	old, err := FindPreference(ctx, t, user, p.Label)
	if err != nil && chat.KindOf(err) != chat.KindInvalid {
		return 0, err
	}
	if old.Version != p.Version {
		return 0, chat.E(chat.KindCollision, "it was changed meanwhile")
	}
	return t.UpdatePreference(ctx, user, p.Label, p.Content)
}

// ListPreferences reads those whose labels begin with a prefix.
func ListPreferences(ctx context.Context, db DB, user chat.PrincipalID, prefix string) ([]chat.Preference, error) {
	const query = "SELECT label, version, content FROM preferences WHERE principal = $1 AND label >= $2 AND substr(label, 1, $3) = $2 ORDER BY label"
	return list(ctx, db, "reading preferences", query, func(rows *sql.Rows, p *chat.Preference) error {
		return rows.Scan(&p.Label, &p.Version, &p.Content)
	}, int64(user), prefix, utf8.RuneCountInString(prefix))
}

// DeletePreference forgets a preference.
func (t *Tx) DeletePreference(ctx context.Context, user chat.PrincipalID, label string) error {
	_, err := exec(ctx, t, "forgetting a preference", "DELETE FROM preferences WHERE principal = $1 AND label = $2", int64(user), label)
	return err
}
