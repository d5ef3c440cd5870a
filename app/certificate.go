package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// certificate loads the configured certificate, or the self-signed one of the
// data folder, which is made on first start.
func (c *Config) certificate(now time.Time) (tls.Certificate, error) {
	cert, key := c.SIP.TLSCert, c.SIP.TLSKey
	if cert == "" {
		cert, key = filepath.Join(c.Data, "cert.pem"), filepath.Join(c.Data, "key.pem")
		if _, err := os.Stat(key); errors.Is(err, fs.ErrNotExist) {
			if err := c.makeCertificate(cert, key, now); err != nil {
				return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
			}
		}
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return pair, fmt.Errorf("sip.tls_cert and sip.tls_key cannot be used: %w", err)
	}
	return pair, nil
}

func (c *Config) makeCertificate(certFile, keyFile string, now time.Time) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: c.host(), Organization: []string{"Perch, self-signed"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{c.Domain, "localhost", c.host()}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600)
}

// host is our name to clients.
func (c *Config) host() string {
	if c.SIP.Host != "" {
		return c.SIP.Host
	}
	if name, err := os.Hostname(); err == nil && name != "" {
		return name
	}
	return "localhost"
}

// warn says what serves, but not as it was perhaps meant.
func (c *Config) warn(log *slog.Logger) {
	if c.SIP.TCP != "" && !isLoopback(c.SIP.TCP) && slices.Contains(c.SIP.Auth, "ntlm") {
		log.Warn("NTLM is offered over TCP on loopback only; other machines sign in over TLS", slog.String("sip_tcp", c.SIP.TCP))
	}
}
