// Package hanzi is what Chinese words say, read in one way for the whole product: the form in which texts are compared,
// and which choice a number means. It knows nothing of flows, danger or bookings.
package hanzi

import (
	_ "embed"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// simplifiedPairs are traditional characters, each followed by its simplified form (from OpenCC's character table,
// Apache-2.0). A character table keeps every offset; phrases are not converted.
//
//go:embed simplified.txt
var simplifiedPairs string

var simplified = func() []uint16 {
	m := make([]uint16, 1<<16)
	rs := []rune(strings.TrimSpace(simplifiedPairs))
	for i := 0; i+1 < len(rs); i += 2 {
		if rs[i] < 1<<16 && rs[i+1] < 1<<16 {
			m[rs[i]] = uint16(rs[i+1])
		}
	}
	return m
}()

// Simplified is the simplified form of a traditional character, and any other rune itself.
func Simplified(r rune) rune {
	if 0x3000 <= r && r < 1<<16 && simplified[r] != 0 {
		return rune(simplified[r])
	}
	return r
}

// Fold brings a text to the form in which words are compared: one width, lower case, simplified script, without space,
// punctuation and pictures.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		r = Simplified(r)
		if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}

var numerals = map[string]int{
	"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "两": 2, "壹": 1, "贰": 2, "叁": 3,
	"十一": 11, "十二": 12, "十三": 13, "十四": 14, "十五": 15, "十六": 16, "十七": 17, "十八": 18, "十九": 19, "二十": 20,
}

// Ordinal reads which choice a folded text means: 3, ３, ③, 3️⃣, 三, 第三个, 选3; 0 where it says no such thing.
func Ordinal(folded string) int {
	s := strings.TrimPrefix(strings.TrimPrefix(folded, "我选"), "选")
	s = strings.TrimPrefix(s, "第")
	for _, unit := range []string{"个", "项", "题", "条", "种", "号"} {
		s = strings.TrimSuffix(s, unit)
	}
	if n, ok := numerals[s]; ok {
		return n
	}
	if len(s) > 0 && len(s) < 3 {
		if n, err := strconv.Atoi(s); err == nil && n > 0 {
			return n
		}
	}
	return 0
}
