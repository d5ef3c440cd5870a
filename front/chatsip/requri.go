package chatsip

import "perch/xccos"

// requri names the server to talk to (XCCOS 4.1).
func requri(f *Front) func([]byte) []byte {
	return func(dst []byte) []byte { return xccos.AppendServerURI(dst, f.cfg.ServerURI) }
}
