package editing

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestEverySentenceOfTheShippedFlowsCanBeChangedAlone(t *testing.T) {
	files, err := filepath.Glob("../../dialogs/flows/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains("\n"+string(raw), "\nflow:") {
			continue
		}
		text := string(raw)
		found, err := sentencesIn(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var doc struct {
			Steps map[string]struct {
				Say any `yaml:"say"`
				Ask struct {
					Text any `yaml:"text"`
				} `yaml:"ask"`
			} `yaml:"steps"`
		}
		if err := yaml.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		want := 0
		for step, s := range doc.Steps {
			for what, x := range map[string]any{"say": s.Say, "ask.text": s.Ask.Text} {
				if _, is := x.(string); !is {
					continue
				}
				want++
				there := false
				for _, f := range found {
					there = there || f.Name == "steps."+step+"."+what
				}
				if !there {
					t.Errorf("%s: the form does not show %s of %s", name, what, step)
				}
			}
		}
		all += want
		if same, err := resaid(text, Values{}); err != nil || same != text {
			t.Errorf("%s: a form without a change changes the file (%v)", name, err)
		}
		for i, new := range []string{"换成了：一句话 #不是注释, 也不是 } 括号", "“引号”\"和\"\n第二行: 有冒号\n\n- 像一条"} {
			v := Values{}
			for n, s := range found {
				v[s.Name] = []string{fmt.Sprintf("%s（%d）", new, n)}
				if n%5 != i {
					continue
				}
				got, err := resaid(text, Values{s.Name: {new}})
				if err != nil || !strings.HasPrefix(got, text[:s.from]) || !strings.HasSuffix(got, text[s.to:]) {
					t.Errorf("%s: a change of %s touches what stands around it (%v)", name, s.Name, err)
				}
			}
			if _, err := resaid(text, v); err != nil {
				t.Errorf("%s: all its sentences cannot be changed at once: %v", name, err)
			}
		}
	}
	if all < 150 {
		t.Errorf("only %d sentences were tried", all)
	}
}

func TestASentenceIsWrittenTheWayItWas(t *testing.T) {
	const file = "# 开头\r\nflow: tea\r\nvars: {n: number}\r\nsteps:\r\n  start: {say: 茶好了。, next: more} # 一句\r\n  more:\r\n    say: |\r\n      第一行\r\n      第二行\r\n\r\n    # 中间\r\n    next: ask\r\n  ask:\r\n    ask:\r\n      text: \"要 {{n}} 杯？\" # 问\r\n      into: n\r\n      choices: [{label: 一杯, value: \"1\"}, {label: 不要}]\r\n"
	got, err := resaid(file, Values{
		"steps.start.say": {"茶, 好了"}, "steps.more.say": {"只有一行"}, "steps.ask.ask.text": {"几杯\n说说看"}, "steps.ask.ask.choices.0.label": {"来一杯"}, "steps.ask.ask.choices.1.label": {"不喝"}, "steps.none.say": {"没有这一步"},
	})
	want := strings.NewReplacer("say: 茶好了。,", "say: '茶, 好了',", "      第一行\r\n      第二行\r\n", "      只有一行\r\n", "\"要 {{n}} 杯？\"", `"几杯\n说说看"`, "label: 一杯", "label: 来一杯").Replace(file)
	if err != nil || got != want {
		t.Errorf("written (%v)\n%q\nwant\n%q", err, got, want)
	}
}
