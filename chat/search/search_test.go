package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"perch/chat"
	"perch/chat/search"
)

// Each line: what is looked for; texts in which it is found; texts in which it
// is not.
var finds = []struct {
	text  string
	in    []string
	notIn []string
}{
	// one word
	{"settle", []string{"settle", "Settlement risk", "unsettled", "(SETTLE)", "a,settle,b", "x_settle1"}, []string{"set tle", "sett-le", "", "settl"}},
	{"SETTLE", []string{"settlement"}, nil},
	{"ing", []string{"trading", "ingot"}, []string{"in g", "i-n-g"}},
	{"straße", []string{"STRASSE 5", "Hauptstraße", "hauptstrasse"}, []string{"strase"}},
	{"2024", []string{"in 2024.", "20240131", "№12024"}, []string{"20 24", "202"}},
	{"US912828ZT04", []string{"buy US912828ZT04 now", "isin:us912828zt04", "XUS912828ZT04"}, []string{"US912828ZT0", "US 912828ZT04", "US912828ZT05"}},
	{"US9128", []string{"US912828ZT04"}, []string{"US 9128"}},
	{"828zt", []string{"US912828ZT04"}, nil},
	// one and two letters
	{"US", []string{"the US", "us!", "US-led", "(us)"}, []string{"bus", "USA", "u.s.", ""}},
	{"a", []string{"a", "plan A", "a-b", "vitamin a."}, []string{"an", "ba", "1a"}},
	{"5", []string{"5", "at 5.", "5-4"}, []string{"55", "5a"}},
	{"я", []string{"это я", "Я!"}, []string{"моя", "яма"}},
	{"C++", []string{"C++", "c"}, []string{"cc"}},
	// identifiers and addresses
	{"VOD.L", []string{"VOD.L", "buy vod.l at 70", "(VOD.L)", "VOD.L.", "x/VOD.L"}, []string{"VOD L", "VOD. L", "VOD.LN", "AVOD.L", "VOD,L", "VODL", "VOD"}},
	{"VOD.", []string{"VOD.L", "avodah"}, []string{"VO D"}},
	{"10.1.2.3", []string{"10.1.2.3", "host 10.1.2.3:80", "10.1.2.3/24", "10.1.2.3.", "0.10.1.2.3"}, []string{"10.1.2.34", "110.1.2.3", "10.1.2", "10 1 2 3", "10.1.23"}},
	{"10.1.2.34", []string{"10.1.2.34"}, []string{"10.1.2.3", "10.1.2.345"}},
	{"10.1.2.345", []string{"10.1.2.345"}, []string{"10.1.2.3456"}},
	{"fe80::1", []string{"FE80::1%eth0"}, []string{"fe80:1", "fe80::12"}},
	{"https://host/path?x=1", []string{"see https://host/path?x=1", "HTTPS://HOST/path?x=1&y=2"}, []string{"https://host/path?x=12", "http://host/path?x=1", "https://host/path", "https host path x 1"}},
	{"host/pat", []string{"https://host/path?x=1"}, []string{"host/spat", "ghost/path"}},
	{"host/pa", nil, []string{"https://host/path?x=1"}},
	{"alice@example.test", []string{"mailto:Alice@Example.test", "alice@example.testing"}, []string{"alice@example", "alice@example.tes", "alice example test"}},
	{"snake_case", []string{"a snake_case name", "snake_cases"}, []string{"snake-case", "snake case", "snakecase"}},
	{"1,000,000", []string{"USD 1,000,000."}, []string{"1000000", "1,000,0000", "1 000 000"}},
	// hyphens
	{"state-of-the-art", []string{"State-of-the-art!", "state\u2011of\u2011the\u2011art", "state-of-the-arts"}, []string{"state of the art", "state-of-the", "estate-of-the-art", "state-of-theart"}},
	{"end-of-day", []string{"END-OF-DAY", "end-of-days", "end–of–day"}, []string{"end of day", "end-of day"}},
	{"don't", []string{"I don’t", "DON'T"}, []string{"dont", "don t"}},
	// scripts without blanks
	{"结算", []string{"今天结算吗", "结算", "T+2结算。"}, []string{"结 算", "算结", "结，算", "结"}},
	{"结", []string{"今天结算吗"}, []string{"今天"}},
	{"iPhone手机", []string{"新iphone手机壳"}, []string{"iphone 手机", "myiphone手机"}},
	{"サーバー", []string{"新しいサーバーです", "新しいｻｰﾊﾞｰです"}, []string{"サーバ"}},
	{"ราคา", []string{"ราคาวันนี้", "ที่ราคา"}, []string{"ราค"}},
	// other scripts
	{"расчёт", []string{"Расчёты сегодня", "перерасчёт", "расче\u0308т"}, []string{"расчет"}},
	{"ИВАН", []string{"иван пришёл"}, []string{"ива"}},
	{"istanbul", []string{"İSTANBUL", "Istanbul"}, nil},
	{"σας", []string{"ΣΑΣ", "σασ"}, nil},
	{"한국", nil, []string{"한국어"}},
	{"한국어", []string{"한국어로"}, nil},
	// ways to write a character
	{"caf\u00e9", []string{"cafe\u0301", "CAF\u00c9"}, []string{"cafe"}},
	{"ＶＯＤ．Ｌ", []string{"vod.l"}, nil},
	{"vod.l", []string{"ＶＯＤ．Ｌ"}, nil},
	{"office", []string{"o\ufb03ce", "of\u00adfice", "of\u200bfice"}, nil},
	{"e\u0301", []string{"\u00e9"}, []string{"e", "\u00e9t\u00e9"}},
	// no word
	{":-)", []string{"done :-)", "a:-)b"}, []string{": -)", ":)", ""}},
	{"@@", []string{"x@@y"}, []string{"@ @", "@"}},
	{"👍", []string{"ok👍", "👍🏽"}, []string{"ok", "👎"}},
	{"❤", []string{"I ❤\ufe0f it"}, nil},
	{"%", []string{"5%"}, []string{"5"}},
	{"", []string{"", "anything"}, nil},
	{" \n", []string{"", "anything"}, nil},
}

