package xccos_test

import (
	"errors"
	"strings"
	"testing"

	"perch/xccos"
)

// envelope wraps primitives as SIPE does.
func envelope(primitives string) string {
	return `<xccos ver="1" envid="7" xmlns="urn:parlano:xml:ns:xccos">` + primitives + `</xccos>`
}

// posted wraps what stands in a chat element.
func posted(chat string) string {
	return envelope(`<grpchat id="grpchat" seqid="1" chanUri="ma-chan://contoso.com/` + guidA + `"><chat>` + chat + `</chat></grpchat>`)
}

func decode(t testing.TB, body string) *xccos.Envelope {
	t.Helper()
	e, err := xccos.Decode([]byte(body))
	if err != nil {
		t.Fatalf("%v\n%.400s", err, body)
	}
	return e
}

// command decodes one command.
func command(t testing.TB, cmd string) *xccos.Primitive {
	t.Helper()
	return &decode(t, envelope(cmd)).Primitives[0]
}

const joinA = `envelope "7"
command "join", sequence "1"
  names the room "094f5a4a-c492-4f6b-91c2-385eba134fd3" of "contoso.com"
`

// TestTolerance reads one command as anybody may write it (XCCOS 15, 16).
func TestTolerance(t *testing.T) {
	const (
		chanid = `<chanid key="0" domain="contoso.com" value="` + guidA + `"/>`
		cmd    = `<cmd id="cmd:join" seqid="1"><data>` + chanid + `</data></cmd>`
	)
	for name, body := range map[string]string{
		"as SIPE writes it":        envelope(cmd),
		"order of attributes":      `<xccos xmlns="urn:parlano:xml:ns:xccos" envid="7" ver="1"><cmd seqid="1" id="cmd:join"><data><chanid value="` + guidA + `" domain="contoso.com" key="0"/></data></cmd></xccos>`,
		"single quotes":            strings.ReplaceAll(envelope(cmd), `"`, `'`),
		"the other quote inside":   envelope(`<cmd id="cmd:join" seqid="1" note='say "x"' also="it's"><data>` + chanid + `</data></cmd>`),
		"blanks in tags":           envelope("<cmd\r\n\tid = \"cmd:join\"\n seqid= '1' ><data >" + chanid + "</data\n></cmd >"),
		"blanks between elements":  "\r\n " + strings.ReplaceAll(envelope(cmd), "><", ">\r\n\t <") + "\n\n",
		"XML declaration":          `<?xml version="1.0" encoding="utf-8"?>` + "\r\n" + envelope(cmd),
		"byte order mark":          "\ufeff" + envelope(cmd),
		"mark and declaration":     "\ufeff<?xml version='1.0'?>" + envelope(cmd),
		"comments":                 `<!-- a --><!---->` + envelope(`<!-- <cmd id="cmd:part"/> -->`+cmd+`<!-- > -->`) + `<!-- z -->`,
		"processing instructions":  `<?a?>` + envelope(`<?b c="?" > ?>`+cmd) + `<?z ??>`,
		"prefix":                   `<x:xccos xmlns:x="urn:parlano:xml:ns:xccos" ver="1" envid="7"><x:cmd id="cmd:join" x:seqid="1"><x:data><x:chanid x:key="0" domain="contoso.com" value="` + guidA + `"/></x:data></x:cmd></x:xccos>`,
		"no namespace":             `<xccos envid="7">` + cmd + `</xccos>`,
		"declarations are no ids":  `<xccos xmlns:envid="urn:a" ver="1" envid="7"><cmd xmlns:id="urn:b" id="cmd:join" xmlns:seqid="urn:c" seqid="1"><data>` + chanid + `</data></cmd></xccos>`,
		"case of names":            `<XCCOS EnvID="7"><Cmd ID="CMD:Join" SeqID="1"><Data><ChanID Domain="CONTOSO.com" Value="` + strings.ToUpper(guidA) + `"/></Data></Cmd></XCCOS>`,
		"id without its prefix":    envelope(`<cmd id="join" seqid="1"><data>` + chanid + `</data></cmd>`),
		"unknown elements":         envelope(`<note><cmd id="cmd:part"/></note><cmd id="cmd:join" seqid="1"><x/><data><new a="b">c<d/></new>` + chanid + `<x>y</x></data><more/></cmd><err/>`),
		"unknown attributes":       `<xccos a="b" envid="7" c=""><cmd x="y" id="cmd:join" seqid="1" z="&lt;"><data q="r"><chanid new="1" domain="contoso.com" value="` + guidA + `"/></data></cmd></xccos>`,
		"the first of two counts":  `<xccos envid="7" envid="8"><cmd id="cmd:join" id="cmd:part" seqid="1"><data>` + chanid + `</data></cmd></xccos>`,
		"entities in attributes":   envelope(`<cmd id="cmd&#58;j&#x6F;in" seqid="&#49;"><data><chanid domain="contoso&#x2e;com" value="` + guidA + `"/></data></cmd>`),
		"chanib":                   envelope(`<cmd id="cmd:join" seqid="1"><data><chanib uri="ma-chan://contoso.com/` + guidA + `"/></data></cmd>`),
		"chanib in another case":   envelope(`<cmd id="cmd:join" seqid="1"><data><chanib URI="MA-CHAN://Contoso.COM/` + strings.ToUpper(guidA) + `"/></data></cmd>`),
		"an attribute ends in Uri": envelope(`<cmd id="cmd:join" seqid="1"><data><ftdb someUri="sip:x" channelUri="ma-chan://contoso.com/` + guidA + `"/></data></cmd>`),
		"several prefixes":         `<:xccos envid="7"><a:b:cmd id="cmd:join" a:b:seqid="1"><:data>` + chanid + `</:data></a:b:cmd></:xccos>`,
		"letters of names":         envelope(`<ZÀ-AZaz.09_ _="" À09.-Z="">` + "\u0140" + `</ZÀ-AZaz.09_>` + cmd),
		"thirty-two deep":          envelope(cmd + strings.Repeat("<a>", 30) + "<b/>" + strings.Repeat("</a>", 30)),
		"64 attributes":            envelope(`<cmd id="cmd:join" seqid="1"` + strings.Repeat(` xmlns:n=""`, 9) + strings.Repeat(` a=""`, 62) + `><data>` + chanid + `</data></cmd>`),
		"8192 elements":            envelope(cmd + strings.Repeat("<a/>", 8192-4)),
	} {
		t.Run(name, func(t *testing.T) {
			if got := describe(decode(t, body)); got != joinA {
				t.Errorf("it was read as\n%s", got)
			}
		})
	}
}

