package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is the CPU time that a process has used so far, by the kernel's
// per-process clock (clock_getcpuclockid(3): the clock of another process is
// named by the complement of its id).
func cpuTime(pid int) (time.Duration, error) {
	const processClock = 2
	id := int32(^pid<<3 | processClock)
	var ts unix.Timespec
	if err := unix.ClockGettime(id, &ts); err != nil {
		return 0, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}

// residentBytes is VmRSS of a process.
func residentBytes(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := bytes.Cut(status, []byte("VmRSS:"))
	if !ok {
		return 0, fmt.Errorf("process %d has no VmRSS", pid)
	}
	kib, err := strconv.ParseInt(string(bytes.Fields(rest)[0]), 10, 64)
	return kib << 10, err
}

// meter measures what a server process and this one use between start and stop.
type meter struct {
	pid        int
	at         time.Time
	server, me time.Duration
}

func startMeter(pid int) (*meter, error) {
	server, err := cpuTime(pid)
	if err != nil {
		return nil, err
	}
	me, err := cpuTime(os.Getpid())
	return &meter{pid: pid, at: time.Now(), server: server, me: me}, err
}

// usage is CPU time used over an interval of wall-clock time.
type usage struct{ wall, server, me time.Duration }

func (m *meter) stop() (usage, error) {
	server, err := cpuTime(m.pid)
	if err != nil {
		return usage{}, err
	}
	me, err := cpuTime(os.Getpid())
	return usage{wall: time.Since(m.at), server: server - m.server, me: me - m.me}, err
}

// stopwatch adds up what this process uses while it does something.
type stopwatch struct{ wall, cpu time.Duration }

func (s *stopwatch) time(do func() error) error {
	m, err := startMeter(os.Getpid())
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	u, err := m.stop()
	s.wall, s.cpu = s.wall+u.wall, s.cpu+u.me
	return err
}
