package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// folder is the locked data folder. The lock is an flock: a killed server
// leaves nothing that blocks the next.
type folder struct {
	path string
	lock *os.File
}

// openFolder makes the folder if need be and locks it.
func openFolder(path string) (*folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(path, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder cannot be used: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			pid, _ := os.ReadFile(f.Name())
			return nil, fmt.Errorf("another server (process %s) uses the data folder %s; stop it or name another folder with --data",
				strings.TrimSpace(string(pid)), path)
		}
		return nil, fmt.Errorf("the data folder cannot be locked: %w", err)
	}
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("the data folder cannot be written: %w", err)
		}
	}
	d := &folder{path: path, lock: f}
	return d, d.removeAddresses()
}

func (d *folder) close() error { return d.lock.Close() }

// Addresses are where a running server is reached; they stand in the data
// folder's addresses.json while it is ready.
type Addresses struct {
	TCP     string `json:"sip_tcp,omitempty"`
	TLS     string `json:"sip_tls,omitempty"`
	Web     string `json:"web,omitempty"`
	Admin   string `json:"admin,omitempty"`
	Metrics string `json:"metrics,omitempty"`
}

func (d *folder) addresses() string { return filepath.Join(d.path, "addresses.json") }

// writeAddresses puts the file in place whole.
func (d *folder) writeAddresses(a Addresses) error {
	b, err := json.Marshal(a)
	if err != nil {
		return err
	}
	temporary := d.addresses() + ".new"
	if err := os.WriteFile(temporary, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("addresses.json cannot be written: %w", err)
	}
	return os.Rename(temporary, d.addresses())
}

func (d *folder) removeAddresses() error {
	if err := os.Remove(d.addresses()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the old addresses.json cannot be removed: %w", err)
	}
	return nil
}
