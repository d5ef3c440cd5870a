package access

import (
	"fmt"
	"strings"

	"perch/chat"
)

// MaxFileTypes bounds a category's list of file types.
const MaxFileTypes = 100

// CheckFileTypes checks a category's list of file types and returns it as it is
// kept: in lower case.
func CheckFileTypes(list []string) ([]string, error) {
	if len(list) > MaxFileTypes {
		return nil, chat.E(chat.KindInvalid, fmt.Sprintf("a category names %d file types at most", MaxFileTypes))
	}
	var out []string
	for _, name := range list {
		name = strings.ToLower(strings.TrimSpace(name))
		family, kind, ok := strings.Cut(strings.TrimPrefix(name, "!"), "/")
		if !ok || !isToken(family) || kind != "*" && !isToken(kind) {
			return nil, chat.E(chat.KindInvalid, fmt.Sprintf("%q is not a file type like application/pdf, image/* or !text/html", name))
		}
		out = append(out, name)
	}
	return out, nil
}

// isToken says whether a text is one half of a media type.
func isToken(s string) bool {
	const signs = "!#$&-^_.+"
	return s != "" && len(s) <= 127 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune(signs, r)
	})
}

// FileType says whether a category takes files of a media type, given without
// parameters.
func FileType(c *chat.Category, mediaType string) error {
	onlyRefusals := true
	for _, name := range c.FileTypes {
		refused := strings.HasPrefix(name, "!")
		onlyRefusals = onlyRefusals && refused
		if !fits(strings.TrimPrefix(name, "!"), mediaType) {
			continue
		}
		if refused {
			return refusedType(mediaType)
		}
		return nil
	}
	if !onlyRefusals {
		return refusedType(mediaType)
	}
	return nil
}

func refusedType(mediaType string) error {
	return chat.E(chat.KindForbidden, "the category takes no files of the type "+mediaType)
}

func fits(pattern, mediaType string) bool {
	if family, all := strings.CutSuffix(pattern, "*"); all {
		return strings.HasPrefix(mediaType, family)
	}
	return pattern == mediaType
}