func compile(text string, m chat.Match) *search.Matcher {
	return search.Compile(chat.MessageSearch{Text: text, Match: m})
}

func TestFinds(t *testing.T) {
	for _, c := range finds {
		for _, how := range []chat.Match{chat.MatchAny, chat.MatchAll, chat.MatchExact} {
			m := compile(c.text, how)
			for _, in := range c.in {
				if !m.Match(in) {
					t.Errorf("%q is not found in %q (%v)", c.text, in, how)
				}
				if !m.Match("before " + in + "\nafter") {
					t.Errorf("%q is not found in a text with %q in it (%v)", c.text, in, how)
				}
			}
			for _, in := range c.notIn {
				if m.Match(in) {
					t.Errorf("%q is found in %q (%v)", c.text, in, how)
				}
			}
		}
	}
}

// TestMatches checks how terms combine.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		text, in string
		any, all bool
		exact    bool
	}{
		{"end of day", "end of day", true, true, true},
		{"end of day", "end  of\nday", true, true, true},
		{"end of day", "END-OF-DAY", true, true, true},
		{"end of day", "the end. Of days", true, true, true},
		{"end of day", "day of end", true, true, false},
		{"end of day", "trend of day", true, true, false},
		{"end of day", "endless day", true, false, false},
		{"end of day", "weekend", true, false, false},
		{"end of day", "evening", false, false, false},
		{" end\tof\u00a0day ", "end of day", true, true, true},
		{"end of day!", "end of day", true, true, true},
		{"foo - bar", "foo - bar", true, true, true},
		{"foo - bar", "foo  -\nbar", true, true, true},
		{"foo - bar", "foo bar", true, false, false},
		{"foo - bar", "foo-bar", true, true, false},
		{"VOD.L up", "up VOD.L", true, true, false},
		{"VOD.L up", "VOD L up", true, false, false},
		{"VOD.L up", "VOD.L, up 3", true, true, true},
		{"结 算", "结算", true, true, true},
		{"a a", "a", true, true, false},
		{":-) ok", "ok :-)", true, true, true}, // what stands before the first word does not count
		{": )", ":)", true, true, false},
		{": )", ":  )", true, true, true},
		{"10 10", "10 10", true, true, true},
		{"10 100", "10 1000", true, true, false}, // a number is not the beginning of another
	} {
		for how, want := range []bool{c.any, c.all, c.exact} {
			if got := compile(c.text, chat.Match(how)).Match(c.in); got != want {
				t.Errorf("%q in %q (%v): %v, want %v", c.text, c.in, chat.Match(how), got, want)
			}
		}
	}
}