// TestSeveral reads several primitives of one envelope, in order (XCCOS 2).
func TestSeveral(t *testing.T) {
	e := decode(t, envelope(`<cmd id="cmd:getinv" seqid="1"><data><inv inviteId="4"/></data></cmd><grpchat seqid="2" chanUri="ma-chan://d/g"><chat>x</chat></grpchat>`+
		`<rpl id="rpl:x" seqid="3"/><ntc id="ntc:y" seqid="4"><data/></ntc><cmd id="cmd:bccontext" seqid="5"><data><chanib uri="ma-chan://d/g"/><bcq><last cnt="25"/></bcq></data></cmd>`))
	defer e.Release()
	golden(t, "testdata/several.golden", describe(e))
	e = decode(t, envelope(strings.Repeat(`<cmd id="cmd:requri"/>`, xccos.MaxPrimitives)))
	if len(e.Primitives) != xccos.MaxPrimitives {
		t.Errorf("%d commands were read", len(e.Primitives))
	}
}

// TestText reads what stands in a chat element byte for byte (XCCOS 3.9).
func TestText(t *testing.T) {
	for in, want := range map[string]string{
		``:                                       ``,
		` `:                                      ` `,
		"a\r\nb":                                 "a\r\nb", // as SIPE sends it
		"a\nb\rc\td":                             "a\nb\rc\td",
		"a&#13;\nb&#xD;&#10;c":                   "a\r\nb\r\nc",
		`&lt;&gt;&amp;&quot;&apos;`:              `<>&"'`,
		`&amp;lt;`:                               `&lt;`,
		`&#65;&#x41;&#x1F600;&#x10FFFF;&#9;`:     "AA\U0001F600\U0010FFFF\t",
		`&#32;&#xD7FF;&#xE000;&#xFFFD;&#x10000;`: " \ud7ff\ue000\ufffd\U00010000",
		`&#00000065;&#x000041;`:                  "AA",
		"äöü €\u200b\ufeff\U0001F600\x7f\u0085": "äöü €\u200b\ufeff\U0001F600\x7f\u0085",
		"\ufffd\uffee\ue000":                    "\ufffd\uffee\ue000",
		`a > b ]] > " '`:                        `a > b ]] > " '`,
		`<![CDATA[<a> & ]] &amp;]]>`:            `<a> & ]] &amp;`,
		`a<![CDATA[b]]>c<![CDATA[]]>d`:          `abcd`,
		`a<!-- x -->b<?y z?>c&amp;d`:            `abc&d`,
		`a<i>not <b>this</b></i>b`:              `ab`,
		`<![CDATA[]]]]><![CDATA[>]]>`:           `]]>`,
	} {
		e := decode(t, posted(in))
		if got := e.Primitives[0].Post(); got.Chat != want || !got.OK || got.Room.GUID != guidA {
			t.Errorf("%q was read as %q in %+v", in, got.Chat, got.Room)
		}
		e.Release()
	}
}

