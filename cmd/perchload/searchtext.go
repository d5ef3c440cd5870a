package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// writer makes texts like those of a trading desk's rooms. A message depends
// on its number alone, so that what is looked for can be taken from messages
// that were stored long ago.
type writer struct {
	words []string // by rank
}

// frequent are the words that begin the vocabulary.
const frequent = `the to of a and in is for on we at it that be you i with this as not are have from will or can by if was an do your
me please need but all they has no our so up there what out time today just new get know about client trade price order market team
thanks see now rate day week bond fund desk risk check send when who more which one how now buy sell confirm still good morning update
end position trading settlement yield spread curve swap dollar euro sterling equity options future futures index volume limit stop bid
offer quote fill filled cancel amend allocation booking booked desk london york tokyo frankfurt issue ticket server feed system status
call meeting report numbers data close open closing opening month quarter target level support resistance break high low flat long
short hedge delta gamma exposure margin collateral repo funding cash flow flows account broker counterparty compliance approval approved
pending failed failing rejected reject error problem fix fixed working looking waiting`

// vocabularySize is how many words there are, and how many things of each kind
// are named by an identifier, an address or a page.
const (
	vocabularySize = 80_000
	identifiers    = 300_000
	hosts          = 40_000
	pages          = 60_000
	tickers        = 6_000
)

func newWriter() *writer {
	w := &writer{words: strings.Fields(frequent)}
	r := rand.New(rand.NewPCG(1, 1))
	const consonants, vowels = "bcdfghklmnprstvw", "aeiou"
	endings := []string{"", "", "", "s", "ing", "ed", "ment", "er", "ion", "al", "ly"}
	for len(w.words) < vocabularySize {
		var b strings.Builder
		for range 1 + r.IntN(3) {
			b.WriteByte(consonants[r.IntN(len(consonants))])
			b.WriteByte(vowels[r.IntN(len(vowels))])
			if r.IntN(2) == 0 {
				b.WriteByte(consonants[r.IntN(len(consonants))])
			}
		}
		w.words = append(w.words, b.String()+endings[r.IntN(len(endings))])
	}
	return w
}

// rank draws from n things, of which the first are much more frequent.
func rank(r *rand.Rand, n int) int {
	const skew, flat = 1.05, 3
	return int(rand.NewZipf(r, skew, flat, uint64(n-1)).Uint64())
}

func (w *writer) word(r *rand.Rand) string { return w.words[rank(r, len(w.words))] }

// source is the chance of one message.
func source(message int) *rand.Rand { return rand.New(rand.NewPCG(7, uint64(message))) }

// identifier is like US912828ZT04, ticker like VOD.L.
func identifier(n int) string {
	const digits = "0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
	b := []byte([...]string{"US", "GB", "DE", "XS", "FR", "JP"}[n%6] + "000000000")
	for i, v := 2, n*2654435761%4_000_000_000; v > 0 && i < len(b); i, v = i+1, v/len(digits) {
		b[i] = digits[v%len(digits)]
	}
	return string(b) + string('0'+rune(n%10))
}

func ticker(n int) string {
	s := ""
	for v := n + 26; v > 0; v /= 26 {
		s += string(rune('A' + v%26))
	}
	return s + [...]string{".L", ".N", ".DE", ".PA", ".T"}[n%5]
}

func address(n int) string { return fmt.Sprintf("10.%d.%d.%d", n>>12&0xF, n>>5&0x7F, n&0x1F) }

func (w *writer) page(n int) string {
	return fmt.Sprintf("https://%s.example.com/%s/%s?id=%d", w.words[100+n%50], w.words[200+n%700], w.words[1000+n%5000], n)
}

const (
	chinese = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严"
	russian = "и в не на что с как это по но за из у то же мы все вы от так бы уже для или если нет да когда сегодня завтра рынок цена курс сделка клиент заявка расчёт ставка облигация акция валюта доллар евро рубль отчёт проверка подтверждение лимит позиция портфель риск утро вечер спасибо пожалуйста хорошо готово ошибка система сервер данные открытие закрытие покупка продажа объём договор платёж перевод счёт баланс остаток дата время срок период месяц неделя день"
)

// text is the message of a number.
func (w *writer) text(message int) string {
	r := source(message)
	switch p := r.IntN(100); {
	case p < 5:
		return w.foreign(r, func() string { return w.chinese(r) }, "，")
	case p < 10:
		words := strings.Fields(russian)
		return w.foreign(r, func() string { return words[rank(r, len(words))] }, " ")
	}
	var b strings.Builder
	n := 2 + int(r.ExpFloat64()*11)
	for i := range min(n, 150) {
		s := w.piece(r)
		if i == 0 {
			s = strings.ToUpper(s[:1]) + s[1:]
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(s)
		if r.IntN(9) == 0 {
			b.WriteByte(",.;:?!"[r.IntN(6)])
		}
	}
	return b.String()
}

// piece is one word of a text, or what stands for one.
func (w *writer) piece(r *rand.Rand) string {
	switch p := r.IntN(1000); {
	case p < 6:
		return identifier(rank(r, identifiers))
	case p < 14:
		return ticker(rank(r, tickers))
	case p < 17:
		return address(rank(r, hosts))
	case p < 20:
		return w.page(rank(r, pages))
	case p < 50:
		return fmt.Sprintf("%d.%02d", r.IntN(200), r.IntN(100))
	case p < 70:
		return fmt.Sprint(r.IntN(1 << uint(r.IntN(24))))
	case p < 85:
		return w.word(r) + "-" + w.word(r)
	case p < 92:
		return [...]string{":-)", "👍", "!!", "->", "@all"}[r.IntN(5)]
	case p < 96:
		return w.chinese(r)
	}
	return w.word(r)
}

func (w *writer) chinese(r *rand.Rand) string {
	all := []rune(chinese)
	out := make([]rune, 2+r.IntN(8))
	for i := range out {
		out[i] = all[rank(r, len(all))]
	}
	return string(out)
}

// foreign is a text in another script with a few of the usual words in it.
func (w *writer) foreign(r *rand.Rand, word func() string, between string) string {
	var parts []string
	for range 2 + r.IntN(12) {
		if r.IntN(8) == 0 {
			parts = append(parts, w.piece(r))
		} else {
			parts = append(parts, word())
		}
	}
	return strings.Join(parts, between)
}
