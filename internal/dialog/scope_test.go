package dialog_test

import (
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/plan"

	"strings"
	"testing"
	"testing/fstest"
)

const ageFlow = `
flow: talk
triggers: {words: [开始谈话]}
title: 年龄
vars: {after: number}
steps:
  start:
    if:
      - {when: 'age > 0', goto: known}
      - {else: ask}
  ask:
    flow: rate
    with: {question: "孩子几岁？{{name}}", most: age + 18}
    save: {score: age}
    next: known
  known:
    set: {after: age + 1, name: '"小满"'}
    next: told
  told:
    if:
      - {when: can.push && !can.place, goto: pushed}
      - {else: last}
  pushed: {say: 到时候告诉您。, next: last}
  last: {say: "{{name}} {{age}} 岁，明年 {{after}}"}
`

const rateFlow = `
flow: rate
triggers: {words: [打个分]}
title: 打分
vars: {question: text, most: number, score: number, shown: text}
takes: [question, most]
gives: [score]
steps:
  start:
    set: {shown: question}
    next: ask
  ask: {ask: {text: "{{shown}}（最大 {{most}}）", type: number, max: 18, into: score}}
`

const ageVars = "person:\n  age: {type: number, about: 孩子几岁}\n  name: {type: text, about: 孩子叫什么}\n"

func scoped(t *testing.T, files map[string]string) (*dialog.Set, error) {
	t.Helper()
	fsys := talkFiles(ageFlow)
	for name, text := range map[string]string{"rate.yaml": rateFlow, "person.yaml": ageVars} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return load.Flows(fsys, told)
}

func last(out dialog.Output) string {
	if len(out.Replies) == 0 {
		return ""
	}
	return out.Replies[len(out.Replies)-1].Text
}

