package risk

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// withModel is the shipped lexicon with a model learned from these lines.
func withModel(t *testing.T, examples []Example) (rules, both *Judge) {
	t.Helper()
	rules, err := LoadRules(os.DirFS("../../dialogs/risk"))
	if err != nil {
		t.Fatal(err)
	}
	var model bytes.Buffer
	if _, err := Train(t.Context(), rules, examples, rand.New(rand.NewPCG(1, 1)), &model); err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{learnedFile: {Data: model.Bytes()}}
	copied := *rules
	copied.loadLearned(fsys, nil)
	return rules, &copied
}

func TestTheModelHearsWhatIsLikeWhatItLearned(t *testing.T) {
	var examples []Example
	for _, s := range []string{"灯一盏一盏都灭了", "心里的灯都灭了", "灯灭了也没人管", "我这盏灯快灭了", "灯灭了就灭了吧"} {
		examples = append(examples, Example{s, High})
	}
	for _, s := range []string{"教室的灯坏了", "台灯买哪种好", "路灯很亮", "怎么预约", "孩子三年级", "灯会几点开始", "明天下雨吗", "作业写完了"} {
		examples = append(examples, Example{s, None})
	}
	rules, both := withModel(t, examples)
	const like, unlike = "我心里的灯灭了", "路灯什么时候亮"
	if r := rules.Read(like); r.Level != None {
		t.Fatalf("the rules read %s already: choose another sentence", r.Level)
	}
	got := both.Read("今天下雨。" + like)
	if got.Level != High || got.Rule != RuleLearned || got.Reason == "" || len(got.Matches) != 1 || got.Matches[0].Text != "今天下雨。"+like && got.Matches[0].Text != like {
		t.Errorf("got %+v, want High by the model, with its reason and place", got)
	}
	if r := both.Read(unlike); r.Level != None {
		t.Errorf("%s read %s", unlike, r.Level)
	}
}

func TestTheModelLowersNothingThatASureRuleSays(t *testing.T) {
	both := judge(t)
	rules := *both
	rules.learned = nil
	examples, err := Examples(os.DirFS("../../dialogs/tests/risk"))
	if err != nil {
		t.Fatal(err)
	}
	unsure := map[string]bool{}
	for _, r := range both.rules {
		unsure[r.ID] = r.Unsure
	}
	raised, doubted := 0, 0
	for _, ex := range examples {
		a, b := rules.Read(ex.Text), both.Read(ex.Text)
		switch {
		case !b.Level.AtLeast(a.Level) && !unsure[a.Rule]:
			t.Errorf("%s: the rule %s says %s, with the model it is %s", ex.Text, a.Rule, a.Level, b.Level)
		case !b.Level.AtLeast(a.Level):
			doubted++
			if b.Level == None || b.Level == Low && unsure[b.Rule] && !strings.Contains(b.Reason, "整句不像求助") {
				t.Errorf("%s: doubted, it is %s: %s", ex.Text, b.Level, b.Reason)
			}
		case b.Level != a.Level:
			raised++
		}
	}
	if raised == 0 || doubted == 0 {
		t.Errorf("the shipped model raises %d texts and doubts %d: is it loaded?", raised, doubted)
	}
}

func TestMoreHarmlessWordsMakeNoDoubt(t *testing.T) {
	j := judge(t)
	for _, short := range []string{"我不行了", "撑不住了", "救命啊", "没意思了"} {
		alone := j.Read(short).Level
		if longer := j.Read(short + "。今天中午学校食堂吃的是番茄炒蛋，味道还可以。").Level; !longer.AtLeast(alone) {
			t.Errorf("%s is %s, and with harmless words after it %s", short, alone, longer)
		}
	}
}

func TestAClauseMoreNeverLowersTheModelsOdds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weight := rapid.Float64Range(-5, 5)
		spans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) span {
			return span{sum: [len(heads{})]float64{weight.Draw(t, "sum")}, n: rapid.IntRange(1, 30).Draw(t, "n")}
		}), 1, 8).Draw(t, "clauses")
		all, _, _ := best(0, spans, 0)
		for cut := range spans[1:] {
			if head, _, _ := best(0, spans[:cut+1], 0); head > all {
				t.Fatalf("%v is %.2f, but its beginning %.2f", spans, all, head)
			}
		}
	})
}

func TestAModelThatCannotBeReadIsRefusedWithItsPlace(t *testing.T) {
	shipped := os.DirFS("../../dialogs/risk")
	for name, c := range map[string]struct{ file, want string }{
		"a word without a weight": {"@@\t1\t1\n灯\t一\t二\n", "risk/learned.tsv:2:1:"},
		"a weight without a word": {"@@\t1\t1\n灯灯灯\t1\t1\n", "risk/learned.tsv:2:1:"},
		"no number at all":        {"@@\tNaN\t0\n", "risk/learned.tsv:1:1:"},
	} {
		fsys := fstest.MapFS{learnedFile: {Data: []byte(c.file)}}
		for _, name := range []string{"disguise.yaml", "rules.yaml", "words.yaml", "words-classes.yaml", "words-people.yaml", "words-situations.yaml"} {
			f, err := shipped.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			_, err = b.ReadFrom(f)
			_ = f.Close()
			if err != nil {
				t.Fatal(err)
			}
			fsys[name] = &fstest.MapFile{Data: b.Bytes()}
		}
		if _, err := Load(fsys); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want a problem at %s", name, err, c.want)
		}
	}
}
