// Package adapter hands batches of the compliance service on: in files of the
// original's XML, of other archives' formats, as mail, or to a program. Every
// adapter streams, so that a batch may have any size; writes whole files that
// get their name last; and makes the same bytes of the same batch.
//
// It knows no store and no clock: all that it writes is in the batch.
package adapter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"perch/compliance"
)

// Options are what an administrator sets; names as in the original where it has
// them (pchat 7.2).
type Options struct {
	OutputDirectory               string
	OneChatRoomPerOutputFile      bool
	AddChatRoomDetails            bool
	AddUserDetails                bool
	CreateFileAttachmentsManifest bool
	CustomConfiguration           string // an XSLT stylesheet, for the xml adapter
	// Extra are the options of single adapters, by name; see the kinds.
	Extra map[string]string
}

// kind is one sort of adapter.
type kind struct {
	about string
	files bool     // it writes into OutputDirectory
	extra []string // names of the Extra options that it knows
	make  func(o *Options) (compliance.Adapter, error)
}

var mailOptions = []string{"mail.from", "mail.to", "mail.max-size", "smtp.server", "smtp.tls", "smtp.user", "smtp.password-file"}

// kinds is the table of adapters.
func kinds() map[string]kind {
	return map[string]kind{
		"xml":          {"the original's Conversations XML, through XSLT if a stylesheet is set", true, nil, newXML},
		"actiance":     {"FileDump XML, as Actiance and Smarsh take it", true, nil, newActiance},
		"csv":          {"a table of all events, with a dictionary", true, nil, newCSV},
		"jsonl":        {"everything, an event a line", true, nil, newJSONL},
		"eml":          {"a mail for each room and batch, in files or sent", true, mailOptions, newEML},
		"smtp-journal": {"a journal mail for each message, in files or sent", true, mailOptions, newJournalMail},
		"command":      {"a program that is given each batch as JSON lines", false, []string{"command"}, newCommand},
	}
}

// Kinds are the names of all adapters, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds())) }

// About says in a few words what an adapter of a kind makes.
func About(name string) string { return kinds()[name].about }

// New makes an adapter. What is missing or unknown in its options is an error
// that says what to do.
func New(name string, o Options) (compliance.Adapter, error) {
	k, ok := kinds()[name]
	if !ok {
		return nil, fmt.Errorf("there is no adapter %q; those there are: %s", name, strings.Join(Kinds(), ", "))
	}
	for key := range o.Extra {
		if !slices.Contains(k.extra, key) {
			return nil, fmt.Errorf("the adapter %s has no option %q%s", name, key, known(k.extra))
		}
	}
	sends := o.Extra["smtp.server"] != ""
	if k.files && !sends && o.OutputDirectory == "" {
		return nil, fmt.Errorf("the adapter %s needs AdapterOutputDirectory, the folder to write into", name)
	}
	a, err := k.make(&o)
	if err != nil {
		return nil, fmt.Errorf("the adapter %s: %w", name, err)
	}
	return a, nil
}

func known(options []string) string {
	if len(options) == 0 {
		return "; it has none"
	}
	return "; it has: " + strings.Join(options, ", ")
}

// CheckOptions says whether somebody who sets adapters has named them well:
// kinds that there are, and options that there are; those of an adapter that is
// not set now wait for it.
func CheckOptions(names []string, extra map[string]string) error {
	all := kinds()
	for _, name := range names {
		if _, ok := all[name]; !ok {
			return fmt.Errorf("there is no adapter %q; those there are: %s", name, strings.Join(Kinds(), ", "))
		}
	}
	for key := range extra {
		if !slices.ContainsFunc(Kinds(), func(name string) bool { return slices.Contains(all[name].extra, key) }) {
			return fmt.Errorf("no adapter has an option %q", key)
		}
	}
	return nil
}

// ExtraFor are those of the options that an adapter knows.
func ExtraFor(name string, extra map[string]string) map[string]string {
	out := map[string]string{}
	for _, key := range kinds()[name].extra {
		if v, ok := extra[key]; ok {
			out[key] = v
		}
	}
	return out
}

var errNoServer = errors.New("smtp.server is not host:port")
