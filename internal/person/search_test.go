package person_test

import (
	"slices"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/person"
)

func TestAPartOfAnAliasIsLookedForByTheBeginningsOfMarks(t *testing.T) {
	for part, want := range map[string]struct {
		with string
		n    int
	}{
		"家长·木棉 4127": {"木棉 4127", 1}, "同学木棉4127": {"木棉 4127", 1}, " 木棉 41 ": {"木棉 41", 1}, "木棉": {"木棉 ", 1},
		"叶榕": {"细叶榕 ", 2}, "榕": {"榕树 ", 3},
		"什么花也不是": {"", 0}, "'; DROP TABLE": {"", 0}, "": {"", 0}, "家长": {"", 0}, "木棉 4127 紫荆": {"", 0},
	} {
		got := person.MarkPrefixes(part)
		if len(got) != want.n || want.n > 0 && !slices.Contains(got, want.with) {
			t.Errorf("MarkPrefixes(%q) = %q, want %d with %q", part, got, want.n, want.with)
		}
	}
	if n := len(person.MarkPrefixes("4127")); n < 60 || n > 100 {
		t.Errorf("a number alone is looked for under %d plants, want each of them", n)
	}
}
