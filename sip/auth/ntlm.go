package auth

import (
	"bytes"
	"crypto/md5" //nolint:gosec // NTLM is made of it
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //nolint:staticcheck // likewise
)

// NTLM offers and completes NTLMv2 sign-ins (SIPE 3.5, 3.6; MS-NLMP).
type NTLM struct {
	Realm  string // shown to the client; "SIP Communications Service" if empty
	Target string // the server's host name
	Domain string // DNS name of the domain
	Rand   io.Reader
}

func (n *NTLM) realm() string {
	if n.Realm == "" {
		return "SIP Communications Service"
	}
	return n.Realm
}

// Offer is the WWW-Authenticate value of the first 401.
func (n *NTLM) Offer() string {
	return fmt.Sprintf(`NTLM realm="%s", targetname="%s", version=4`, n.realm(), n.Target)
}

// Exchange is one sign-in that has been challenged.
type Exchange struct {
	n         *NTLM
	opaque    string
	salt      uint32
	challenge [8]byte
}

// Opaque is the name by which the client will refer to the exchange.
func (x *Exchange) Opaque() string { return x.opaque }

// Flags of the CHALLENGE message (MS-NLMP 2.2.2.5): those that SIPE insists
// on, and REQUEST_TARGET, VERSION, 128, 56.
const (
	flagKeyExchange = 0x40000000
	challengeFlags  = 0xE2998255
)

// Challenge begins a sign-in: the second 401's WWW-Authenticate value.
func (n *NTLM) Challenge(now time.Time) (*Exchange, string, error) {
	var random [16]byte
	if _, err := io.ReadFull(n.Rand, random[:]); err != nil {
		return nil, "", fmt.Errorf("randomness for a challenge: %w", err)
	}
	x := &Exchange{n: n, opaque: strings.ToUpper(hex.EncodeToString(random[:4])), salt: binary.BigEndian.Uint32(random[4:8])}
	copy(x.challenge[:], random[8:])
	token := base64.StdEncoding.EncodeToString(x.message(now))
	return x, fmt.Sprintf(`NTLM opaque="%s", gssapi-data="%s", targetname="%s", realm="%s", version=4`, x.opaque, token, n.Target, n.realm()), nil
}

// message is the CHALLENGE message (MS-NLMP 2.2.1.2).
func (x *Exchange) message(now time.Time) []byte {
	le := binary.LittleEndian
	netbios := strings.ToUpper(firstLabel(x.n.Domain))
	target := utf16le(netbios)
	pair := func(dst []byte, id uint16, value []byte) []byte {
		dst = le.AppendUint16(dst, id)
		dst = le.AppendUint16(dst, uint16(len(value)))
		return append(dst, value...)
	}
	info := pair(nil, 2, target) // MsvAvNbDomainName
	info = pair(info, 1, utf16le(strings.ToUpper(firstLabel(x.n.Target))))
	info = pair(info, 4, utf16le(x.n.Domain))
	info = pair(info, 3, utf16le(x.n.Target))
	info = pair(info, 7, le.AppendUint64(nil, fileTime(now)))
	info = pair(info, 0, nil)

	const fixed = 56
	b := append([]byte("NTLMSSP\x00"), 2, 0, 0, 0)
	b = le.AppendUint16(b, uint16(len(target)))
	b = le.AppendUint16(b, uint16(len(target)))
	b = le.AppendUint32(b, fixed)
	b = le.AppendUint32(b, challengeFlags)
	b = append(b, x.challenge[:]...)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint16(b, uint16(len(info)))
	b = le.AppendUint16(b, uint16(len(info)))
	b = le.AppendUint32(b, fixed+uint32(len(target)))
	b = append(b, 6, 1, 0xB1, 0x1D, 0, 0, 0, 15) // version 6.1.7601, revision 15
	return append(append(b, target...), info...)
}

func firstLabel(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}

