package auth

import (
	"bytes"
	"crypto/md5" //nolint:gosec // NTLM is made of it
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strconv"
	"sync/atomic"
)

// Association is an established security association between one client
// endpoint and this server. It is safe for concurrent use.
type Association struct {
	User string // canonical address of the user who proved himself

	opaque string
	realm  string
	target string
	// toServer and toClient are the keys of either direction.
	toServer, toClient keys
	salt               uint32 // from which srand is drawn
	sent               atomic.Uint32
}

// keys sign and seal one direction (MS-NLMP 3.4.5).
type keys struct{ sign, seal [16]byte }

// ErrSignature says that a message was signed wrongly or not at all.
var ErrSignature = errors.New("the signature is wrong or missing")

// Opaque is the name by which the client refers to the association.
func (a *Association) Opaque() string { return a.opaque }

// AppendSignature appends the whole Authentication-Info header line, CRLF
// included, that signs an outgoing message with the given fields. It draws
// srand and counts snum itself and does not allocate.
func (a *Association) AppendSignature(dst []byte, f *Fields) []byte {
	num := a.sent.Add(1)
	var random [4]byte
	binary.BigEndian.PutUint32(random[:], (num*2654435761)^a.salt)
	var rand [8]byte
	hex.Encode(rand[:], random[:])
	var number [10]byte
	count := strconv.AppendUint(number[:0], uint64(num), 10)

	var scratch [512]byte
	text := appendSigned(scratch[:0], rand[:], count, a.realm, a.target, f)
	sum := a.toClient.signature(text)

	dst = append(dst, `Authentication-Info: NTLM rspauth="`...)
	dst = hex.AppendEncode(dst, sum[:])
	dst = append(append(dst, `", srand="`...), rand[:]...)
	dst = append(append(dst, `", snum="`...), count...)
	dst = append(append(dst, `", opaque="`...), a.opaque...)
	dst = append(append(dst, `", qop="auth", targetname="`...), a.target...)
	dst = append(append(dst, `", realm="`...), a.realm...)
	return append(dst, "\"\r\n"...)
}

// Verify checks the signature in the Authorization (or Proxy-Authorization)
// header value of a received request or response.
func (a *Association) Verify(f *Fields, authorization []byte) error {
	var z Authorization
	if !z.read(authorization) || string(z.Opaque) != a.opaque {
		return ErrSignature
	}
	return a.verify(f, &z)
}

func (a *Association) verify(f *Fields, z *Authorization) error {
	var got [16]byte
	if len(z.Response) != 32 {
		return ErrSignature
	}
	if _, err := hex.Decode(got[:], z.Response); err != nil {
		return ErrSignature
	}
	var scratch [512]byte
	text := appendSigned(scratch[:0], z.Rand, z.Num, a.realm, a.target, f)
	want := a.toServer.signature(text)
	if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		return ErrSignature
	}
	return nil
}

// appendSigned appends the text that is signed (SIPE 3.9).
func appendSigned(dst, rand, num []byte, realm, target string, f *Fields) []byte {
	dst = append(dst, "<NTLM><"...)
	dst = append(append(dst, rand...), "><"...)
	dst = append(append(dst, num...), "><"...)
	dst = append(append(dst, realm...), "><"...)
	dst = append(append(dst, target...), "><"...)
	dst = append(append(dst, f.CallID...), "><"...)
	dst = append(strconv.AppendUint(dst, uint64(f.Seq), 10), "><"...)
	dst = append(append(dst, f.Method...), "><"...)
	for _, part := range [...][]byte{f.FromURI, f.FromTag, f.ToURI, f.ToTag, f.AssertedSIP, f.AssertedTel} {
		dst = append(append(dst, part...), "><"...)
	}
	dst = append(append(dst, f.Expires...), '>')
	if f.Status != 0 {
		dst = append(dst, '<')
		dst = append(strconv.AppendInt(dst, int64(f.Status), 10), '>')
	}
	return dst
}