// TestStringsOutliveRelease checks that nothing that was read out of an
// envelope changes when its memory serves the next one.
func TestStringsOutliveRelease(t *testing.T) {
	body := []byte(posted("first &amp; foremost"))
	e := decode(t, string(body))
	p := e.Primitives[0].Post()
	id, seq := e.ID, e.Primitives[0].Seq
	e.Release()
	for range 4 {
		decode(t, strings.ReplaceAll(posted("other &amp; otherwise"), "7", "8")).Release()
	}
	if p.Chat != "first & foremost" || p.Room.GUID != guidA || id != "7" || seq != "1" {
		t.Errorf("%+v, %q, %q", p, id, seq)
	}
}

// TestReleasedTwice checks that the memory of an envelope is given back once:
// two users of it would read each other's text.
func TestReleasedTwice(t *testing.T) {
	e := decode(t, posted("x"))
	e.Release()
	e.Release()
	a, b := decode(t, posted("first &amp;")), decode(t, posted("second &amp;"))
	if got := a.Primitives[0].Post().Chat + b.Primitives[0].Post().Chat; got != "first &second &" {
		t.Errorf("%q", got)
	}
}

// TestRefusals checks what is refused, and what the sender is told.
func TestRefusals(t *testing.T) {
	const laughs = `<!DOCTYPE xccos [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>`
	xml, not := "not well-formed XML at byte ", "not an XCCOS envelope: "
	for name, c := range map[string]struct{ body, want string }{
		"billion laughs":             {laughs + posted("&c;"), xml + "0: a document type is not accepted"},
		"outside file":               {`<!DOCTYPE xccos SYSTEM "file:///etc/passwd">` + posted("x"), xml + "0: a document type is not accepted"},
		"declaration inside":         {posted(`<!ENTITY a "b">`), xml + "165: a document type is not accepted"},
		"entity of one's own":        {posted("&c;"), xml + "165: an entity that is not known"},
		"entity of HTML":             {posted("a&nbsp;b"), xml + "166: an entity that is not known"},
		"behind known ones":          {posted("&lt;&amp;&c;&d;"), xml + "174: an entity that is not known"},
		"entity without a name":      {posted("&;"), xml + "165: an entity that is not known"},
		"entity without a number":    {posted("&#;"), xml + "165: an entity that is not known"},
		"number without its #":       {posted("&a65;"), xml + "165: an entity that is not known"},
		"lone &":                     {posted("R&D"), xml + "166: an & that begins no entity"},
		"endless entity":             {posted("&#x0000000000041;"), xml + "165: an & that begins no entity"},
		"entity in other case":       {posted("&AMP;"), xml + "165: an entity that is not known"},
		"NUL by number":              {posted("&#0;"), xml + "165: an entity that is not known"},
		"surrogate by number":        {posted("&#xD83D;&#xDE00;"), xml + "165: an entity that is not known"},
		"U+FFFF by number":           {posted("&#xFFFF;"), xml + "165: an entity that is not known"},
		"beyond Unicode":             {posted("&#x110000;"), xml + "165: an entity that is not known"},
		"number that overflows":      {posted("&#4294967361;"), xml + "165: an entity that is not known"},
		"number without digits":      {posted("&#x;"), xml + "165: an entity that is not known"},
		"capital X":                  {posted("&#X41;"), xml + "165: an entity that is not known"},
		"NUL in text":                {posted("a\x00"), xml + "166: a character that XML does not allow"},
		"escape in text":             {posted("\x1b[2J"), xml + "165: a character that XML does not allow"},
		"NUL in CDATA":               {posted("<![CDATA[a\x00]]>"), xml + "175: a character that XML does not allow"},
		"NUL in an attribute":        {envelope("<cmd id='\x00'/>"), xml + "67: a character that XML does not allow"},
		"control in a name":          {envelope("<cmd\x01/>"), xml + "62: a character that XML does not allow"},
		"control in a comment":       {posted("<!--\x01-->"), xml + "169: a character that XML does not allow"},
		"form feed outside":          {"\f" + posted("x"), xml + "0: a character that XML does not allow"},
		"U+FFFE":                     {posted("\ufffe"), xml + "165: a character that XML does not allow"},
		"U+FFFF":                     {posted("x\uffff"), xml + "166: a character that XML does not allow"},
		"Latin-1":                    {posted("a\ufffd\xe4"), xml + "169: the text is not UTF-8"},
		"UTF-8 cut short":            {posted("\xe2\x82"), xml + "165: the text is not UTF-8"},
		"surrogates in UTF-8":        {posted("\xed\xa0\xbd\xed\xb8\x80"), xml + "165: the text is not UTF-8"},
		"UTF-16":                     {"\xff\xfe<\x00x\x00", xml + "0: the text is not UTF-8"},
		"nothing":                    {"", xml + "0: there is no element"},
		"only a mark":                {"\ufeff \r\n", xml + "6: there is no element"},
		"only a comment":             {"<!-- x -->", xml + "10: there is no element"},
		"text before":                {"x" + posted("y"), xml + "0: text outside of the document"},
		"text behind":                {"<xccos/>x", xml + "8: text outside of the document"},
		"no-break space behind":      {"<xccos/>\u00a0", xml + "8: text outside of the document"},
		"CDATA outside":              {"<![CDATA[x]]><xccos/>", xml + "0: text outside of the document"},
		"two documents":              {"<xccos/><xccos/>", xml + "8: a second document follows"},
		"not ended":                  {`<xccos><cmd id="cmd:x">`, xml + "23: the document ends within an element"},
		"ended within text":          {`<xccos>abc`, xml + "10: the document ends within an element"},
		"ended within a tag":         {`<xccos ver="1" `, xml + "15: the document ends within a tag"},
		"ended behind <":             {`<xccos><`, xml + "7: the document ends within a tag"},
		"ended within an end tag":    {`<xccos></xccos`, xml + "7: an end tag that does not fit"},
		"ended within a value":       {`<xccos ver="1>`, xml + "12: an attribute value without end"},
		"ended behind a blank":       {`<xccos ver= `, xml + "12: an attribute value without quotes"},
		"ended behind /":             {`<xccos /`, xml + "7: a stray /"},
		"ended behind =":             {`<xccos ver=`, xml + "10: an attribute without a value"},
		"comment not ended":          {`<xccos><!-- x ->`, xml + "7: missing -->"},
		"comment ends as it begins":  {`<!--><xccos/>`, xml + "0: missing -->"},
		"instruction not ended":      {`<?xml version="1.0">`, xml + "0: missing ?>"},
		"instruction ends at once":   {`<?><xccos/>`, xml + "0: missing ?>"},
		"CDATA not ended":            {posted(`<![CDATA[x]>`), xml + "165: missing ]]>"},
		"other end tag":              {envelope(`<cmd id="cmd:x"><data></cmd></data>`), xml + "80: an end tag that does not fit"},
		"end tag in other case":      {`<xccos></XCCOS>`, xml + "7: an end tag that does not fit"},
		"end tag with other prefix":  {`<a:xccos></b:xccos>`, xml + "9: an end tag that does not fit"},
		"end tag with an attribute":  {`<xccos></xccos ver="1">`, xml + "7: an end tag that does not fit"},
		"end tag too many":           {`<xccos/></xccos>`, xml + "8: an end tag that does not fit"},
		"no name":                    {`<xccos>< cmd/></xccos>`, xml + "8: a tag without a name"},
		"digit first":                {`<1xccos/>`, xml + "1: a tag without a name"},
		"attribute without a value":  {`<xccos ver/>`, xml + "10: an attribute without a value"},
		"attribute without a name":   {`<xccos ="1"/>`, xml + "7: an attribute without a value"},
		"value without quotes":       {`<xccos ver=1/>`, xml + "11: an attribute value without quotes"},
		"< in a value":               {`<xccos ver="<"/>`, xml + "12: a < in an attribute"},
		"lone & in a value":          {`<xccos ver="a&b"/>`, xml + "13: an & that begins no entity"},
		"stray /":                    {`<xccos / >`, xml + "7: a stray /"},
		"thirty-three deep":          {envelope(strings.Repeat("<a>", 31) + "<b/>"), xml + "151: elements are nested too deep"},
		"65 attributes":              {`<xccos` + strings.Repeat(` a=""`, 65) + `/>`, xml + "331: too many attributes"},
		"8193 elements":              {`<xccos>` + strings.Repeat(`<a/>`, 8192) + `</xccos>`, xml + "32771: too many elements"},
		"65 commands":                {envelope(strings.Repeat(`<cmd id="cmd:x"/>`, 65)), not + "more than 64 commands"},
		"another document":           {`<html><body/></html>`, not + "the document is <html>"},
		"another one with long name": {`<` + strings.Repeat("x", 100) + `/>`, not + "the document is <" + strings.Repeat("x", 40) + ">"},
		"no command":                 {`<xccos ver="1"/>`, not + "it holds no command and no message"},
		"nothing known":              {envelope(`<data><cmd id="cmd:x"/></data>`), not + "it holds no command and no message"},
		"command without an id":      {envelope(`<cmd seqid="1"><data/></cmd>`), not + "a <cmd> without an id"},
		"command with an empty id":   {envelope(`<cmd id="cmd:"/>`), not + "a <cmd> without an id"},
		"notice without an id":       {envelope(`<NTC/>`), not + "a <NTC> without an id"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := xccos.Decode([]byte(c.body))
			if err == nil {
				t.Fatalf("it was read as\n%s", describe(e))
			}
			if err.Error() != c.want {
				t.Errorf("%q\nshould be\n%q", err, c.want)
			}
			if errors.Is(err, xccos.ErrEnvelope) != strings.HasPrefix(c.want, not) {
				t.Errorf("the kind of %v", err)
			}
		})
	}
}

