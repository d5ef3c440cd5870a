package sip_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"perch/sip"
)

// goldens lists what messages of a SIPE 1.25.0 client say (SIPE 2).
var goldens = []struct {
	name            string
	method          sip.Method // empty for a response
	status          int
	uri             string
	fromTag, toTag  string
	callID          string
	seq             uint32
	seqMethod       sip.Method
	contentType     string
	body            int
	branch, contact bool
}{
	{
		name: "register", method: sip.REGISTER, uri: "sip:example.test", fromTag: "5525655623",
		callID: "BAFBgE97Aa8A86i4232m798CtB9A6bE7E0x74E5x", seq: 1, seqMethod: sip.REGISTER, branch: true, contact: true,
	},
	{
		name: "register_leave", method: sip.REGISTER, uri: "sip:example.test", fromTag: "2501139774",
		callID: "BAFBgE97Aa8A86i4232m798CtB9A6bE7E0x74E5x", seq: 2, seqMethod: sip.REGISTER, branch: true, contact: true,
	},
	{
		name: "register_ntlm_empty", method: sip.REGISTER, uri: "sip:example.test", fromTag: "2841721854",
		callID: "DD3Eg47E5aE968iA5E1m26BFt76DDbBB45xF00Fx", seq: 2, seqMethod: sip.REGISTER, branch: true, contact: true,
	},
	{
		name: "register_ntlm", method: sip.REGISTER, uri: "sip:example.test", fromTag: "2680219129",
		callID: "DD3Eg47E5aE968iA5E1m26BFt76DDbBB45xF00Fx", seq: 3, seqMethod: sip.REGISTER, branch: true, contact: true,
	},
	{
		name: "subscribe_contacts", method: sip.SUBSCRIBE, uri: "sip:alice@example.test", fromTag: "5604347535",
		callID: "DB44g5616a6C9Ei64F1m3E6Ft2799b11B1x005Fx", seq: 1, seqMethod: sip.SUBSCRIBE, branch: true, contact: true,
	},
	{
		name: "subscribe_provisioning", method: sip.SUBSCRIBE, uri: "sip:alice@example.test", fromTag: "3198122030",
		callID: "919Bg461Ca04FDiA821mBB96tC2CBb2E95x01F0x", seq: 1, seqMethod: sip.SUBSCRIBE, branch: true, contact: true,
		contentType: "application/vnd-microsoft-roaming-provisioning-v2+xml", body: 301,
	},
	{
		name: "service", method: sip.SERVICE, uri: "sip:alice@example.test", fromTag: "5570636798",
		callID: "D4FCgCF79aBFC2i688BmB134t1296b2AAEx94DFx", seq: 1, seqMethod: sip.SERVICE, branch: true, contact: true,
		contentType: "application/msrtc-setcontainermembers+xml", body: 284,
	},
	{
		name: "invite", method: sip.INVITE, uri: "sip:pchat-server01@example.test", fromTag: "1581353808",
		callID: "D185g0E0CaFD34i020Cm4E4At94A9b50D7x3BB3x", seq: 1, seqMethod: sip.INVITE, contact: true,
		contentType: "application/sdp", body: 216,
	},
	{
		name: "ack", method: sip.ACK, uri: "sip:pool01.example.test:5999;transport=tcp", fromTag: "1581353808", toTag: "3894ef910b",
		callID: "D185g0E0CaFD34i020Cm4E4At94A9b50D7x3BB3x", seq: 1, seqMethod: sip.ACK,
	},
	{
		name: "info_join", method: sip.INFO, uri: "sip:pool01.example.test:5999;transport=tcp", fromTag: "1581353808", toTag: "3894ef910b",
		callID: "D185g0E0CaFD34i020Cm4E4At94A9b50D7x3BB3x", seq: 4, seqMethod: sip.INFO, contentType: "text/plain", body: 207,
	},
	{
		name: "info_grpchat", method: sip.INFO, uri: "sip:pool01.example.test:5999;transport=tcp", fromTag: "1581353808", toTag: "3894ef910b",
		callID: "D185g0E0CaFD34i020Cm4E4At94A9b50D7x3BB3x", seq: 6, seqMethod: sip.INFO, contentType: "text/plain", body: 319,
	},
	{
		name: "info_signed", method: sip.INFO, uri: "sip:pool01.example.test:5999;transport=tls", fromTag: "1424025543", toTag: "d8c257ab6d",
		callID: "37FCg1CD2a0012i9B7Fm5AF4t2BB9b23EBx3A4Bx", seq: 6, seqMethod: sip.INFO, contentType: "text/plain", body: 318,
	},
	{
		name: "update", method: sip.UPDATE, uri: "sip:pool01.example.test:5999;transport=tcp", fromTag: "3967056910", toTag: "afbfa0ebb1",
		callID: "BE4Bg0D60aC530i21CDmE2DDtF659bA665xDFEEx", seq: 5, seqMethod: sip.UPDATE,
	},
	{
		name: "bye", method: sip.BYE, uri: "sip:pool01.example.test:5999;transport=tcp", fromTag: "1581353808", toTag: "3894ef910b",
		callID: "D185g0E0CaFD34i020Cm4E4At94A9b50D7x3BB3x", seq: 8, seqMethod: sip.BYE,
	},
	{
		name: "ok_info", status: 200, fromTag: "3894ef910b", toTag: "1581353808",
		callID: "D185g0E0CaFD34i020Cm4E4At94A9b50D7x3BB3x", seq: 1, seqMethod: sip.INFO, branch: true, contact: true,
	},
	{
		name: "ok_info_signed", status: 200, fromTag: "d8c257ab6d", toTag: "1424025543",
		callID: "37FCg1CD2a0012i9B7Fm5AF4t2BB9b23EBx3A4Bx", seq: 1, seqMethod: sip.INFO, branch: true, contact: true,
	},
}

