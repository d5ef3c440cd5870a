// Package s3 keeps blobs in a bucket of an S3 service: one object a blob, named
// by its hash under a prefix.
//
// It promises what filestore.Blobs does: an object of that name is whole and has
// the right bytes, because they are looked at before they are sent, in a file of
// this machine, and a PUT is atomic.
//
// It knows nothing of rooms and people. It is written on minio-go, which signs,
// splits what is large, and retries.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"perch/chat"
	"perch/filestore"
)

// Config says where the bucket is.
type Config struct {
	// Endpoint is the service's address: https://s3.example.com, without a path.
	Endpoint string
	Bucket   string // must be there
	Prefix   string // of the objects' names, such as perch/; may be empty
	Region   string // empty: the service is asked
	// AccessKey and SecretKey; empty: those of the environment (AWS_ACCESS_KEY_ID),
	// of ~/.aws/credentials, or of the machine's role.
	AccessKey, SecretKey string
	// Folder holds what is being looked at before it is sent; it belongs to the one
	// process that opens it, and is emptied then.
	Folder    string
	Transport http.RoundTripper // nil: minio's
}

// Blobs is a filestore.Blobs on a bucket.
type Blobs struct {
	cfg  Config
	core *minio.Core
}

// Open checks the configuration. Whether the service answers, Check says.
func Open(cfg Config) (*Blobs, error) {
	u, err := url.Parse(cfg.Endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" && u.Path != "/":
		return nil, fmt.Errorf("%q is not the address of an S3 service, like https://s3.example.com", cfg.Endpoint)
	case cfg.Bucket == "":
		return nil, errors.New("the S3 bucket needs a name")
	case (cfg.AccessKey == "") != (cfg.SecretKey == ""):
		return nil, errors.New("the S3 access key and secret key belong together: give both or neither")
	}
	who := credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, "")
	if cfg.AccessKey == "" {
		who = credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{}})
	}
	const tries = 3 // a client waits for the answer
	core, err := minio.NewCore(u.Host, &minio.Options{Creds: who, Secure: u.Scheme == "https", Region: cfg.Region, MaxRetries: tries, Transport: cfg.Transport})
	if err != nil {
		return nil, fmt.Errorf("the S3 service cannot be used: %w", err)
	}
	if err := os.RemoveAll(cfg.Folder); err != nil { // what a crash left
		return nil, fmt.Errorf("the folder for what is sent to S3 cannot be emptied: %w", err)
	}
	if err := os.MkdirAll(cfg.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("the folder for what is sent to S3 cannot be made: %w", err)
	}
	return &Blobs{cfg, core}, nil
}

func (b *Blobs) key(hash string) string { return b.cfg.Prefix + hash[:2] + "/" + hash }

// Put keeps a blob (filestore.Blobs).
func (b *Blobs) Put(ctx context.Context, hash string, size int64, r io.Reader) error {
	if err := begin(ctx, hash); err != nil {
		return err
	}
	f, err := os.CreateTemp(b.cfg.Folder, hash[:8]+"-")
	if err != nil {
		return chat.Wrap(chat.KindDatabase, "writing a file", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // one that stays is removed when the folder is opened
	defer f.Close()
	if _, err := io.Copy(f, filestore.NewVerifier(ctx, r, hash, size)); err != nil {
		return failed(ctx, "writing a file", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return chat.Wrap(chat.KindDatabase, "writing a file", err)
	}
	_, err = b.core.Client.PutObject(ctx, b.cfg.Bucket, b.key(hash), f, size, minio.PutObjectOptions{ContentType: "application/octet-stream"})
	return failed(ctx, "sending a file to S3", err)
}

// Open reads a part of a blob (filestore.Blobs).
func (b *Blobs) Open(ctx context.Context, hash string, offset, n int64) (io.ReadCloser, error) {
	if err := begin(ctx, hash); err != nil {
		return nil, err
	}
	if offset < 0 || n < 0 {
		return nil, chat.E(chat.KindInvalid, "a part of a file has an offset and a length, both from 0")
	}
	size, err := b.Size(ctx, hash)
	if err != nil {
		return nil, err
	}
	n = min(n, size-offset)
	if n <= 0 { // a range of nothing is no range
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	var opt minio.GetObjectOptions
	if err := opt.SetRange(offset, offset+n-1); err != nil {
		return nil, chat.Wrap(chat.KindInvalid, "reading a file from S3", err)
	}
	body, _, _, err := b.core.GetObject(ctx, b.cfg.Bucket, b.key(hash), opt)
	if err != nil {
		return nil, unfound(ctx, "reading a file from S3", err)
	}
	return &part{body, ctx}, nil
}

// part is the body of an answer.
type part struct {
	io.ReadCloser
	ctx context.Context //nolint:containedctx // of the one call that reads
}

// Read reads, and says of a failing network that it is one.
func (p *part) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if err != nil && err != io.EOF { //nolint:errorlint // readers return it bare
		err = failed(p.ctx, "reading a file from S3", err)
	}
	return n, err
}

// Size is how many bytes a blob has (filestore.Blobs).
func (b *Blobs) Size(ctx context.Context, hash string) (int64, error) {
	if err := begin(ctx, hash); err != nil {
		return 0, err
	}
	info, err := b.core.StatObject(ctx, b.cfg.Bucket, b.key(hash), minio.StatObjectOptions{})
	return info.Size, unfound(ctx, "looking a file up in S3", err)
}

// Delete deletes a blob (filestore.Blobs).
func (b *Blobs) Delete(ctx context.Context, hash string) error {
	if err := begin(ctx, hash); err != nil {
		return err
	}
	return b.remove(ctx, b.key(hash))
}

func (b *Blobs) remove(ctx context.Context, key string) error {
	err := unfound(ctx, "deleting a file from S3", b.core.RemoveObject(ctx, b.cfg.Bucket, key, minio.RemoveObjectOptions{}))
	if chat.KindOf(err) == chat.KindNoSuchObject {
		return nil
	}
	return err
}

// Check writes an object of its own and removes it (filestore.Blobs).
func (b *Blobs) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key := b.cfg.Prefix + "check"
	_, err := b.core.Client.PutObject(ctx, b.cfg.Bucket, key, bytes.NewReader([]byte("x")), 1, minio.PutObjectOptions{})
	if err != nil {
		return failed(ctx, "writing to the S3 bucket "+b.cfg.Bucket, err)
	}
	return b.remove(ctx, key)
}

// begin checks what every call is given.
func begin(ctx context.Context, hash string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return filestore.CheckHash(hash)
}

// unfound is failed for a blob that may not be there.
func unfound(ctx context.Context, op string, err error) error {
	if err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return chat.E(chat.KindNoSuchObject, "there is no such file")
	}
	return failed(ctx, op, err)
}

// failed gives an error of the service its kind; those that have one keep it.
func failed(ctx context.Context, op string, err error) error {
	known, has := errors.AsType[*chat.Error](err)
	switch {
	case err == nil:
		return nil
	case has:
		return known
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return chat.Wrap(chat.KindDatabase, op, err)
}