func TestCaseSensitive(t *testing.T) {
	for _, c := range []struct {
		text, in string
		want     bool
	}{
		{"US", "the US", true},
		{"US", "the us", false},
		{"US", "BUS us", false},
		{"VOD.L", "vod.l", false},
		{"VOD.L", "VOD.L", true},
		{"Settle", "Settlement", true},
		{"Settle", "settlement", false},
		{"Straße", "Straße", true},
		{"Straße", "Strasse", false},
		{"Иван", "ИВАН", false},
		{"Иван", "Иванов", true},
		{"结算", "今天结算", true},
		{":D", "ok D", true},
		{"end of Day", "end\nof  Day", true},
		{"end of Day", "end of day", false},
	} {
		m := search.Compile(chat.MessageSearch{Text: c.text, Match: chat.MatchExact, CaseSensitive: true})
		if got := m.Match(c.in); got != c.want {
			t.Errorf("%q in %q: %v", c.text, c.in, got)
		}
	}
}

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"VOD.L up 5%":               "vod|l|up|5",
		"https://host/path?x=1":     "https|host|path|x|1",
		"今天T+2结算":                   "今|天|t|2|结|算",
		"Cafe\u0301 q\u0301 \u0301": "caf\u00e9|q\u0301",
		"snake_case don’t":          "snake|case|don|t",
	} {
		if got := strings.Join(search.Tokens(search.Fold(text)), "|"); got != want {
			t.Errorf("words of %q are %q, want %q", text, got, want)
		}
	}
}

// TestFold checks every character: Normal has nothing left to do, and Fold does
// what Unicode says, though it does most of it in its own way.
func TestFold(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		n := search.Normal(string(r))
		if again := search.Normal(n); again != n {
			t.Errorf("normal of %U is %+q, then %+q", r, n, again)
		}
		if want, got := norm.NFKC.String(cases.Fold().String(n)), search.Fold(string(r)); got != want && r != 'İ' {
			t.Errorf("%U folds to %+q, want %+q", r, got, want)
		}
	}
}

// pieces provoke trouble where they meet.
var pieces = []string{
	"a", "A", "ab", "abc", "ABCD", "1", "12", "123", "x1", ".", "-", " ", "  ", "\n", "\u00a0", "_", "@", ":-)", "结", "算", "ー", "ｱ", "я", "Я", "ё",
	"е\u0308", "e\u0301", "\u0301", "\u3099", "か", "ß", "SS", "İ", "ı", "σ", "ς", "ﬁ", "№", "½", "👍", "\ufe0f", "\u200d", "’", "–", "\xff", "ก", "ี", "한",
	"\u1100", "\u1161", "J\u030c", "\u0345", "Ω", "K", "\u00b4", "\u3164",
}

func text(n int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, n).Draw(t, "pieces"), "")
	})
}

// TestIndexAgrees checks what Term promises to an index: a text that holds a
// term has its keys, and when the term is sure, every text that has them holds
// it.
func TestIndexAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := chat.MessageSearch{
			Text: text(6).Draw(t, "query"), Match: chat.Match(rapid.IntRange(0, 2).Draw(t, "match")), CaseSensitive: rapid.Bool().Draw(t, "case"),
		}
		in := text(12).Draw(t, "text")
		m := search.Compile(q)
		if got := m.MatchNormal(search.Normal(in)); got != m.Match(in) {
			t.Fatalf("of the normal text %v", got)
		}
		found := 0
		for _, term := range m.Terms() {
			if has(&term, in) {
				found++
			}
		}
		sure := !slices.ContainsFunc(m.Terms(), func(t search.Term) bool { return !t.Sure() })
		index := found == len(m.Terms()) || q.Match == chat.MatchAny && found > 0
		if got := m.Match(in); got != index && (sure || got) {
			t.Fatalf("%+q in %+q (%v): %v, by its keys %v", q.Text, in, q.Match, got, index)
		}
	})
}