// sequence is the number every signature has: the exchange is connectionless,
// and SIPE and Lync never count (SIPE 3.6).
const sequence = 100

// signature is the NTLM message signature with extended session security and
// key exchange (MS-NLMP 3.4.4.2), the cipher new for each message.
func (k *keys) signature(text []byte) (sum [16]byte) {
	var number [4]byte
	binary.LittleEndian.PutUint32(number[:], sequence)

	var scratch [516]byte
	mac := hmacMD5(k.sign[:], append(append(scratch[:0], number[:]...), text...))

	var seed [20]byte
	copy(seed[:], k.seal[:])
	copy(seed[16:], number[:])
	key := md5.Sum(seed[:])
	var cipher rc4State
	cipher.init(key[:])

	sum[0] = 1
	copy(sum[4:12], mac[:8])
	cipher.apply(sum[4:12])
	copy(sum[12:], number[:])
	return sum
}

// hmacMD5 is RFC 2104 with MD5, without allocating for short texts.
func hmacMD5(key, text []byte) [16]byte {
	var inner, outer [64]byte
	if len(key) > 64 {
		sum := md5.Sum(key)
		key = sum[:]
	}
	copy(inner[:], key)
	copy(outer[:], key)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	var scratch [640]byte
	first := md5.Sum(append(append(scratch[:0], inner[:]...), text...))
	return md5.Sum(append(append(scratch[:0], outer[:]...), first[:]...))
}

// rc4State is RC4 as a value: crypto/rc4 allocates its cipher.
type rc4State struct {
	s    [256]byte
	i, j byte
}

func (c *rc4State) init(key []byte) {
	for i := range c.s {
		c.s[i] = byte(i)
	}
	var j byte
	for i := range c.s {
		j += c.s[i] + key[i%len(key)]
		c.s[i], c.s[j] = c.s[j], c.s[i]
	}
}

func (c *rc4State) apply(b []byte) {
	for n := range b {
		c.i++
		c.j += c.s[c.i]
		c.s[c.i], c.s[c.j] = c.s[c.j], c.s[c.i]
		b[n] ^= c.s[c.s[c.i]+c.s[c.j]]
	}
}

// Authorization is what a client sends to prove itself or to sign.
type Authorization struct {
	Scheme, Opaque, Token, Rand, Num, Response []byte
}

// ParseAuthorization reads an Authorization header value.
func ParseAuthorization(value []byte) (Authorization, bool) {
	var z Authorization
	ok := z.read(value)
	return z, ok
}

func (z *Authorization) read(value []byte) bool {
	scheme, rest, ok := bytes.Cut(bytes.TrimLeft(value, " "), []byte{' '})
	if !ok {
		return false
	}
	z.Scheme = scheme
	for len(rest) > 0 {
		key, after, found := bytes.Cut(rest, []byte{'='})
		if !found {
			return true
		}
		var val []byte
		if len(after) > 0 && after[0] == '"' {
			end := bytes.IndexByte(after[1:], '"')
			if end < 0 {
				return false
			}
			val, rest = after[1:1+end], after[end+2:]
			if i := bytes.IndexByte(rest, ','); i >= 0 {
				rest = rest[i+1:]
			} else {
				rest = nil
			}
		} else {
			val, rest, _ = bytes.Cut(after, []byte{','})
		}
		z.set(bytes.Trim(key, " \t"), bytes.Trim(val, " \t"))
	}
	return true
}

func (z *Authorization) set(key, value []byte) {
	switch {
	case bytes.EqualFold(key, []byte("opaque")):
		z.Opaque = value
	case bytes.EqualFold(key, []byte("gssapi-data")):
		z.Token = value
	case bytes.EqualFold(key, []byte("crand")):
		z.Rand = value
	case bytes.EqualFold(key, []byte("cnum")):
		z.Num = value
	case bytes.EqualFold(key, []byte("response")):
		z.Response = value
	}
}
