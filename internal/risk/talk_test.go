package risk

import (
	"slices"
	"testing"
)

func TestInATalkAfterDangerABareWordRaisesAndADenialDoesNot(t *testing.T) {
	j := judge(t)
	for _, talk := range []Talk{{Level: Medium, Category: "hopeless"}, {Level: High, Category: "suicide"}} {
		for _, text := range []string{"农药", "头好晕", "想跳", "在楼顶", "喝了", "还在流血", "26楼", "药攒好了", "手在抖", "吞了"} {
			if r := j.ReadIn(talk, text); !r.Level.AtLeast(High) || !r.Calls() {
				t.Errorf("in a talk at %s, %s is read %s; mend dialogs/risk/words-talk.yaml", talk.Level, text, r.Level)
			}
		}
		for _, text := range []string{"谢谢", "在家", "作业好多", "没有想死", "我没吃药", "不会跳的", "喝了水", "吃了饭", "嗯", "妈妈在旁边", "好的"} {
			if r := j.ReadIn(talk, text); r.Level.AtLeast(Medium) {
				t.Errorf("in a talk at %s, %s is read %s by %s (%v)", talk.Level, text, r.Level, r.Rule, r.Matches)
			}
		}
	}
	if r := j.Read("在楼顶"); r.Level.AtLeast(High) {
		t.Errorf("without a talk, a roof alone is read %s", r.Level)
	}
}

func TestTraitsShowHowConcreteADangerIs(t *testing.T) {
	j := judge(t)
	for text, want := range map[string]Trait{
		"我在天台": Place, "农药": Means, "药攒好了": Means, "还在流血": Act, "吞了": Act, "头好晕": Symptom, "想跳": Wish, "我想死": Wish,
		"我今晚就去死": Time, "遗书写好了": Plan, "在江边": Place,
	} {
		if r := j.Read(text); !slices.Contains(r.Traits, want) {
			t.Errorf("%s shows %v, want %s", text, r.Traits, want)
		}
	}
}
