package adapter

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"mime/multipart"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"time"

	"perch/compliance"
)

// mailbox is where mails go: files of a folder, or a mail server. One is opened
// for each batch.
type mailbox interface {
	put(name string, fill func(w *bufio.Writer) error) error
	close() error
}

// mails is what both mail adapters have in common. Options: mail.from and
// mail.to (addresses, several parted by commas), mail.max-size (bytes of a mail,
// 25,000,000), smtp.server (host:port; empty: files), smtp.tls (starttls, the
// default; tls; none), smtp.user and smtp.password-file.
type mails struct {
	o        *Options
	from     string
	to       []string
	max      int
	server   string
	secure   string
	user     string
	password string
}

func newMails(o *Options) (*mails, error) {
	m := &mails{o: o, max: 25_000_000, server: o.Extra["smtp.server"], secure: "starttls", user: o.Extra["smtp.user"]}
	from, err := mail.ParseAddress(o.Extra["mail.from"])
	if err != nil {
		return nil, errors.New("set the option mail.from to the address that the mails come from")
	}
	m.from = from.Address
	to, err := mail.ParseAddressList(o.Extra["mail.to"])
	if err != nil {
		return nil, errors.New("set the option mail.to to the addresses that the mails go to, parted by commas")
	}
	for _, a := range to {
		m.to = append(m.to, a.Address)
	}
	if v := o.Extra["mail.max-size"]; v != "" {
		if m.max, err = strconv.Atoi(v); err != nil || m.max < 100_000 {
			return nil, errors.New("mail.max-size is a number of bytes, 100000 or more")
		}
	}
	if v := o.Extra["smtp.tls"]; v != "" {
		if m.secure = v; v != "starttls" && v != "tls" && v != "none" {
			return nil, errors.New("smtp.tls is starttls, tls or none")
		}
	}
	if m.server != "" {
		if _, _, err := net.SplitHostPort(m.server); err != nil {
			return nil, errNoServer
		}
	}
	if file := o.Extra["smtp.password-file"]; file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("smtp.password-file: %w", err)
		}
		m.password = strings.TrimRight(string(b), "\r\n")
	}
	return m, nil
}

// open opens the mailbox for one batch.
func (m *mails) open(ctx context.Context) (mailbox, error) {
	if m.server == "" {
		out := folder(m.o.OutputDirectory)
		return filed{out}, out.check()
	}
	return m.dial(ctx)
}

// filed is a mailbox of files.
type filed struct{ out folder }

func (f filed) put(name string, fill func(w *bufio.Writer) error) error {
	return f.out.write(name+".eml", fill)
}

func (filed) close() error { return nil }

// smtpTime bounds the sending of a batch's mails between two answers of the server.
const smtpTime = 5 * time.Minute

// sent is a mailbox at a mail server.
type sent struct {
	m    *mails
	conn net.Conn
	c    *smtp.Client
	stop func() bool
}

func (m *mails) dial(ctx context.Context) (_ mailbox, err error) {
	host, _, _ := net.SplitHostPort(m.server) // was checked
	d := net.Dialer{Timeout: 30 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", m.server)
	if err != nil {
		return nil, fmt.Errorf("the mail server %s cannot be reached: see that it runs and that smtp.server names it (%w)", m.server, err)
	}
	s := &sent{m: m, conn: conn, stop: context.AfterFunc(ctx, func() { conn.Close() })}
	defer func() {
		if err != nil {
			s.stop()
			conn.Close()
			err = fmt.Errorf("the mail server %s: %w", m.server, err)
		}
	}()
	if err := conn.SetDeadline(time.Now().Add(smtpTime)); err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if m.secure == "tls" {
		conn = tls.Client(conn, config)
	}
	if s.c, err = smtp.NewClient(conn, host); err != nil {
		return nil, err
	}
	if m.secure == "starttls" {
		if err := s.c.StartTLS(config); err != nil {
			return nil, fmt.Errorf("%w (set smtp.tls to none for a server of your own network that has no TLS)", err)
		}
	}
	if m.user != "" {
		if err := s.c.Auth(smtp.PlainAuth("", m.user, m.password, host)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// put sends one mail. It is taken when the server has answered its end.
func (s *sent) put(_ string, fill func(w *bufio.Writer) error) error {
	err := s.conn.SetDeadline(time.Now().Add(smtpTime))
	if err == nil {
		err = s.c.Mail(s.m.from)
	}
	for _, to := range s.m.to {
		if err == nil {
			err = s.c.Rcpt(to)
		}
	}
	if err != nil {
		return s.refused(err)
	}
	data, err := s.c.Data()
	if err != nil {
		return s.refused(err)
	}
	w := bufio.NewWriterSize(data, 64<<10)
	if err := fill(w); err != nil {
		s.conn.Close() // so that the server does not take half a mail
		return err
	}
	if err := w.Flush(); err != nil {
		return s.refused(err)
	}
	return s.refused(data.Close())
}

// refused makes an answer 5xx an error that will not mend by itself.
func (s *sent) refused(err error) error {
	if err == nil {
		return nil
	}
	told := fmt.Errorf("the mail server %s: %w", s.m.server, err)
	if answer := (*textproto.Error)(nil); errors.As(err, &answer) && answer.Code >= 500 {
		return &compliance.Permanent{Cause: told}
	}
	return told
}

func (s *sent) close() error {
	s.stop()
	if err := s.c.Quit(); err != nil {
		return s.conn.Close()
	}
	return nil
}

// boundary parts a mail: the same for the same mail.
func boundary(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "perch-" + hex.EncodeToString(sum[:15])
}

// headers writes a mail's header lines.
func headers(w *bufio.Writer, lines ...string) error {
	var err error
	for i := 0; i+1 < len(lines); i += 2 {
		_, err = fmt.Fprintf(w, "%s: %s\r\n", lines[i], oneLine(lines[i+1]))
	}
	return err
}

// oneLine keeps a value from becoming two headers.
func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

// parts begins a multipart body.
func parts(w *bufio.Writer, of string) (*multipart.Writer, error) {
	p := multipart.NewWriter(w)
	return p, p.SetBoundary(boundary(of))
}
