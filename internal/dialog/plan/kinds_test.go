package plan

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Wednesday, ten in the morning.
var wednesday = time.Date(2026, 12, 2, 10, 0, 0, 0, time.FixedZone("CST", 8*3600))

// examples are what a text says to a question of each kind; nil: nothing of the kind.
var examples = map[AskKind]map[string]any{
	AskChoice:   {"天河": nil, "2": nil},
	AskText:     {" 最近睡不好 ": "最近睡不好"},
	AskNumber:   {"十二": 12.0, "不知道": nil},
	AskYesNo:    {"好的": true, "不用了": false, "天河": nil},
	AskLocation: {"天河": nil},
	AskDate:     {"后天": "2026-12-04", "下午三点": nil},
	AskTime:     {"下午三点半": "15:30", "天河": nil},
	AskDatetime: {"周六晚上7点半": "2026-12-05 19:30", "天河": nil},
	AskPhone:    {"138 0013 8000": "13800138000", "没有": nil},
}

func TestEachKindOfQuestionReadsItsAnswers(t *testing.T) {
	for _, name := range AskKinds() {
		k := AskKind(name)
		if len(examples[k]) == 0 {
			t.Errorf("kind %s has no examples: add some to examples", k)
		}
		for text, want := range examples[k] {
			said := (&Ask{Kind: k}).Read(text, wednesday)
			switch {
			case want == nil && said.Heard != hanzi.Nothing:
				t.Errorf("%s: %q is heard as %v, want nothing", k, text, said.Value)
			case want != nil && (said.Heard != hanzi.Whole || said.Value != want):
				t.Errorf("%s: %q is heard as %v (%v), want %v", k, text, said.Value, said.Heard, want)
			case want != nil && typeOf(said.Value) != k.Into():
				t.Errorf("%s keeps a %T, and its row says %s", k, said.Value, k.Into())
			}
		}
	}
}

func typeOf(v any) Type {
	switch v.(type) {
	case float64:
		return TypeNumber
	case bool:
		return TypeBool
	default:
		return TypeText
	}
}

func TestTheEditorsGuideNamesEachKindOfQuestion(t *testing.T) {
	guide, err := os.ReadFile("../../../dialogs/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(guide), "\n") {
		if !strings.HasPrefix(line, "- `type`：") {
			continue
		}
		for _, name := range AskKinds() {
			if !strings.Contains(line, "`"+name+"`") {
				t.Errorf("dialogs/README.md does not say what an ask of type %s takes; add it to the line that begins with `type`", name)
			}
		}
		return
	}
	t.Error("dialogs/README.md has no line that begins with `type`")
}
