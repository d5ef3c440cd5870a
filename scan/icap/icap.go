// Package icap has files scanned by a server that speaks ICAP, the protocol of
// content scanners for proxies: each file is sent as the body of an HTTP answer
// that is to be modified (RESPMOD, RFC 3507 4.9).
//
// It promises that a file counts as clean only when the server has said so: 204,
// or 200 with the very bytes that were sent. What names an infection, answers
// with something else, or with an HTTP refusal, has found something; whatever
// else is an error.
//
// It is our own because only one method of the protocol is needed, and no
// maintained Go module of it was found.
package icap

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config says where the server is.
type Config struct {
	URL     *url.URL      // icap://host[:1344]/service
	Timeout time.Duration // of one file; 0: 5 minutes
}

// Scanner is a filestore.Scanner that asks an ICAP server.
type Scanner struct {
	cfg  Config
	addr string
}

// New returns a scanner; it opens a connection for each file.
func New(cfg Config) *Scanner {
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Minute
	}
	port := cfg.URL.Port()
	if port == "" {
		port = "1344"
	}
	return &Scanner{cfg, net.JoinHostPort(cfg.URL.Hostname(), port)}
}

// Bounds.
const (
	dialTime = 10 * time.Second
	// maxHead bounds the heads of an answer.
	maxHead = 64 << 10
	// maxChange is how much more than the file an answer may have.
	maxChange = 1 << 20
)

// Scan sends a file and reads the verdict (filestore.Scanner).
func (s *Scanner) Scan(ctx context.Context, name string, size int64, r io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	d := net.Dialer{Timeout: dialTime}
	conn, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return "", fmt.Errorf("the ICAP server does not answer: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // a connection that is closed needs none
	defer stop()

	// An answer may begin to come back while the file still goes out, so that both
	// must be done at once.
	given := sha256.New()
	var unsent error
	sent := make(chan struct{})
	go func() { // ends with the connection at the latest
		defer close(sent)
		if unsent = s.send(conn, name, size, io.TeeReader(r, given)); errors.Is(unsent, errFile) {
			conn.Close() // the server would wait for the rest
		}
	}()
	v, err := read(conn, size)
	if err != nil || v.found != "" { // the server need not take all of what it has condemned
		conn.Close()
	}
	<-sent
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(unsent, errFile):
		return "", unsent
	case err != nil:
		return "", errors.Join(err, unsent)
	case v.found != "":
		return v.found, nil
	case unsent != nil:
		return "", fmt.Errorf("the ICAP server was not given all of the file: %w", unsent)
	}
	if v.body != nil && string(v.body.Sum(nil)) != string(given.Sum(nil)) {
		return "the scanner would hand out something else instead", nil
	}
	return "", nil
}

// errFile says that it is the file that failed.
var errFile = errors.New("reading the file")

// source is a file of which one knows afterwards whether reading it failed.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// send sends the request.
func (s *Scanner) send(w io.Writer, name string, size int64, r io.Reader) error {
	request := "GET http://" + s.cfg.URL.Host + "/" + url.PathEscape(name) + " HTTP/1.1\r\nHost: " + s.cfg.URL.Host + "\r\n\r\n"
	answer := "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: " + strconv.FormatInt(size, 10) + "\r\n\r\n"
	out := bufio.NewWriterSize(w, 64<<10)
	fmt.Fprintf(out, "RESPMOD %s ICAP/1.0\r\nHost: %s\r\nUser-Agent: Perch\r\nAllow: 204\r\nConnection: close\r\nEncapsulated: req-hdr=0, res-hdr=%d, res-body=%d\r\n\r\n%s%s",
		s.cfg.URL, s.cfg.URL.Host, len(request), len(request)+len(answer), request, answer)
	chunks := httputil.NewChunkedWriter(out)
	file := &source{Reader: r}
	switch n, err := io.Copy(chunks, io.LimitReader(file, size)); {
	case file.err != nil:
		return fmt.Errorf("%w: %w", errFile, file.err)
	case err != nil:
		return fmt.Errorf("sending %d bytes of %d: %w", n, size, err)
	case n < size:
		return fmt.Errorf("%w: %w", errFile, io.ErrUnexpectedEOF)
	}
	if err := chunks.Close(); err != nil {
		return err
	}
	_, _ = out.WriteString("\r\n") // Flush reports it
	return out.Flush()
}

// answered is what a server said. body is the hash of the file that it would hand
// out, nil for the one that it was given.
type answered struct {
	found string
	body  hash.Hash
}

func read(conn io.Reader, size int64) (v answered, err error) {
	bounded := &io.LimitedReader{R: conn, N: maxHead}
	in := bufio.NewReader(bounded)
	head := textproto.NewReader(in)
	status, header, err := readHead(head, "ICAP/")
	switch {
	case err != nil:
		return v, err
	case status == http.StatusContinue:
		return v, errors.New("the ICAP server asks for more than it was offered")
	}
	if v.found = infection(header); v.found != "" {
		return v, nil
	}
	switch status {
	case http.StatusNoContent:
		return v, nil
	case http.StatusOK:
	default:
		return v, fmt.Errorf("the ICAP server says %d", status)
	}
	parts := header.Get("Encapsulated")
	if strings.Contains(parts, "res-hdr") {
		status, header, err := readHead(head, "HTTP/")
		if err != nil {
			return v, err
		}
		if v.found = infection(header); v.found == "" && status != http.StatusOK {
			v.found = fmt.Sprintf("the scanner refuses it (%d)", status)
		}
	}
	if v.found != "" {
		return v, nil
	}
	v.body = sha256.New()
	if !strings.Contains(parts, "res-body") {
		return v, nil
	}
	bounded.N = size + size/8 + maxChange // chunks have heads
	_, err = io.Copy(v.body, httputil.NewChunkedReader(in))
	if err != nil {
		return v, fmt.Errorf("the ICAP server's answer cannot be read: %w", err)
	}
	return v, nil
}

// readHead reads a status line and headers.
func readHead(r *textproto.Reader, protocol string) (int, textproto.MIMEHeader, error) {
	line, err := r.ReadLine()
	if err != nil {
		return 0, nil, fmt.Errorf("the ICAP server ended without an answer: %w", err)
	}
	_, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || !strings.HasPrefix(line, protocol) {
		return 0, nil, fmt.Errorf("the ICAP server says %q", line)
	}
	header, err := r.ReadMIMEHeader()
	if err != nil {
		return 0, nil, fmt.Errorf("the ICAP server's answer cannot be read: %w", err)
	}
	return status, header, nil
}

// infection is what headers name that scanners commonly use; empty: nothing.
func infection(h textproto.MIMEHeader) string {
	if text := h.Get("X-Infection-Found"); text != "" {
		if _, threat, ok := strings.Cut(text, "Threat="); ok {
			threat, _, _ = strings.Cut(threat, ";")
			return strings.TrimSpace(threat)
		}
		return text
	}
	for _, name := range []string{"X-Virus-Id", "X-Violations-Found", "X-Blocked"} {
		if text := strings.TrimSpace(h.Get(name)); text != "" {
			return text
		}
	}
	return ""
}
