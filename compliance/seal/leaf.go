package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"slices"

	"perch/chat"
)

// Leaf is what the tree holds of one entry. Its bytes are JSON without white
// space, keys in the order of the alphabet (as the fields here).
type Leaf struct {
	Act      string `json:"act,omitempty"` // a decision about what is kept, see Act
	Actor    int64  `json:"actor,omitempty"`
	ActorURI string `json:"actor_uri,omitempty"`
	At       int64  `json:"at"`              // microseconds UTC
	Class    string `json:"class,omitempty"` // retention class; empty: DefaultClass
	Client   string `json:"client,omitempty"`
	Commit   string `json:"commit"` // of the body, see commitment; base64
	Endpoint string `json:"endpoint,omitempty"`
	Entry    int64  `json:"entry"`           // number in the journal
	Floor    int64  `json:"floor,omitempty"` // before this time its content cannot be destroyed; microseconds UTC
	Index    int64  `json:"index"`           // in the log, from 0
	Kind     string `json:"kind"`
	Last     int64  `json:"last,omitempty"`
	Message  int64  `json:"message,omitempty"`
	Prev     string `json:"prev,omitempty"` // leaf hash of the room's leaf before; base64
	Room     string `json:"room,omitempty"` // GUID
	RoomSeq  int64  `json:"room_seq,omitempty"`
	Sealed   string `json:"sealed"` // SHA-256 of the encrypted body; base64
	Size     int64  `json:"size"`   // of the encrypted body, bytes
	Version  int64  `json:"v"`
}

// leafVersion is the form that is written.
const leafVersion = 1

// maxLeaf bounds a leaf's bytes (C2SP tlog-tiles: 16 bits).
const maxLeaf = 65535

// Body is what an entry says: all of it that is content or names people beside
// their addresses. It is JSON as a leaf is.
type Body struct {
	ActorName string `json:"actor_name,omitempty"`
	Alert     bool   `json:"alert,omitempty"`
	Cause     string `json:"cause,omitempty"`
	Detail    string `json:"detail,omitempty"`
	Rich      string `json:"rich,omitempty"`
	RoomName  string `json:"room_name,omitempty"`
	Subject   int64  `json:"subject,omitempty"` // number of the principal or category that it is about
	Text      string `json:"text,omitempty"`
}

// appendBodyOf appends what is encrypted of an entry.
func appendBodyOf(dst []byte, e *chat.Entry) ([]byte, error) {
	return appendBody(dst, &Body{e.ActorName, e.Alert, e.Cause, e.Detail, e.Rich, e.RoomName, e.Subject, e.Text})
}

// keySize is the length of a record's key.
const keySize = 32

// commitment binds a body without showing it: SHA-256 over a label, the
// record's key and the body.
func commitment(key, body []byte) string {
	h := sha256.New()
	h.Write([]byte("perch-body-v1\n"))
	h.Write(key)
	h.Write(body)
	return digest(h.Sum(nil))
}

func digest(sum []byte) string { return base64.StdEncoding.EncodeToString(sum) }

// boxes makes the ciphers of records, one after the other.
type boxes struct {
	extract hash.Hash // HKDF's first step without a salt (RFC 5869 2.2), which is the same for all
	prk     []byte
}

func newBoxes() *boxes {
	return &boxes{extract: hmac.New(sha256.New, make([]byte, sha256.Size))}
}

// box is the cipher of one record. Its key is used for nothing else, so that
// the nonce may be zero.
func (b *boxes) box(key []byte) (cipher.AEAD, error) {
	b.extract.Reset()
	b.extract.Write(key)
	b.prk = b.extract.Sum(b.prk[:0])
	sub, err := hkdf.Expand(sha256.New, b.prk, "perch-body-encryption-v1", keySize)
	if err != nil {
		return nil, err
	}
	c, err := aes.NewCipher(sub)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(c)
}

// encrypt appends an encrypted body.
func (b *boxes) encrypt(dst, key, body []byte) ([]byte, error) {
	c, err := b.box(key)
	if err != nil {
		return nil, err
	}
	return c.Seal(slices.Grow(dst, len(body)+c.Overhead()), zeroNonce[:c.NonceSize()], body, nil), nil
}

func (b *boxes) decrypt(key, sealed []byte) ([]byte, error) {
	c, err := b.box(key)
	if err != nil {
		return nil, err
	}
	return c.Open(nil, zeroNonce[:c.NonceSize()], sealed, nil)
}

var zeroNonce [12]byte

// wrap hides a record's key under the key-encryption key. The record's key is
// random, so that two blocks of AES without a mode hide it, and a slot has no
// other form than its key.
func wrap(kek cipher.Block, key []byte) (slot [keySize]byte) {
	kek.Encrypt(slot[:], key)
	kek.Encrypt(slot[aes.BlockSize:], key[aes.BlockSize:])
	return slot
}

func unwrap(kek cipher.Block, slot []byte) []byte {
	out := make([]byte, keySize)
	kek.Decrypt(out, slot)
	kek.Decrypt(out[aes.BlockSize:], slot[aes.BlockSize:])
	return out
}

// destroyed says whether a slot's key is no more.
func destroyed(slot []byte) bool { return bytes.Equal(slot, make([]byte, keySize)) }
