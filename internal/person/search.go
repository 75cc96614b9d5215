package person

import (
	"regexp"
	"strings"
)

// markForm is what staff type of an alias: "木棉", "4127", "木棉 41", "家长·木棉 4127".
var markForm = regexp.MustCompile(`^(?:(?:家长|同学|老师|访客)\s*[·・.]?\s*)?(\p{Han}*)\s*(\d*)$`)

// MarkPrefixes returns with what the marks begin that a part of an alias can stand for; none where it can stand for none.
// There are some seventy plants, so that a number alone is looked for under each of them, and a search never has to read
// every mark.
func MarkPrefixes(part string) []string {
	m := markForm.FindStringSubmatch(strings.TrimSpace(part))
	if m == nil || m[1] == "" && m[2] == "" {
		return nil
	}
	var out []string
	for _, p := range plants {
		if strings.Contains(p, m[1]) {
			out = append(out, p+" "+m[2])
		}
	}
	return out
}
