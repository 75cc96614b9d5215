package hanzi

import (
	"regexp"
	"strings"
)

var (
	phonePattern = regexp.MustCompile(`^(?:1[3-9]\d{9}|0(?:10|2\d|[3-9]\d{2})\d{7,8})$`)
	phoneRun     = regexp.MustCompile(`\+?[\d(][\d \-().]*\d`)
	extension    = regexp.MustCompile(`^(?:转|分机|#)\d`)
	spokenFigure = strings.NewReplacer("幺", "1", "零", "0", "〇", "0", "一", "1", "二", "2", "两", "2", "三", "3", "四", "4", "五", "5", "六", "6", "七", "7", "八", "8", "九", "9")
)

// Phone reads the one telephone number that a text speaks of, in figures or Chinese and with signs between them: a
// mobile number, or a fixed line with its area code. It gives figures alone. Other numbers in the text may stand beside
// it, a second telephone number or an extension may not.
func Phone(text string) (string, bool) {
	s := spokenFigure.Replace(plain(text))
	found := ""
	for _, at := range phoneRun.FindAllStringIndex(s, -1) {
		digits := onlyFigures(s[at[0]:at[1]])
		if len(digits) > 11 { // a country code
			digits = strings.TrimPrefix(strings.TrimPrefix(digits, "00"), "86")
			if !strings.HasPrefix(digits, "0") && !strings.HasPrefix(digits, "1") {
				digits = "0" + digits
			}
		}
		switch {
		case phonePattern.MatchString(digits) && !extension.MatchString(s[at[1]:]) && (found == "" || found == digits):
			found = digits
		case len(digits) > 6: // a number that is none, beside one that is
			return "", false
		}
	}
	return found, found != ""
}

func onlyFigures(s string) string {
	return strings.Map(func(r rune) rune {
		if figure(r) {
			return r
		}
		return -1
	}, s)
}
