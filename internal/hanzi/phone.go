package hanzi

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	phonePattern = regexp.MustCompile(`^(?:1[3-9]\d{9}|0(?:10|2\d|[3-9]\d{2})\d{7,8})$`)
	spokenFigure = strings.NewReplacer("幺", "1", "零", "0", "〇", "0", "一", "1", "二", "2", "两", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")
)

// Phone reads the one telephone number that a text speaks of, in figures or Chinese and with any sign between
// them: a mobile number, or a fixed line with its area code. It gives figures alone.
func Phone(raw string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, spokenFigure.Replace(plain(raw)))
	if len(digits) > 11 { // a country code
		digits = strings.TrimPrefix(strings.TrimPrefix(digits, "00"), "86")
		if !strings.HasPrefix(digits, "0") && !strings.HasPrefix(digits, "1") {
			digits = "0" + digits
		}
	}
	return digits, phonePattern.MatchString(digits)
}
