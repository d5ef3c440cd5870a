// Package compliance hands everything of record on and keeps its promise that
// nothing is left out: it reads the journal in order, keeps what it read in a
// store of its own (compliance/store), closes a batch at every run interval and
// gives it to each adapter (compliance/adapter) until that has taken it. At
// least once, in order, resumable at any point.
//
// At the same time it appends the journal to the sealed archive
// (compliance/seal), which proves that nothing was changed since.
//
// It knows no room, no right and no wire format; what it must know of rooms and
// people it is told by a Describer.
package compliance
