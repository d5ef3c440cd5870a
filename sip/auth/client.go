package auth

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Client is the other end of NTLM: it proves that it knows a user's password
// and then signs as that user. It is for clients of our own, such as checks.
type Client struct {
	User, Domain string // as the user would type them; the domain may be empty
	Hash         []byte // NTHash of his password
	Rand         io.Reader
}

// ErrOffer says that a 401 offers no NTLM, or none that is understood.
var ErrOffer = errors.New("the server does not offer NTLM")

// Ask is the Authorization value that answers the first 401's offer. It asks
// for a challenge: there is no NEGOTIATE message (SIPE 3.6).
func (c *Client) Ask(offer []byte) (string, error) {
	o, err := readOffer(offer)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`NTLM qop="auth", realm="%s", targetname="%s", gssapi-data="", version=4`, o["realm"], o["targetname"]), nil
}

// Prove answers the challenge of the second 401 and returns the signer whose
// Proof belongs into the third REGISTER. now is used if the challenge tells no
// time.
func (c *Client) Prove(offer []byte, now time.Time) (*Signer, error) {
	o, err := readOffer(offer)
	if err != nil {
		return nil, err
	}
	challenge, info, err := readChallenge(o["gssapi-data"])
	if err != nil {
		return nil, err
	}
	var random [28]byte
	if _, err := io.ReadFull(c.Rand, random[:]); err != nil {
		return nil, fmt.Errorf("randomness for a proof: %w", err)
	}
	s := &Signer{a: Association{opaque: o["opaque"], realm: o["realm"], target: o["targetname"], salt: binary.BigEndian.Uint32(random[24:])}}
	session := [16]byte(random[8:24])
	s.token = base64.StdEncoding.EncodeToString(c.proof(challenge, info, random[:8], session, now))
	s.a.derive(session)
	return s, nil
}

// readOffer reads the parameters of a WWW-Authenticate value.
func readOffer(value []byte) (map[string]string, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(string(value)), " ")
	if !strings.EqualFold(scheme, "NTLM") {
		return nil, ErrOffer
	}
	o := map[string]string{}
	for rest != "" {
		key, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, ErrOffer
		}
		var v string
		if strings.HasPrefix(after, `"`) {
			v, rest, ok = strings.Cut(after[1:], `"`)
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			v, rest, _ = strings.Cut(after, ",")
		}
		if !ok {
			return nil, ErrOffer
		}
		o[strings.ToLower(strings.TrimSpace(key))] = v
	}
	return o, nil
}

// readChallenge reads a CHALLENGE message (MS-NLMP 2.2.1.2): the server's
// challenge and what it says of itself.
func readChallenge(token string) (challenge, info []byte, err error) {
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(b) < 48 || !bytes.HasPrefix(b, []byte("NTLMSSP\x00\x02\x00\x00\x00")) {
		return nil, nil, ErrToken
	}
	length, offset := int(binary.LittleEndian.Uint16(b[40:])), int(binary.LittleEndian.Uint32(b[44:]))
	if offset > len(b) || length > len(b)-offset {
		return nil, nil, ErrToken
	}
	return b[24:32], b[offset : offset+length], nil
}

// proofFlags are the flags of the AUTHENTICATE message: those that SIPE sends
// (SIPE 3.6).
const proofFlags = 0x62988255

// proof is the AUTHENTICATE message (MS-NLMP 2.2.1.3) with an NTLMv2 response
// (MS-NLMP 3.3.2) and the session key, which the base key hides.
func (c *Client) proof(challenge, info, ours []byte, session [16]byte, now time.Time) []byte {
	le := binary.LittleEndian
	at := le.AppendUint64(nil, fileTime(now))
	if told := pairOf(info, 7); len(told) == 8 { // MsvAvTimestamp
		at = told
	}
	blob := append([]byte{1, 1, 0, 0, 0, 0, 0, 0}, at...)
	blob = append(append(blob, ours...), 0, 0, 0, 0)
	blob = append(append(blob, info...), 0, 0, 0, 0)
	user, domain := utf16le(c.User), utf16le(c.Domain)
	k := hmacMD5(c.Hash, append(utf16le(strings.ToUpper(c.User)), domain...))
	proof := hmacMD5(k[:], append(bytes.Clone(challenge), blob...))
	base := hmacMD5(k[:], proof[:])
	var cipher rc4State
	cipher.init(base[:])
	cipher.apply(session[:])

	const fixed = 72
	b := append([]byte("NTLMSSP\x00"), 3, 0, 0, 0)
	var payload []byte
	for _, field := range [...][]byte{make([]byte, 24), append(proof[:], blob...), domain, user, nil, session[:]} {
		b = le.AppendUint16(le.AppendUint16(b, uint16(len(field))), uint16(len(field)))
		b = le.AppendUint32(b, uint32(fixed+len(payload)))
		payload = append(payload, field...)
	}
	b = le.AppendUint32(b, proofFlags)
	b = append(b, 6, 1, 0xB1, 0x1D, 0, 0, 0, 15) // version 6.1.7601, revision 15
	return append(b, payload...)
}

// pairOf finds a value among the attribute pairs of a challenge.
func pairOf(info []byte, id uint16) []byte {
	for len(info) >= 4 {
		kind, length := binary.LittleEndian.Uint16(info), int(binary.LittleEndian.Uint16(info[2:]))
		if kind == 0 || length > len(info)-4 {
			return nil
		}
		if kind == id {
			return info[4 : 4+length]
		}
		info = info[4+length:]
	}
	return nil
}

// Signer is a client's end of an association: it signs what the client sends
// and checks what the server sends. It is safe for concurrent use.
type Signer struct {
	a     Association
	token string
	sent  atomic.Uint32
}

// Proof is the Authorization value of the REGISTER that carries the proof; f
// are that REGISTER's fields.
func (s *Signer) Proof(f *Fields) string {
	return fmt.Sprintf(`%s, gssapi-data="%s", version=4`, s.Authorization(f), s.token)
}

// Authorization is the Authorization value that signs a message with the given
// fields.
func (s *Signer) Authorization(f *Fields) string {
	num := s.sent.Add(1)
	var random [4]byte
	binary.BigEndian.PutUint32(random[:], (num*2654435761)^s.a.salt)
	rand, count := hex.EncodeToString(random[:]), strconv.FormatUint(uint64(num), 10)
	text := appendSigned(nil, []byte(rand), []byte(count), s.a.realm, s.a.target, f)
	sum := s.a.toServer.signature(text)
	return fmt.Sprintf(`NTLM qop="auth", opaque="%s", realm="%s", targetname="%s", crand="%s", cnum="%s", response="%x"`,
		s.a.opaque, s.a.realm, s.a.target, rand, count, sum)
}

// Verify checks the server's signature of a message with the given fields:
// its Authentication-Info value (SIPE 3.9).
func (s *Signer) Verify(f *Fields, info []byte) error {
	z, err := readOffer(info)
	if err != nil {
		return ErrSignature
	}
	got, err := hex.DecodeString(z["rspauth"])
	if err != nil || z["opaque"] != s.a.opaque {
		return ErrSignature
	}
	text := appendSigned(nil, []byte(z["srand"]), []byte(z["snum"]), s.a.realm, s.a.target, f)
	want := s.a.toClient.signature(text)
	if subtle.ConstantTimeCompare(got, want[:]) != 1 {
		return ErrSignature
	}
	return nil
}
