// Package filestore is the service that keeps rooms' files: tokens for one
// person, room and direction, uploads in chunks, downloads, what may be
// uploaded, and the removal of what was never posted.
//
// It promises: a file is known only when its bytes are on disk, and becomes so
// in the transaction of its journal entry; a download is on record before its
// first byte goes out; rights are asked again at every chunk, of whoever decides
// them (Rights); nothing that a scanner has not passed is handed out.
//
// Its bytes lie with a Blobs, under their hash, so that the same file uploaded
// twice lies there once. A blob is deleted when no file has its hash. So that no
// upload of the same bytes loses them to such a deletion, a hash is known to the
// store before its blob is put, and a hash whose blob is being deleted is
// refused there until that is done.
//
// It knows no protocol, decides no right, and does not read what people post:
// who stores a post says which files it links to.
package filestore
