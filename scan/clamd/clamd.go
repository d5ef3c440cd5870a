// Package clamd has files scanned by ClamAV's clamd, over a Unix or TCP socket,
// by its command INSTREAM (clamd(8)).
//
// It promises that a file counts as clean only when clamd has said so of all of
// its bytes; whatever else it says, or leaves unsaid, is an error.
//
// It is our own because the protocol is a command, chunks with a length before
// them and one line of answer, and no maintained Go module of it was found.
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"perch/chat"
)

// Config says where clamd listens.
type Config struct {
	Network, Address string        // "unix" and a path, or "tcp" and host:port
	Timeout          time.Duration // of one file; 0: 5 minutes
}

// Scanner is a filestore.Scanner that asks clamd.
type Scanner struct{ cfg Config }

// New returns a scanner; it opens a connection for each file.
func New(cfg Config) *Scanner {
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Minute
	}
	return &Scanner{cfg}
}

// dialTime bounds how long clamd may take to accept a connection.
const dialTime = 10 * time.Second

// Scan sends a file and reads the verdict (filestore.Scanner).
func (s *Scanner) Scan(ctx context.Context, _ string, size int64, r io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	d := net.Dialer{Timeout: dialTime}
	conn, err := d.DialContext(ctx, s.cfg.Network, s.cfg.Address)
	if err != nil {
		return "", fmt.Errorf("clamd does not answer: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // a connection that is closed needs none
	defer stop()
	sent := send(conn, size, r)
	if errors.Is(sent, errFile) { // clamd waits for the rest
		return "", sent
	}
	answer, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString(0)
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", fmt.Errorf("clamd ended without an answer: %w", errors.Join(sent, err))
	}
	return verdict(strings.TrimRight(answer, "\x00"), sent)
}

// errFile says that it is the file that failed.
var errFile = errors.New("reading the file")

// send sends the command and a file. clamd answers and hangs up in the middle if
// the file is too large for it.
func send(w io.Writer, size int64, r io.Reader) error {
	out := bufio.NewWriterSize(w, 64<<10)
	if _, err := out.WriteString("zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 32<<10)
	var head [4]byte
	for left := size; left > 0; {
		n, err := io.ReadFull(r, buf[:min(left, int64(len(buf)))])
		if err != nil {
			return fmt.Errorf("%w: %w", errFile, err)
		}
		binary.BigEndian.PutUint32(head[:], uint32(n))
		_, _ = out.Write(head[:]) // the next call reports it
		if _, err := out.Write(buf[:n]); err != nil {
			return err
		}
		left -= int64(n)
	}
	if _, err := out.Write([]byte{0, 0, 0, 0}); err != nil {
		return err
	}
	return out.Flush()
}

// verdict reads an answer: "stream: OK", "stream: NAME FOUND", or an error.
func verdict(answer string, sent error) (string, error) {
	text := strings.TrimPrefix(answer, "stream: ")
	if name, found := strings.CutSuffix(text, " FOUND"); found && name != "" {
		return name, nil
	}
	switch {
	case strings.Contains(answer, "size limit exceeded"):
		return "", chat.E(chat.KindTooLarge, "the file is larger than the scanner takes (StreamMaxLength of clamd)")
	case text == "OK" && sent == nil:
		return "", nil
	case text == "OK":
		return "", fmt.Errorf("clamd was not given all of the file: %w", sent)
	}
	return "", fmt.Errorf("clamd says %q", answer)
}