// fileTime counts 100 ns since 1601.
func fileTime(t time.Time) uint64 { return uint64(t.UnixNano()/100) + 116444736000000000 }

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func fromUTF16LE(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

// NTHash is the secret NTLM rests on: MD4 of the password in UTF-16.
func NTHash(password string) []byte {
	h := md4.New()
	h.Write(utf16le(password))
	return h.Sum(nil)
}

// Proof is a client's AUTHENTICATE message, read but not yet believed.
type Proof struct {
	User, Domain string // as typed by the user
	rawUser      []byte
	rawDomain    []byte
	response     []byte // NTLMv2 response
	session      []byte // encrypted session key
	flags        uint32
}

// Errors of a sign-in.
var (
	ErrToken = errors.New("the NTLM message is malformed, or not NTLMv2")
	ErrProof = errors.New("the password is wrong")
)

// ReadProof reads the base64 token of the third REGISTER (MS-NLMP 2.2.1.3).
func ReadProof(token []byte) (*Proof, error) {
	b := make([]byte, base64.StdEncoding.DecodedLen(len(token)))
	n, err := base64.StdEncoding.Decode(b, token)
	if err != nil || n < 64 || !bytes.HasPrefix(b, []byte("NTLMSSP\x00\x03\x00\x00\x00")) {
		return nil, ErrToken
	}
	b = b[:n]
	ok := true
	field := func(at int) []byte {
		length := int(binary.LittleEndian.Uint16(b[at:]))
		offset := int(binary.LittleEndian.Uint32(b[at+4:]))
		if offset > len(b) || length > len(b)-offset {
			ok = false
			return nil
		}
		return b[offset : offset+length]
	}
	p := &Proof{response: field(20), rawDomain: field(28), rawUser: field(36), session: field(52)}
	p.flags = binary.LittleEndian.Uint32(b[60:])
	if !ok || len(p.response) < 16+28 || len(p.rawUser)%2 != 0 || len(p.rawDomain)%2 != 0 {
		return nil, ErrToken
	}
	p.User, p.Domain = fromUTF16LE(p.rawUser), fromUTF16LE(p.rawDomain)
	return p, nil
}

// Complete checks the proof against the user's NT hash and the signature of
// the very REGISTER that carries it, and returns the association for the user
// (his canonical address).
func (x *Exchange) Complete(p *Proof, user string, ntHash []byte, f *Fields, authorization []byte) (*Association, error) {
	key, err := x.sessionKey(p, ntHash)
	if err != nil {
		return nil, err
	}
	a := &Association{User: user, opaque: x.opaque, realm: x.n.realm(), target: x.n.Target, salt: x.salt}
	a.derive(key)
	z, ok := ParseAuthorization(authorization)
	if !ok {
		return nil, ErrSignature
	}
	if err := a.verify(f, &z); err != nil {
		return nil, err
	}
	return a, nil
}

// sessionKey checks the proof and returns the key that both sides now share
// (MS-NLMP 3.1.5.1.2).
func (x *Exchange) sessionKey(p *Proof, ntHash []byte) (key [16]byte, err error) {
	base, ok := p.check(x.challenge, ntHash)
	if !ok {
		return key, ErrProof
	}
	if p.flags&flagKeyExchange == 0 {
		return base, nil
	}
	if len(p.session) != len(key) {
		return key, ErrToken
	}
	var cipher rc4State
	cipher.init(base[:])
	copy(key[:], p.session)
	cipher.apply(key[:])
	return key, nil
}

// check computes the NTLMv2 proof (MS-NLMP 3.3.2). Windows upper-cases the
// user name by Unicode's rules and SIPE by ASCII's: either may be meant.
func (p *Proof) check(challenge [8]byte, ntHash []byte) (base [16]byte, ok bool) {
	for _, upper := range [...][]byte{asciiUpper(p.rawUser), utf16le(strings.ToUpper(p.User))} {
		k := hmacMD5(ntHash, append(upper, p.rawDomain...))
		proof := hmacMD5(k[:], append(bytes.Clone(challenge[:]), p.response[16:]...))
		if subtle.ConstantTimeCompare(proof[:], p.response[:16]) == 1 {
			return hmacMD5(k[:], proof[:]), true
		}
	}
	return base, false
}

func asciiUpper(utf16 []byte) []byte {
	out := bytes.Clone(utf16)
	for i := 0; i+1 < len(out); i += 2 {
		if out[i+1] == 0 && out[i] >= 'a' && out[i] <= 'z' {
			out[i] -= 'a' - 'A'
		}
	}
	return out
}

// derive makes the keys of both directions (MS-NLMP 3.4.5).
func (a *Association) derive(key [16]byte) {
	a.toServer = keys{derive(key, "session key to client-to-server signing key magic constant"), derive(key, "session key to client-to-server sealing key magic constant")}
	a.toClient = keys{derive(key, "session key to server-to-client signing key magic constant"), derive(key, "session key to server-to-client sealing key magic constant")}
}

func derive(key [16]byte, magic string) [16]byte {
	return md5.Sum(append(append(key[:len(key):len(key)], magic...), 0))
}