// TestMissing checks that a command that does not say what it should is read
// as one that says nothing, for its verb to refuse.
func TestMissing(t *testing.T) {
	for _, cmd := range []string{
		`<cmd id="cmd:x"/>`,
		`<cmd id="cmd:x"><data/></cmd>`,
		`<cmd id="cmd:x"><data>text</data></cmd>`,
		`<cmd id="cmd:x"><data><chanid/><chanib/><bcq/><inv/><sib/><qib/><association/><pref/></data></cmd>`,
		`<cmd id="cmd:x"><data><chanid domain="d" value=""/><chanib uri="sip:x"/><chanib uri="ma-chan://d"/><chanib uri="ma-chan://d/"/><chanib uri="ma-cha"/>` +
			`<bcq><last cnt="-1"/></bcq><inv inviteId="-3"/><sib infoType=""/><association type="X" maxResults="-2"/><qib maxResults="99999999999999999999" extended="1"/><pref seqid="1.5"/></data></cmd>`,
		`<grpchat/>`,
		`<grpchat chanUri="ma-chan://d"/>`,
	} {
		p := command(t, cmd)
		if r := p.Rooms(); len(r) != 0 {
			t.Errorf("%s names %v", cmd, r)
		}
		if p.Last() != 0 || p.InvitationsAfter() != 0 || p.ServerInfo() != "123" || p.Seq != "" {
			t.Errorf("%s: %d, %d, %q, %q", cmd, p.Last(), p.InvitationsAfter(), p.ServerInfo(), p.Seq)
		}
		if p.Query() != (xccos.Query{}) || p.Association() != (xccos.Association{}) || p.Pref() != (xccos.Pref{}) || p.Post() != (xccos.Post{}) {
			t.Errorf("%s: %+v, %+v, %+v, %+v", cmd, p.Query(), p.Association(), p.Pref(), p.Post())
		}
	}
	if p := new(xccos.Primitive).Post(); p != (xccos.Post{}) {
		t.Errorf("%+v of no element", p)
	}
	if q := command(t, `<cmd id="cmd:x"><data><qib maxResults="-2"/></data></cmd>`).Query(); q != (xccos.Query{}) {
		t.Errorf("%+v", q)
	}
	var none xccos.Element
	if none.Exists() || none.Is("") || none.Name() != "" || none.Text() != "" || none.Attr("id") != "" || none.Child("x").Exists() || none.Int("x", 5) != 5 || none.Bool("x") {
		t.Error("the zero element has something")
	}
}

