package dialogtest

import (
	"fmt"
	"strings"
	"testing/fstest"
)

// City is a set of flows as large as a whole city's: the shipped ones and 300 more, 5,000 steps in all.
func City() fstest.MapFS {
	files := fstest.MapFS{
		"system.yaml": {Data: []byte("system:\n  miss: [没懂, 还是没懂]\n  hits: 这些\n  exit: 再见\n  resume: 接着“{{title}}”\n  away: 久违了\n  go_on: 接着\n  anew: 重来\n  moved: 改过了\n  no_back: 到头了\n  retry: 再说一次\n  half_day: 哪一天\n  half_time: 几点\n  past_day: 过去了\n  stuck: 要人吗\n  call: 要\n  later: 不要\n  not_called: 没叫\n  stopped: “{{title}}”停了\n  slip: 回前一题\n  no_change: 没找到\n  already: 收到过了\n  bygone: 过去了的\n  not_offered: 没有“{{said}}”\n  none_then: 这段没有\n  yesno: [是, 否]\n  human: 人工\n  menu: 菜单\n")},
		"menu.yaml":   {Data: []byte("flow: menu\nsteps:\n  start: {ask: {text: 做什么, choices: [{label: 第一类, goto: f0.start}, {label: 第二类, goto: f1.start}]}}\n")},
		"human.yaml":  {Data: []byte("flow: human\nsteps:\n  start: {say: 老师来了}\n")},
		"help.yaml":   {Data: []byte("flow: help\nsteps:\n  start: {say: 帮助}\n")},
	}
	for f := range 300 {
		var b strings.Builder
		fmt.Fprintf(&b, "flow: f%d\ntitle: 流程%d\ntriggers: {words: [流程甲%d]}\nvars: {name: text, n: number}\nsteps:\n  start: {set: {n: \"1\"}, next: q0}\n", f, f, f)
		for q := range 4 {
			fmt.Fprintf(&b, "  q%d: {ask: {text: \"第{{n}}问\", choices: [{label: 选甲%d, also: [甲], goto: s%d}, {label: 选乙%d, also: [乙], goto: c%d}]}}\n", q, q, q, q, q)
			fmt.Fprintf(&b, "  c%d: {if: [{when: 'n > 3 and audience == \"parent\"', goto: s%d}, {else: i%d}]}\n", q, q, q)
			fmt.Fprintf(&b, "  i%d: {set: {n: n + 1}, next: s%d}\n  s%d: {say: \"好，{{n}}\", next: %s}\n", q, q, q, map[bool]string{true: fmt.Sprintf("q%d", q+1), false: "bye"}[q < 3])
		}
		b.WriteString("  bye: {say: 完了}\n")
		files[fmt.Sprintf("f%d.yaml", f)] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return files
}
