package load_test

import (
	"github.com/xinqiao-bot/xinqiao/internal/dialog/dialogtest"

	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"
)

func TestWhatIsWrongWithAFlowIsSaidWithItsPlace(t *testing.T) {
	base := dialogtest.City()
	maps.DeleteFunc(base, func(name string, _ *fstest.MapFile) bool { return strings.HasPrefix(name, "f") })
	base["menu.yaml"] = &fstest.MapFile{Data: []byte("flow: menu\nsteps:\n  start: {ask: {text: 做什么, choices: [{label: 去, goto: x.start}]}}\n")}
	commands := []dialog.Command{{Name: "do", Args: map[string]dialog.Type{"a": "text"}, Results: map[string]dialog.Type{"r": "text"}, Outcomes: []string{"ok", "none"}}, {Name: "commit", Commits: true, Outcomes: []string{"ok"}}, {Name: "keep", Needs: "letters", Outcomes: []string{"ok"}}}
	const head = "flow: x\nvars: {v: text, n: number, cs: choices}\nsteps:\n"
	var manyChoices string
	for _, r := range "甲丙丁戊己庚辛壬癸" {
		manyChoices += "{label: 一个很长很长很长很长的选项" + string(r) + "}, "
	}
	for name, c := range map[string]struct{ flow, want string }{
		"a step that does not exist":        {head + "  start: {say: 好, next: gone}\n", "flows/x.yaml:4:19: "},
		"an outcome without a way":          {head + "  start: {call: do, with: {a: x}, on: {ok: start}}\n", "结局 none 没有去处"},
		"an outcome that never comes":       {head + "  start: {call: do, with: {a: x}, on: {ok: '', none: '', odd: ''}}\n", "不会有 odd"},
		"a command that does not exist":     {head + "  start: {call: dance, on: {}}\n", "没有叫 dance 的命令"},
		"an argument that is missing":       {head + "  start: {call: do, on: {ok: '', none: ''}}\n", "还要 a"},
		"an unknown variable in a text":     {head + "  start: {say: '{{nobody}}'}\n", "没有叫 nobody 的变量"},
		"a condition of the wrong type":     {head + "  start: {if: [{when: 'n + 1', goto: start}, {else: start}]}\n", "看不懂"},
		"a condition without end":           {head + "  start: {if: [{when: 'all(1..1000000, # > 0)', goto: e}, {else: e}]}\n  e: {end: true}\n", "要数的东西太多"},
		"a loop in a loop":                  {head + "  start: {if: [{when: 'all(cs, any(cs, true))', goto: e}, {else: e}]}\n  e: {end: true}\n", "要数的东西太多"},
		"a text without end":                {head + "  start: {set: {v: 'repeat(v, 1000000)'}, next: e}\n  e: {end: true}\n", "要数的东西太多"},
		"brackets without end":              {head + "  start: {if: [{when: '" + strings.Repeat("(", 60_000) + "', goto: e}, {else: e}]}\n  e: {end: true}\n", "太长了"},
		"a condition on an unknown name":    {head + "  start: {if: [{when: 'zz > 1', goto: e}, {else: e}]}\n  e: {end: true}\n", "zz"},
		"conditions without an else":        {head + "  start: {if: [{when: 'n > 1', goto: e}]}\n  e: {end: true}\n", "else"},
		"a loop that never waits":           {head + "  start: {say: 一, next: b}\n  b: {say: 二, next: start}\n", "一直转圈"},
		"a loop through a borrowed flow":    {head + "  start: {flow: y, next: b}\n  b: {say: 二, next: start}\n", "一直转圈"},
		"a loop across two flows":           {head + "  start: {say: 一, next: y.start}\n", "从步骤 start 出发会一直转圈"},
		"flows that borrow each other":      {head + "  start: {flow: z}\n", "flows/x.yaml:4:3: 步骤 start 绕回了自己的流程（x → z → x）"},
		"questions in two flows":            {head + "  start: {ask: {text: 选, choices: [{label: 甲, goto: w.start}]}}\n", "flows/w.yaml:3:3: 走到步骤 start 就出不去了"},
		"commands in a ring":                {head + "  start: {call: do, with: {a: x}, on: {ok: start, none: start}}\n", "flows/x.yaml:4:3: 走到步骤 start 就出不去了"},
		"a flow that nobody comes to":       {head + "  start: {say: 一}\n", "flows/lone.yaml:1:1: 流程 lone 没有人会走到"},
		"a trigger of another flow":         {"flow: x\ntriggers:\n  words:\n    - 甲\n    - 孤单\nsteps:\n  start: {say: 一}\n", "flows/x.yaml:5:7: 触发词"},
		"a word into nothing":               {"flow: x\ntriggers: {words: [甲], word_into: v}\nsteps:\n  start: {say: 一}\n", "flows/x.yaml:2:24: word_into"},
		"an event that never comes":         {"flow: x\ntriggers: {events: [follow]}\nsteps:\n  start: {say: 一}\n", "flows/x.yaml:2:21: 事件"},
		"questions that nobody gets out of": {head + "  start: {ask: {text: 选, choices: [{label: 甲, goto: b}, {label: 乙, goto: start}]}}\n  b: {ask: {text: 再选, choices: [{label: 丙, goto: start}]}}\n", "flows/x.yaml:4:3: 走到步骤 start 就出不去了"},
		"choices that fill two messages":    {head + "  start: {ask: {text: 选, choices: [" + manyChoices + "]}}\n", "会被拆成两条"},
		"a past that is no day":             {head + "  start: {ask: {text: 几点, type: time, past: true, into: v}}\n", "past 写在了不问日子的地方"},
		"a number in a text":                {head + "  start: {set: {v: 'n + 1'}, next: e}\n  e: {end: true}\n", "v 的值"},
		"a scene that goes nowhere":         {"flow: x\ntriggers: {scenes: [x], scene_into: v, scene_goto: gone}\nvars: {v: text}\nsteps:\n  start: {say: 一}\n", "scene_goto 的步骤 gone 不存在"},
		"a scene into a number":             {"flow: x\ntriggers: {scenes: [x], scene_into: n, scene_goto: start}\nvars: {n: number}\nsteps:\n  start: {say: 一}\n", "不是这个流程的文字变量"},
		"a scene that says half":            {"flow: x\ntriggers: {scenes: [x], scene_goto: start}\nsteps:\n  start: {say: 一}\n", "只写了一个"},
		"a flow that is not there":          {head + "  start: {flow: nowhere}\n", "没有叫 nowhere 的流程"},
		"a step that nobody reaches":        {head + "  start: {say: 一}\n  lone: {say: 二}\n", "没有人会走到"},
		"two choices that look alike":       {head + "  start: {ask: {text: 选, choices: [{label: 甲, also: [乙]}, {label: 乙}]}}\n", "分不开"},
		"a choice that shadows a global":    {head + "  start: {ask: {text: 选, choices: [{label: 菜单}, {label: 乙}]}}\n", "到处都有固定的意思"},
		"a choice that hides the menu":      {head + "  start: {ask: {text: 选, choices: [{label: 主菜单, goto: e}, {label: 乙}]}}\n  e: {end: true}\n", "挡住了"},
		"a synonym that hides the human":    {head + "  start: {ask: {text: 选, choices: [{label: 甲, also: [人工], goto: e}, {label: 乙}]}}\n  e: {end: true}\n", "flows/x.yaml:4:11: "},
		"a choice that is another's number": {head + "  start: {ask: {text: 选, choices: [{label: 二}, {label: 乙}]}}\n", "第 2 个选项的编号"},
		"unshown choices of no day":         {head + "  start: {ask: {text: 选, choices_from: cs, also_from: cs, into: t}}\n", "also_from 写在了用不上的地方"},
		"a number beside fetched choices":   {head + "  start: {ask: {text: 选, choices_from: cs, choices: [{label: 第一个}]}}\n", "choices_from"},
		"a question that stores a bad type": {head + "  start: {ask: {text: 几岁, type: number, into: v}}\n", "变量 v 是 text"},
		"two deeds in a step":               {head + "  start: {say: 一, flow: menu}\n", "写了 2 样"},
		"words kept by no call":             {head + "  start: {ask: {text: 写, type: text, into: v, kept_by: e}}\n  e: {end: true}\n", "kept_by 的 e 不是一个 call"},
		"words kept and put nowhere":        {head + "  start: {ask: {text: 写, type: text, kept_by: k}, next: k}\n  k: {call: do, with: {a: x}, on: {ok: '', none: ''}}\n", "没有把话记到变量里"},
		"a booking without a yes":           {head + "  start: {ask: {text: 写, type: text, into: v}, next: k}\n  k: {call: commit, on: {ok: ''}}\n", "没有等人点头，就去 k 办 commit 了"},
		"a booking by a choice of any kind": {head + "  start: {ask: {text: 约吗, choices: [{label: 约, goto: k}]}}\n  k: {call: commit, on: {ok: ''}}\n", "没有等人点头"},
		"a booking at the very beginning":   {head + "  start: {call: commit, on: {ok: ''}}\n", "一进流程就办了"},
		"words kept without consent":        {head + "  start: {call: keep, on: {ok: ''}}\n", "flows/x.yaml:4:3: 步骤 start 会留下这个人的东西（keep），路上却没有 needs: letters"},
		"words kept past the gate":          {head + "  start: {ask: {text: 选, choices: [{label: 甲, goto: g}, {label: 乙, goto: k}]}}\n  g: {needs: letters, next: k}\n  k: {call: keep, on: {ok: ''}}\n", "步骤 k 会留下这个人的东西"},
		"words kept by who said no":         {head + "  start: {needs: letters, next: k, otherwise: k}\n  k: {call: keep, on: {ok: ''}}\n", "步骤 k 会留下这个人的东西"},
		"consent to nothing that is kept":   {head + "  start: {needs: everything, next: e}\n  e: {end: true}\n", "没有叫 everything 的同意"},
		"consent to words that nobody saw":  {head + "  start: {needs: letters, into: v, next: q}\n  q: {ask: {text: 好吗, choices: [{label: 好, goto: k}]}}\n  k: {call: keep, on: {ok: ''}}\n", "步骤 start 把同意书的话放进了 v，路上却没有给人看"},
		"consent that no flow asks for":     {head + "  start: {needs: letters, next: k}\n  k: {call: keep, on: {ok: ''}}\n", "却没有叫 consent 的流程来问"},
		"a choice that means neither":       {head + "  start: {ask: {text: 约吗, choices: [{label: 约, means: maybe}]}}\n", "means"},
		"a key that does not exist":         {head + "  start: {says: 一}\n", "says"},
		"a text that is too long":           {head + "  start: {say: " + strings.Repeat("长", 700) + "}\n", "2048"},
		"no start":                          {head + "  begin: {say: 一}\n", "没有 start"},
		"broken YAML":                       {"flow: x\nsteps: [\n", "flows/x.yaml:"},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(base)
			files["x.yaml"] = &fstest.MapFile{Data: []byte(c.flow)}
			files["y.yaml"] = &fstest.MapFile{Data: []byte("flow: y\nsteps:\n  start: {say: 借, next: back}\n  back: {if: [{when: 'hour > 8', goto: x.start}, {else: done}]}\n  done: {end: true}\n")}
			files["z.yaml"] = &fstest.MapFile{Data: []byte("flow: z\ntriggers: {words: [借来借去]}\nsteps:\n  start: {flow: x}\n")}
			files["w.yaml"] = &fstest.MapFile{Data: []byte("flow: w\nsteps:\n  start: {ask: {text: 选, choices: [{label: 乙, goto: x.start}]}}\n")}
			files["lone.yaml"] = &fstest.MapFile{Data: []byte("flow: lone\nsteps:\n  start: {say: 一}\n")}
			files["sole.yaml"] = &fstest.MapFile{Data: []byte("flow: sole\ntriggers: {words: [孤单]}\nsteps:\n  start: {say: 一}\n")}
			_, err := load.Flows(files, dialog.Signatures{Commands: commands})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want a problem with %q, got:\n%v", c.want, err)
			}
		})
	}
}