// TestQueries reads every attribute that the verbs know, in any case and with
// blanks around it (XCCOS 4.3, 4.10, 4.11).
func TestQueries(t *testing.T) {
	p := command(t, `<cmd id="cmd:x"><data><qib qType="byName" criteria="&lt;R&amp;D&gt;" extended="TRUE" matchAll="false" maxResults=" 20 "/>`+
		`<association type="manager" maxResults="5"/><pref label="a b" seqid="9223372036854775807" content=""/><sib infoType="2"/></data></cmd>`)
	if q := p.Query(); q != (xccos.Query{Type: "BYNAME", Criteria: "<R&D>", Descriptions: true, MaxResults: 20}) {
		t.Errorf("%+v", q)
	}
	if a := p.Association(); a != (xccos.Association{Manager: true, MaxResults: 5}) {
		t.Errorf("%+v", a)
	}
	if f := p.Pref(); f != (xccos.Pref{Label: "a b", Seq: 9223372036854775807, Has: true}) || p.ServerInfo() != "2" {
		t.Errorf("%+v, %q", f, p.ServerInfo())
	}
	p = command(t, `<cmd id="cmd:x"><data><qib extended="no" matchall=" True "/><association type="MEMBER"/></data></cmd>`)
	if q, a := p.Query(), p.Association(); q != (xccos.Query{MatchAll: true}) || a.Manager {
		t.Errorf("%+v, %+v", q, a)
	}
}

// TestSource checks that a log gets the body it came in, but not all of a long one.
func TestSource(t *testing.T) {
	body := envelope(`<cmd id="cmd:x"/>` + strings.Repeat(" ", 5000))
	if got := decode(t, body).Primitives[0].Source(); got != body[:4096] {
		t.Errorf("%d bytes", len(got))
	}
	if got := new(xccos.Primitive).Source(); got != "" {
		t.Errorf("%q of nothing", got)
	}
}
