package seal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names of the files that LoadKeys keeps.
const (
	PrivateFile = "signing.key" // never leaves the server
	PublicFile  = "signing.pub" // is for everybody who verifies
	ContentFile = "content.key" // opens contents; it belongs where bodies may be read
)

// LoadKeys reads a log's keys from a folder that only its owner may read. If
// none is there, it makes new ones for a log of that name.
func LoadKeys(dir, name string, random io.Reader) (Keys, error) {
	private, err := os.ReadFile(filepath.Join(dir, PrivateFile))
	if errors.Is(err, fs.ErrNotExist) {
		for _, other := range []string{PublicFile, ContentFile} {
			if _, err := os.Stat(filepath.Join(dir, other)); err == nil {
				return Keys{}, fmt.Errorf("the archive's keys: %s has lost %s: put it back from where it is kept, or move the archive and its keys away to begin a new one", dir, PrivateFile)
			}
		}
		return makeKeys(dir, name, random)
	}
	if err != nil {
		return Keys{}, fmt.Errorf("the archive's keys: %w", err)
	}
	content, err := os.ReadFile(filepath.Join(dir, ContentFile))
	if err != nil {
		return Keys{}, fmt.Errorf("the archive's keys: %w; without it contents cannot be read, put it back from where it is kept", err)
	}
	return Keys{strings.TrimSpace(string(private)), content}, nil
}

func makeKeys(dir, name string, random io.Reader) (Keys, error) {
	private, public, err := GenerateKeys(random, name)
	if err != nil {
		return Keys{}, err
	}
	k := Keys{private, make([]byte, keySize)}
	if _, err := io.ReadFull(random, k.Content); err != nil {
		return Keys{}, fmt.Errorf("randomness for the archive's keys: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Keys{}, err
	}
	// The private key comes first: one that is there without the others is no loss
	// yet, because nothing was sealed.
	for _, f := range []struct {
		name string
		data []byte
	}{{PrivateFile, []byte(private + "\n")}, {PublicFile, []byte(public + "\n")}, {ContentFile, k.Content}} {
		if err := WriteFile(filepath.Join(dir, f.name), f.data); err != nil {
			return Keys{}, fmt.Errorf("the archive's keys: %w", err)
		}
	}
	return k, nil
}