// has says whether a text has a term's keys.
func has(term *search.Term, in string) bool {
	var words, symbols, pairs []string
	gather := func(list *[]string) func(s string) { return func(s string) { *list = append(*list, s) } }
	search.Keys(search.Fold(in), gather(&words), gather(&symbols), gather(&pairs))
	for i, w := range term.Words() {
		last := i == len(term.Words())-1
		if !slices.ContainsFunc(words, func(have string) bool {
			return have == w || term.Part() && strings.Contains(have, w) || last && term.Begins() && strings.HasPrefix(have, w)
		}) {
			return false
		}
	}
	all := func(want, have []string) bool {
		return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(have, s) })
	}
	return all(term.Symbols(), symbols) && all(term.Pairs(), pairs)
}

// TestPhrases compares the search for several words with the words of a text, one
// after the other.
func TestPhrases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := text(10).Draw(t, "text")
		words := search.Tokens(search.Fold(in))
		want := rapid.SliceOfN(rapid.SampledFrom(append(words, "abc", "12", "结")), 2, 4).Draw(t, "words")
		query := strings.Join(want, " ")
		if !slices.Equal(search.Tokens(search.Fold(query)), want) {
			t.Skip("blanks do not keep them apart")
		}
		found := false
		for i := 0; i+len(want) <= len(words); i++ {
			last := want[len(want)-1]
			begins := []rune(last)
			part := len(begins) >= 3 && strings.Trim(last, "0123456789½") != "" && strings.HasPrefix(words[i+len(want)-1], last)
			if slices.Equal(words[i:i+len(want)-1], want[:len(want)-1]) && (words[i+len(want)-1] == last || part) {
				found = true
			}
		}
		if got := compile(query, chat.MatchExact).Match(in); got != found {
			t.Fatalf("%+q in %+q: %v, among its words %+q: %v", query, in, got, words, found)
		}
	})
}

// TestKeysAreWhole checks that the keys of a text are the text, and that its
// words are those of Tokens.
func TestKeysAreWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		folded := search.Fold(text(20).Draw(t, "text"))
		var all string
		var words []string
		search.Keys(folded, func(w string) { all += w; words = append(words, w) }, func(s string) { all += s }, func(string) {})
		if want := strings.ReplaceAll(folded, " ", ""); all != want {
			t.Fatalf("the keys of %+q are %+q", want, all)
		}
		if !slices.Equal(words, search.Tokens(folded)) {
			t.Fatalf("words %q and %q", words, search.Tokens(folded))
		}
	})
}

// TestFindsItself checks that every word of a text is found in it.
func TestFindsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := text(12).Draw(t, "text")
		for _, w := range search.Tokens(search.Fold(in)) {
			if !compile(w, chat.MatchAll).Match(in) {
				t.Fatalf("%+q is not found in %+q", w, in)
			}
		}
		if !compile(in, chat.MatchExact).Match(in) {
			t.Fatalf("%+q is not found in itself", in)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	texts := map[string]string{
		"ascii":    "Please confirm the settlement of US912828ZT04 at 10.1.2.3 before the End of day, thanks",
		"cyrillic": "Пожалуйста, подтвердите расчёт по US912828ZT04 до конца дня, спасибо большое вам всем",
		"chinese":  "请在今天结束之前确认US912828ZT04的结算情况，谢谢。价格是多少？",
	}
	for name, in := range texts {
		for kind, q := range map[string]string{"part": "settlements", "phrase": "end of days", "not": "10.1.2.34"} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				m, n := compile(q, chat.MatchExact), search.Normal(in)
				b.ReportAllocs()
				for b.Loop() {
					m.MatchNormal(n)
				}
			})
		}
	}
}
