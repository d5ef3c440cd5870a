package seal

import (
	"context"
	"os"
	"path/filepath"
)

// Recompute makes the tree of an archive again from its leaves, and fails unless
// its root is the signed one. It looks at nothing else: what says whether an
// archive is good is Verify.
func Recompute(ctx context.Context, dir, publicKey string) (Checkpoint, error) {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return Checkpoint{}, err
	}
	c, err := ReadCheckpoint(signed, publicKey)
	if err != nil {
		return c, err
	}
	var t tree
	for i, data := range leaves(dir, 0, c.Size) {
		if i%tileWidth == 0 && ctx.Err() != nil {
			return c, ctx.Err()
		}
		if data.err != nil {
			return c, data.err
		}
		t.append(leafHash(data.bytes), func(full) {})
	}
	if root := t.root(); root != c.Root {
		return c, bad(-1, "the leaves do not make the checkpoint's root", c.Root.String(), root.String())
	}
	return c, nil
}
