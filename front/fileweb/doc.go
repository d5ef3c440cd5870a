// Package fileweb is the front end of old clients' file service: it translates
// SOAP 1.1 over HTTP to the file service (XCCOS 10). The operations stand in one
// table.
//
// It promises: a refusal is an HTTP 500 with a SOAP fault that says why, because
// a client gives up for good after a 4xx; of a request without a good token no
// more is read than a token needs.
//
// It decides no right and keeps nothing.
package fileweb
