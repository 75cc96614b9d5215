package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// The floors are what the questions reach today, a little below. The first file has been looked at; the second was only
// counted. A third set that nobody had counted before was answered rightly at once in 89.0 % and wrongly in 1.9 %.
func TestQuestionsAboutTheServiceGetTheirAnswers(t *testing.T) {
	t.Parallel()
	for file, least := range map[string]int{"questions.jsonl": 90, "questions-more.jsonl": 80} {
		raw, err := os.ReadFile("testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		asked, err := readQuestions(raw)
		if err != nil {
			t.Fatal(err)
		}
		tk, err := newTalker(t.Context(), shipped(t), time.Now, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		defer tk.Close()
		var list strings.Builder
		v, err := judgeFAQ(t.Context(), tk, asked, &list)
		if err != nil {
			t.Fatal(err)
		}
		if right := 100 * (v.Right + v.Led) / v.Answerable; right < least {
			t.Errorf("%s: %d %% are answered rightly at once, at least %d %% are wanted:\n%s", file, right, least, list.String())
		}
		if wrong := 100 * v.Wrong / v.Asked; wrong > 3 {
			t.Errorf("%s: %d %% are answered wrongly, at most 3 %% are wanted:\n%s", file, wrong, list.String())
		}
	}
}
