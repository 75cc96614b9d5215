package hanzi

import (
	"strconv"
	"strings"
)

// numeral is the pattern of a whole number in figures or in Chinese.
const numeral = `(?:\d{1,4}|[〇零一二两三四五六七八九十百千]{1,8})`

var figures = map[rune]int{
	'〇': 0, '零': 0, '一': 1, '壹': 1, '二': 2, '两': 2, '贰': 2, '三': 3, '叁': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
}

var magnitudes = map[rune]int{'十': 10, '百': 100, '千': 1000}

// whole reads a whole number below 10,000 in figures or in Chinese: 12, 十二, 一百二十, 一百二 (120), 二〇二六.
func whole(s string) (int, bool) {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return n, true
	}
	if s == "" {
		return 0, false
	}
	if !strings.ContainsAny(s, "十百千") {
		return figureByFigure(s)
	}
	sum, digit, last, zero := 0, -1, 0, false
	for _, r := range s {
		if m, ok := magnitudes[r]; ok {
			if last != 0 && m >= last || digit == 0 {
				return 0, false // 十百 is no number
			}
			if digit < 0 {
				digit = 1 // 十二 begins with an unsaid one
			}
			sum, digit, last, zero = sum+digit*m, -1, m, false
			continue
		}
		f, ok := figures[r]
		switch {
		case !ok || digit > 0:
			return 0, false
		case f == 0:
			zero = true
		default:
			digit = f
		}
	}
	switch {
	case digit < 0:
		return sum, true
	case last > 10 && !zero:
		return sum + digit*last/10, true // 一百二 is 120, 一百零二 is 102
	default:
		return sum + digit, true
	}
}

func figureByFigure(s string) (int, bool) {
	n, length := 0, 0
	for _, r := range s {
		f, ok := figures[r]
		if !ok {
			return 0, false
		}
		if length++; length > 4 {
			return 0, false
		}
		n = n*10 + f
	}
	return n, true
}
