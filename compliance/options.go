package compliance

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// ParseOptions reads chat.Compliance.AdapterOptions.
func ParseOptions(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			out[name] = value
		}
	}
	return out
}

// OptionsText writes them.
func OptionsText(options map[string]string) (string, error) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if name == "" || strings.ContainsAny(name, "=\n") || strings.Contains(options[name], "\n") {
			return "", errors.New("an adapter's option is name=value, on one line")
		}
		b.WriteString(name + "=" + options[name] + "\n")
	}
	return b.String(), nil
}

// AdapterNames are the kinds that chat.Compliance.AdapterType names.
func AdapterNames(adapterType string) []string {
	var out []string
	for name := range strings.SplitSeq(adapterType, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
