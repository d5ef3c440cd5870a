package fileweb

import (
	"context"
	"math"

	"perch/filestore"
)

// getFileSize tells how many bytes a file has (XCCOS 10.2).
func getFileSize(ctx context.Context, f *filestore.Service, c *call) (any, error) {
	return f.Size(ctx, c.text("token"), c.text("channelId"), c.other())
}

// downloadChunk gives a part of a file (XCCOS 10.2).
func downloadChunk(ctx context.Context, f *filestore.Service, c *call) (any, error) {
	offset, err := c.number("offset")
	if err != nil {
		return nil, err
	}
	n, err := c.number("bufferSize")
	if err != nil {
		return nil, err
	}
	return f.Read(ctx, c.text("token"), c.text("channelId"), c.text("reposFileName"), offset, int(min(n, math.MaxInt32)))
}