func golden(t testing.TB, name string) []byte {
	t.Helper()
	buf, err := os.ReadFile(filepath.Join("testdata", "sipe", name+".msg"))
	if err != nil {
		t.Fatal(err)
	}
	return buf
}

func TestGoldens(t *testing.T) {
	for _, c := range goldens {
		t.Run(c.name, func(t *testing.T) {
			buf := golden(t, c.name)
			var m sip.Message
			n, err := sip.Parse(buf, sip.Limits{}, &m)
			if err != nil || n != len(buf) {
				t.Fatalf("%d of %d bytes, %v", n, len(buf), err)
			}
			if defect := m.Check(); defect != nil {
				t.Fatal(defect)
			}
			for _, v := range []struct{ what, got, want string }{
				{"method", string(m.Method), string(c.method)},
				{"Request-URI", string(m.URI), c.uri},
				{"From tag", string(sip.Tag(m.From)), c.fromTag},
				{"To tag", string(sip.Tag(m.To)), c.toTag},
				{"Call-ID", string(m.CallID), c.callID},
				{"CSeq method", string(m.SeqMethod), string(c.seqMethod)},
				{"Content-Type", string(m.ContentType), c.contentType},
			} {
				if v.got != v.want {
					t.Errorf("%s is %q, want %q", v.what, v.got, v.want)
				}
			}
			if m.Status != c.status || m.Seq != c.seq || len(m.Body) != c.body || m.IsRequest() == (c.status > 0) {
				t.Errorf("status %d, CSeq %d, body of %d bytes", m.Status, m.Seq, len(m.Body))
			}
			if _, branch := sip.Param(m.Via, "branch"); branch != c.branch || (m.Contact != nil) != c.contact {
				t.Errorf("Via %q, Contact %q", m.Via, m.Contact)
			}
			if !bytes.Equal(append(slices.Clone(m.Head), m.Body...), buf) {
				t.Error("head and body are not the bytes that came")
			}
		})
	}
}

// TestCapturedStream reads the messages from one stream, with keep-alives
// between them.
func TestCapturedStream(t *testing.T) {
	var stream []byte
	for _, c := range goldens {
		stream = append(append(stream, golden(t, c.name)...), "\r\n\r\n"...)
	}
	var p sip.Parser
	for _, c := range goldens {
		var m sip.Message
		n, err := p.Next(stream, &m)
		if err != nil || m.Method != c.method || m.Seq != c.seq {
			t.Fatalf("%s: %s %d, %v", c.name, m.Method, m.Seq, err)
		}
		stream = stream[n:]
	}
	if n, err := p.Next(stream, new(sip.Message)); n != 4 || err != nil {
		t.Errorf("the last keep-alive: %d, %v", n, err)
	}
}

func TestClone(t *testing.T) {
	for _, c := range goldens {
		buf := golden(t, c.name)
		var m sip.Message
		if _, err := sip.Parse(buf, sip.Limits{}, &m); err != nil {
			t.Fatal(err)
		}
		kept := m.Clone()
		copy(buf, bytes.Repeat([]byte{'#'}, len(buf)))
		if string(kept.CallID) != c.callID || string(kept.URI) != c.uri || kept.Status != c.status || len(kept.Body) != c.body ||
			strings.Contains(string(kept.Head)+string(kept.Body), "##") {
			t.Errorf("%s: the clone lives in the buffer", c.name)
		}
		if defect := kept.Check(); defect != nil {
			t.Errorf("%s: %v", c.name, defect)
		}
	}
}