func TestTheFlowThatAsksForConsentAsksForNoneAndSaysWhetherItWasGiven(t *testing.T) {
	commands := []dialog.Command{{Name: "keep", Needs: "letters", Outcomes: []string{"ok"}}}
	const head = "flow: consent\nvars: {what: text, shows: bool, given: bool}\ntakes: [what, shows]\ngives: [given]\nsteps:\n"
	for name, c := range map[string]struct{ flow, want string }{
		"asks for itself":           {head + "  start: {needs: letters, next: e}\n  e: {end: true}\n", "步骤 start 会在问同意的时候又要同意"},
		"keeps something meanwhile": {head + "  start: {call: keep, on: {ok: ''}}\n", "步骤 start 会在问同意的时候又要同意"},
		"does not say whether":      {"flow: consent\nvars: {what: text, shows: bool}\ntakes: [what, shows]\nsteps:\n  start: {say: 好}\n", "不知道问的是什么，或者不说问到了没有"},
		"says all":                  {head + "  start: {set: {given: 'true'}, next: e}\n  e: {end: true}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			files := dialogtest.City()
			maps.DeleteFunc(files, func(name string, _ *fstest.MapFile) bool { return strings.HasPrefix(name, "f") })
			files["menu.yaml"] = &fstest.MapFile{Data: []byte("flow: menu\nsteps:\n  start: {ask: {text: 做什么, choices: [{label: 写, goto: write}]}}\n  write: {needs: letters, next: k}\n  k: {call: keep, on: {ok: ''}}\n")}
			files["consent.yaml"] = &fstest.MapFile{Data: []byte(c.flow)}
			_, err := load.Flows(files, dialog.Signatures{Commands: commands})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("want %q, got: %v", c.want, err)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	for _, name := range []string{"booking", "faq", "system", "menu"} {
		raw, err := os.ReadFile("../../../dialogs/flows/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, text string) {
		set, err := load.Flows(fstest.MapFS{"x.yaml": {Data: []byte(text)}}, dialogtest.Signatures)
		if (set == nil) == (err == nil) {
			t.Errorf("set %v and error %v: one of them, please", set, err)
		}
	})
}

func TestALoopThatAsksSomewhereIsFine(t *testing.T) {
	files := dialogtest.City()
	maps.DeleteFunc(files, func(name string, _ *fstest.MapFile) bool { return strings.HasPrefix(name, "f") })
	files["menu.yaml"] = &fstest.MapFile{Data: []byte("flow: menu\nsteps:\n  start: {ask: {text: 做什么, choices: [{label: 去, goto: x.start}]}}\n")}
	files["x.yaml"] = &fstest.MapFile{Data: []byte("flow: x\nsteps:\n  start: {flow: y, next: b}\n  b: {say: 再来, next: start}\n")}
	files["y.yaml"] = &fstest.MapFile{Data: []byte("flow: y\nsteps:\n  start: {say: 借, next: ask}\n  ask: {ask: {text: 还要吗, choices: [{label: 要}, {label: 不要, goto: menu.start}]}}\n")}
	if _, err := load.Flows(files, dialog.Signatures{}); err != nil {
		t.Errorf("a loop through a flow that asks is refused:\n%v", err)
	}
}
