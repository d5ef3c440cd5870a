package admin

import "os"

// spooled is a file that is gone when it is closed.
type spooled struct{ *os.File }

func tempFile() (spooled, error) {
	f, err := os.CreateTemp("", "perch-import-")
	return spooled{f}, err
}

// Close deletes the file.
func (s spooled) Close() error {
	err := s.File.Close()
	if rerr := os.Remove(s.Name()); err == nil {
		err = rerr
	}
	return err
}
