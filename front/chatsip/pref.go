package chatsip

import (
	"context"

	"perch/channel"
	"perch/chat"
	"perch/xccos"
)

// getpref gives a preference, unless the client has that version (XCCOS 4.11).
func getpref(ctx context.Context, _ *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	asked := p.Pref()
	kept, err := x.Preference(ctx, asked.Label)
	if chat.KindOf(err) == chat.KindInvalid { // never set
		return nil, nil
	}
	if err != nil || kept.Version == asked.Seq {
		return nil, err
	}
	out := &xccos.Pref{Label: kept.Label, Seq: kept.Version, Content: kept.Content, Has: true}
	return func(dst []byte) []byte { return xccos.AppendPref(dst, out) }, nil
}

// setpref keeps a preference and gives its new version.
func setpref(ctx context.Context, _ *link, x *channel.Session, p *xccos.Primitive) (func([]byte) []byte, error) {
	given := p.Pref()
	version, err := x.SetPreference(ctx, given.Label, given.Content)
	out := &xccos.Pref{Label: given.Label, Seq: version}
	return func(dst []byte) []byte { return xccos.AppendPref(dst, out) }, err
}
