// Package webclient holds the web client as make build leaves it, inside the
// program. Its source, in TypeScript, lies in this folder too.
package webclient

import (
	"embed"
	"io/fs"
)

// dist has this folder's built/, which git does not keep, if there is one.
//
//go:embed dist
var dist embed.FS

// Files are the client's files, index.html among them; nil if the program was built
// without them (go build instead of make build).
func Files() fs.FS {
	built, err := fs.Sub(dist, "dist/built")
	if err != nil {
		return nil
	}
	if _, err := fs.Stat(built, "index.html"); err != nil {
		return nil
	}
	return built
}
