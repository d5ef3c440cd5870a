package probe

import (
	"context"
	"fmt"

	"perch/xccos"
)

// FileToken is a ticket for the file service, and where that is (XCCOS 4.13).
type FileToken struct{ Token, ServerURI string }

// FileToken asks for a token to upload the file of that name to a room, or to
// download files from there.
func (ep *Endpoint) FileToken(ctx context.Context, r Room, upload bool, name string) (t FileToken, err error) {
	command := "getfdtok"
	if upload {
		command = "getfutok"
	}
	body, err := ep.Command(ctx, command, fmt.Sprintf(`<ftdb channelUri="%s" fileUrl="%s"/>`, escape(r.URI()), escape(name)))
	if err != nil {
		return t, err
	}
	err = readReply(body, func(p *xccos.Primitive) {
		e := p.Data.Child("token")
		t = FileToken{e.Attr("token"), e.Attr("serveruri")}
	})
	return t, err
}
