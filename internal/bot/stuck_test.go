package bot_test

import (
	"strings"
	"testing"
)

// Whoever speaks: three texts that nothing understands end in a question, and only a yes calls a human.
func TestAHumanIsCalledAfterThreeMissesOnlyByAYes(t *testing.T) {
	for name, first := range map[string][]string{
		"nobody in particular": nil,
		"a parent":             {"我是家长"}, "a pupil": {"我是学生"}, "a teacher": {"我是老师"}, "a grandmother": {"我是孩子奶奶"}, "somebody who expects a child": {"我怀孕七个月"},
		"in a questionnaire": {"我是家长", "WHO-5"}, "in a booking": {"我是家长", "预约"},
	} {
		r := newRoom(t)
		waits := func() bool {
			st, err := r.State(t.Context(), someone)
			if err != nil {
				t.Fatal(err)
			}
			return st.Case != "" || st.Waiting
		}
		for _, w := range first {
			r.says(w)
		}
		var last string
		for _, w := range []string{"咕噜", "叽里", "呱啦"} {
			last = r.says(w)
			if waits() {
				t.Fatalf("%s: %q called a human without a word", name, w)
			}
		}
		if !strings.Contains(last, "要不要请") {
			t.Errorf("%s, after three misses: %s", name, last)
		}
		r.says("先不用")
		if waits() {
			t.Errorf("%s: a human was called after a no", name)
		}
		for _, w := range []string{"咕噜", "叽里", "呱啦", "请老师来"} {
			last = r.says(w)
		}
		if !waits() {
			t.Errorf("%s: nobody was called after a yes: %s", name, last)
		}
	}
}
