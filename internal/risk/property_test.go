package risk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestHarmlessTextAddedHidesNoDanger(t *testing.T) {
	j := judge(t)
	dangers := []string{"我不想活了", "今晚我想死", "我刚吞了一瓶药", "活着没意思", "我同学说她想自杀", "我又割手了", "女儿说不想活了", "他站在天台上说要跳下去"}
	harmless := []string{"今天天气真好。", "我想预约。", "谢谢老师。", "孩子三年级。", "怎么取消预约？", "刚打完一局游戏。", "他在看电影。", "队友都在。", "作文写完了。"}
	tails := []string{"。", "，弟弟在打游戏。", "，刚看完一部电影。", "，队友在催我。"}
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(dangers).Draw(t, "danger")
		before := rapid.SliceOfN(rapid.SampledFrom(harmless), 0, 5).Draw(t, "before")
		after := rapid.SliceOfN(rapid.SampledFrom(harmless), 0, 5).Draw(t, "after")
		text := strings.Join(before, "") + d + rapid.SampledFrom(tails).Draw(t, "tail") + strings.Join(after, "")
		alone, with := j.Read(d), j.Read(text)
		least := alone.Level // the floor takes nothing back
		if alone.Rule == RuleLearned {
			least = Medium // the reader weighs the whole text, and still notices
		}
		if !with.Level.AtLeast(least) {
			t.Fatalf("%s is %s, but %s with harmless text: %s", d, alone.Level, with.Level, text)
		}
	})
}

func TestDisguiseNeverHidesAListedWord(t *testing.T) {
	j := judge(t)
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"我想自杀", "不想活了", "我想死", "活不下去", "想结束生命"}).Draw(t, "word")
		sep := rapid.SampledFrom([]string{"", " ", ".", "*", "\u200b", "🔪", "，", "…", "-"}).Draw(t, "separator")
		var b strings.Builder
		for i, r := range []rune(word) {
			if i > 0 {
				b.WriteString(sep)
			}
			b.WriteString(strings.Repeat(string(r), rapid.IntRange(1, 3).Draw(t, "times")))
		}
		if r := j.Read(b.String()); !r.Level.AtLeast(High) {
			t.Fatalf("%q read %s", b.String(), r.Level)
		}
	})
}

func checkMatches(t interface{ Fatalf(string, ...any) }, j *Judge, text string) {
	if !utf8.ValidString(text) {
		return
	}
	rs := []rune(text)
	for _, m := range j.Read(text).Matches {
		if m.Start < 0 || m.End > len(rs) || m.Start >= m.End || string(rs[m.Start:m.End]) != m.Text {
			t.Fatalf("match %+v does not stand there in %q", m, text)
		}
	}
}

func TestMatchesStandWhereTheySay(t *testing.T) {
	j := judge(t)
	rapid.Check(t, func(t *rapid.T) {
		checkMatches(t, j, rapid.String().Draw(t, "a")+"我想自 杀zi sha"+rapid.String().Draw(t, "b"))
	})
	checkMatches(t, j, strings.Repeat("天气很好，", 2000)+"我不想活了")
	if r := j.Read(strings.Repeat("天气很好，", 2000) + "我不想活了"); r.Level != High {
		t.Errorf("danger at the end of 10,000 characters read %s", r.Level)
	}
}

func FuzzRead(f *testing.F) {
	j := judge(f)
	for _, s := range []string{"", "我不想活了", "zi sha", "\xff", "歹匕", strings.Repeat("死", 5000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r := j.Read(s); !r.Level.Valid() || r.Score < 0 || r.Score > 1 {
			t.Fatalf("impossible reading %+v", r)
		}
		checkMatches(t, j, s)
	})
}

func TestLowSignsAddUpAndALevelStays(t *testing.T) {
	at := time.Date(2026, 1, 1, 20, 0, 0, 0, time.UTC)
	var m Memory
	var l Level
	for i, want := range []Level{Low, Low, Medium} {
		if m, l = m.Add(Reading{Level: Low}, at.Add(time.Duration(i)*time.Minute)); l != want {
			t.Errorf("after %d low signs the conversation is %s, want %s", i+1, l, want)
		}
	}
	m, _ = m.Add(Reading{Level: High}, at)
	if m, l = m.Add(Reading{Level: None}, at.Add(100*time.Hour)); l != High {
		t.Errorf("a quiet message lowered the level to %s", l)
	}
	if raw, err := json.Marshal(m); err != nil || len(raw) >= 300 {
		t.Errorf("memory is %d bytes (%v), want under 300", len(raw), err)
	}
	m = Memory{}
	for i := range 4 {
		if m, l = m.Add(Reading{Level: Low}, at.Add(time.Duration(i)*30*time.Minute)); l != Low {
			t.Errorf("low signs half an hour apart read %s", l)
		}
	}
}

func TestScanAnswersEveryLineInOrder(t *testing.T) {
	var out bytes.Buffer
	err := Scan(t.Context(), judge(t), strings.NewReader("{\"text\":\"我不想活了\"}\nnonsense\n{\"text\":\"你好\"}\n"), &out)
	if !errors.Is(err, ErrBadLines) {
		t.Errorf("error is %v, want ErrBadLines", err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{`"level":"high"`, `"error"`, `"matches":[]`} {
		if len(lines) != 3 || !strings.Contains(lines[i], want) {
			t.Fatalf("line %d lacks %s: %q", i+1, want, lines)
		}
	}
}

func TestLoadSaysWhereAFileIsWrong(t *testing.T) {
	fsys := fstest.MapFS{
		"disguise.yaml": {Data: []byte("looks: {亖: 死}\n")},
		"words.yaml":    {Data: []byte("categories:\n  a:\n    name: 甲\n    words:\n      - \"{坏\"\n")},
		"rules.yaml":    {Data: []byte("rules:\n  - {id: r, name: 乙, level: high, all: [nowhere]}\n")},
	}
	_, err := Load(fsys)
	if err == nil || !strings.Contains(err.Error(), "risk/words.yaml:5:") || !strings.Contains(err.Error(), "risk/rules.yaml:2:") {
		t.Errorf("want both places named, got: %v", err)
	}
}

func BenchmarkRead100Characters(b *testing.B) {
	j := judge(b)
	text := string([]rune(strings.Repeat("今天孩子放学回来说作业太多，晚上写到十一点，我和他爸爸都很着急，不知道怎么跟他沟通。", 4))[:100])
	for b.Loop() {
		j.Read(text)
	}
	b.ReportMetric(float64(len(j.auto.size)), "patterns")
}

func ExampleLevel_AtLeast() {
	fmt.Println(High.AtLeast(Medium), Low.AtLeast(Medium))
	// Output: true false
}

// wordsOnly is 4,096 runes of listed expressions that together rarely reach the most urgent rules: the costliest text.
func wordsOnly(words []string) string {
	var rs []rune
	for i := 0; len(rs) < 4096; i++ {
		rs = append(rs, []rune(words[i%len(words)])...)
	}
	return string(rs[:4096])
}

func BenchmarkReadOnlyListedWords(b *testing.B) {
	j := judge(b)
	for name, words := range map[string][]string{
		"classes": {"想", "我", "手", "每天", "他", "刀", "又", "孩子", "说", "难过", "没人", "以前", "哭"},
		"danger":  {"我想死", "不想活了", "割手", "活着没意思", "药", "再见了"},
		"one":     {"我想"},
		"fences":  {"游戏", "死", "课文", "想", "笑死", "不"},
	} {
		b.Run(name, func(b *testing.B) {
			text := wordsOnly(words)
			for b.Loop() {
				j.Read(text)
			}
		})
	}
}