func TestWhatGoesWithThePersonOutlastsTheConversation(t *testing.T) {
	set, err := scoped(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	known := dialog.Vars{"name": "小雪"}
	env := dialog.Env{Now: monday, Kept: known, Can: dialog.Can{Push: true}}
	out := set.Enter(dialog.State{}, "talk", env)
	if got := last(out); got != "孩子几岁？小雪（最大 18）" || out.Kept != nil {
		t.Fatalf("asked %q, kept %v", got, out.Kept)
	}
	out = set.Step(out.State, dialog.Input{Kind: dialog.InputText, Text: "十二"}, env)
	if got := last(out); got != "小满 12 岁，明年 13" || out.Replies[0].Text != "到时候告诉您。" {
		t.Fatalf("answered %+v", out.Replies)
	}
	if out.Kept["age"] != 12.0 || out.Kept["name"] != "小满" || len(known) != 1 || known["name"] != "小雪" {
		t.Fatalf("kept %v; the caller's became %v", out.Kept, known)
	}
	again := set.Enter(dialog.State{}, "talk", dialog.Env{Now: monday, Kept: out.Kept, Can: dialog.Can{Push: true, Place: true}})
	if got := last(again); got != "小满 12 岁，明年 13" || len(again.Replies) != 1 || again.Kept != nil {
		t.Errorf("a new conversation says %+v, kept %v", again.Replies, again.Kept)
	}
	stale := set.Enter(dialog.State{}, "talk", dialog.Env{Now: monday, Kept: dialog.Vars{"age": "十二", "gone": true}})
	if got := last(stale); got != "孩子几岁？（最大 18）" {
		t.Errorf("what was kept under another type gives %q", got)
	}
}

func TestALongTextIsKeptInShort(t *testing.T) {
	set, err := scoped(t, map[string]string{"talk.yaml": "flow: talk\ntriggers: {words: [开始谈话]}\nsteps:\n  start: {ask: {text: 名字, type: text, into: name}}\n"})
	if err != nil {
		t.Fatal(err)
	}
	st := set.Enter(dialog.State{}, "talk", dialog.Env{Now: monday}).State
	out := set.Step(st, dialog.Input{Kind: dialog.InputText, Text: strings.Repeat("长", 200)}, dialog.Env{Now: monday})
	if got, _ := out.Kept["name"].(string); len([]rune(got)) != dialog.MaxPersonText {
		t.Errorf("kept %d characters", len([]rune(got)))
	}
}

func TestWhatIsWrongWithAScopeIsSaidWithItsPlace(t *testing.T) {
	talk := func(step string) map[string]string {
		return map[string]string{"talk.yaml": "flow: talk\nvars: {n: number, word: text}\nsteps:\n  start: " + step + "\n"}
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a name that means two things":      {map[string]string{"talk.yaml": "flow: talk\nvars: {age: number}\nsteps:\n  start: {say: 好}\n"}, "变量 age 在 flows/person.yaml 里已经有了"},
		"a name that the program tells":     {map[string]string{"person.yaml": "person:\n  can: {type: text, about: 会什么}\n"}, "flows/person.yaml:1:"},
		"a kept variable without a meaning": {map[string]string{"person.yaml": "person:\n  age: {type: number}\n  name: {type: text, about: 名}\n"}, "age 没有说明"},
		"a kept variable of a loose type":   {map[string]string{"person.yaml": "person:\n  age: {type: choices, about: 岁}\n  name: {type: text, about: 名}\n"}, "只能是 text、number、bool"},
		"too much to keep": {map[string]string{"person.yaml": ageVars + "  a: {type: text, about: 一}\n  b: {type: text, about: 一}\n  c: {type: text, about: 一}\n" +
			"  d: {type: text, about: 一}\n  e: {type: text, about: 一}\n  f: {type: text, about: 一}\n  g: {type: text, about: 一}\n"}, "最多 8 个"},
		"a flow that takes what it lacks":     {map[string]string{"rate.yaml": strings.Replace(rateFlow, "takes: [question,", "takes: [topic, question,", 1)}, "takes 里的 topic 不是这个流程的变量"},
		"a call that gives too little":        {talk("{flow: rate, with: {question: 好}}"), "流程 rate 还要 most"},
		"a call that gives too much":          {talk("{flow: rate, with: {question: 好, most: 1, colour: 红}}"), "流程 rate 不要 colour"},
		"a call that gives a wrong type":      {talk("{flow: rate, with: {question: 好, most: '\"十\"'}}"), "most 的值"},
		"a call that saves what is not given": {talk("{flow: rate, with: {question: 好, most: 1}, save: {shown: word}}"), "流程 rate 没有 shown 这个结果"},
		"a call that saves to a wrong type":   {talk("{flow: rate, with: {question: 好, most: 1}, save: {score: word}}"), "flows/talk.yaml:4:"},
		"a thing that no channel can":         {talk("{if: [{when: can.fly, goto: e}, {else: e}]}\n  e: {end: true}"), "can.fly"},
		"a picture without words":             {talk("{image: {file: a.png}}"), "图片没有说明"},
		"a picture beside a card":             {talk("{image: {file: a.png, about: 甲}, card: {title: 乙, url: /p/x}}"), "又有 card 又有 image"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := scoped(t, c.files); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want a problem with %q, got:\n%v", c.want, err)
			}
		})
	}
}

func TestAPictureIsAnArticleThatEveryPlatformShows(t *testing.T) {
	set, err := scoped(t, map[string]string{"talk.yaml": "flow: talk\ntriggers: {words: [开始谈话]}\nsteps:\n  start: {say: 看图, image: {file: a.png, about: 一张图}}\n"})
	if err != nil {
		t.Fatal(err)
	}
	out := set.Enter(dialog.State{}, "talk", dialog.Env{Now: monday})
	if c := out.Replies[0].Card; c == nil || c.Title != "一张图" || c.URL != "/p/media/a.png" || c.Picture != c.URL || out.Replies[0].Text != "看图" {
		t.Errorf("got %+v", out.Replies[0])
	}
	if uses := set.Media(); len(uses) != 1 || uses[0] != (plan.MediaUse{Name: "a.png", File: "flows/talk.yaml", Line: 4, Col: 28}) {
		t.Errorf("uses %v", uses)
	}
}
