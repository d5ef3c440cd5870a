package app

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"perch/blob/dir"
	"perch/blob/s3"
	"perch/filestore"
	"perch/scan/clamd"
	"perch/scan/icap"
)

// startFiles starts the file service on a folder, if there is to be one.
func (a *App) startFiles(ctx context.Context, folder string) error {
	c := &a.opt.Config
	if folder == "" || c.Web.Listen == "" {
		return nil
	}
	blobs, err := a.openBlobs(folder)
	if err != nil {
		return err
	}
	a.blobs = blobs
	scanner, err := newScanner(c.Files.Scanner)
	if err != nil {
		return err
	}
	a.files = filestore.New(filestore.Config{
		Spool: filepath.Join(folder, "uploads"), MaxFileKB: func() int { return a.settings.Settings().MaxFileSizeKB }, ChunkKB: c.Files.RequestKB,
		Unposted: time.Duration(c.Files.UnpostedHours) * time.Hour, Scanner: scanner, Now: a.opt.Now, Log: a.log,
	}, a.store, blobs, a.channel)
	if err := a.files.Start(ctx); err != nil {
		return err
	}
	a.onStop("file service", a.files.Stop)
	return nil
}

// openBlobs opens what keeps the bytes of files.
func (a *App) openBlobs(folder string) (filestore.Blobs, error) {
	c := &a.opt.Config
	if s := c.Files.S3; s.Endpoint != "" {
		return s3.Open(s3.Config{
			Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: s.Prefix, Region: s.Region, AccessKey: s.AccessKey, SecretKey: s.SecretKey,
			Folder: filepath.Join(folder, "sending"),
		})
	}
	path := c.Files.Folder
	if path == "" {
		path = filepath.Join(folder, "files")
	}
	return dir.Open(path, a.opt.Now())
}

// newScanner makes the scanner of an address; nil for none.
func newScanner(address string) (filestore.Scanner, error) {
	if address == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
	case u.Scheme == "clamd" && u.Host == "" && u.Path != "":
		return clamd.New(clamd.Config{Network: "unix", Address: u.Path}), nil
	case u.Scheme == "clamd" && u.Hostname() != "" && u.Port() != "" && u.Path == "":
		return clamd.New(clamd.Config{Network: "tcp", Address: u.Host}), nil
	case u.Scheme == "icap" && u.Hostname() != "":
		return icap.New(icap.Config{URL: u}), nil
	}
	return nil, fmt.Errorf("files.scanner = %q is not an address like clamd:///run/clamav/clamd.ctl, clamd://host:3310 or icap://host:1344/service", address)
}
