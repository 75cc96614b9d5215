package dialog_test

import (
	"github.com/xinqiao-bot/xinqiao/internal/dialog/dialogtest"

	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"
)

func BenchmarkStep(b *testing.B) {
	set, err := load.Flows(dialogtest.City(), dialog.Signatures{})
	if err != nil {
		b.Fatal(err)
	}
	if set.Steps() < 5000 {
		b.Fatalf("the set has %d steps, too few to mean anything", set.Steps())
	}
	env := dialog.Env{Now: noon, Audience: "parent"}
	at := set.Step(dialog.State{}, dialog.Input{Kind: dialog.InputText, Text: "流程甲77"}, env).State
	for name, text := range map[string]string{"number": "2", "label": "选乙0", "nothing understood": "今天天气真好我们去公园走走吧"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if out := set.Step(at, dialog.Input{Kind: dialog.InputText, Text: text}, env); len(out.Replies) == 0 {
					b.Fatal("no answer")
				}
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	files := dialogtest.City()
	for b.Loop() {
		if _, err := load.Flows(files, dialog.Signatures{}); err != nil {
			b.Fatal(err)
		}
	}
}
