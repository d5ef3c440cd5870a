// Package seal keeps the sealed archive: a log of everything of record to which
// one can only append, so that whoever holds a signed checkpoint of it, or only
// the public key, finds any later change, omission, re-ordering or rollback.
//
// Every entry of the journal is a leaf of a Merkle tree in the form of C2SP
// tlog-tiles. A leaf holds who, where and when, and commitments to the body: the
// body itself is encrypted beside the tree, each under a key of its own, so that
// content can be destroyed while its proof stays. docs/archive-format.md has
// the exact bytes.
//
// A Log is written by one process. Verify needs no key but the public one, no
// network and nothing of the server. The package knows neither rooms nor
// adapters, and has no clock.
package seal
