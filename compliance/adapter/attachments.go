package adapter

import (
	"bufio"
	"context"
	"strconv"

	"perch/chat"
	"perch/compliance"
)

// attachments writes the manifest of the files that conversations mention,
// beside the file of that name; none are mentioned: no manifest.
func attachments(ctx context.Context, out folder, name string, b *compliance.Batch, list []compliance.Conversation) error {
	n := 0
	for i := range list {
		err := each(b.In(ctx, &list[i]), func(e *chat.Entry) error {
			if _, ok := compliance.FileOf(e); ok {
				n++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if n == 0 {
		return nil
	}
	return out.write(name+".ATTACH", func(w *bufio.Writer) error {
		m := &markup{w: w}
		m.put(`<?xml version="1.0" encoding="utf-8"?>` + "\n")
		m.open("Attachments", "count", strconv.Itoa(n))
		for i := range list {
			c := &list[i]
			err := each(b.In(ctx, c), func(e *chat.Entry) error {
				if f, ok := compliance.FileOf(e); ok {
					p := actor(b, e)
					m.empty("File", "id", f.ID, "name", f.Name, "size", strconv.FormatInt(f.Size, 10), "sha256", f.SHA256,
						"type", xmlType(e), "room", c.Room.URI, "user", p.URI, "time", iso(e.At))
				}
				return m.err
			})
			if err != nil {
				return err
			}
		}
		m.shut("Attachments")
		return m.err
	})
}
