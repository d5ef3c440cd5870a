package sip_test

import (
	"testing"

	"perch/sip"
)

// BenchmarkParse reads what a client sends most: a post, and the answer to a
// delivered one.
func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"info_grpchat", "ok_info", "register_ntlm"} {
		b.Run(name, func(b *testing.B) {
			buf := golden(b, name)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			var m sip.Message
			for b.Loop() {
				if _, err := sip.Parse(buf, sip.Limits{}, &m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	var m sip.Message
	if _, err := sip.Parse(golden(b, "info_grpchat"), sip.Limits{}, &m); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Check(); err != nil {
			b.Fatal(err)
		}
	}
}
