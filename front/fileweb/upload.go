package fileweb

import (
	"context"

	"perch/filestore"
)

// requestUniqueFilename begins an upload (XCCOS 10.1).
func requestUniqueFilename(ctx context.Context, f *filestore.Service, c *call) (any, error) {
	return f.Begin(ctx, c.text("token"), c.text("channelId"), c.other())
}

// getMaxFileSize tells the largest file that is taken (XCCOS 10.4).
func getMaxFileSize(_ context.Context, f *filestore.Service, _ *call) (any, error) {
	return f.MaxFileKB(), nil
}

// getMaxRequestContent tells how much of a file a request carries (XCCOS 10.4).
func getMaxRequestContent(_ context.Context, f *filestore.Service, _ *call) (any, error) {
	return f.ChunkKB(), nil
}

// appendChunk takes a part of a file in (XCCOS 10.1).
func appendChunk(ctx context.Context, f *filestore.Service, c *call) (any, error) {
	data, err := c.bytes(chunkName)
	if err != nil {
		return nil, err
	}
	offset, err := c.number("offset")
	if err != nil {
		return nil, err
	}
	length, err := c.number("fileLength")
	if err != nil {
		return nil, err
	}
	return nil, f.Append(ctx, filestore.Chunk{
		Token: c.text("token"), RoomGUID: c.text("channelId"), File: c.text("uniqueFilename"), Data: data, Offset: offset, Length: length,
	})
}
