package content

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

func TestAReadyAnswerFitsPupilsAndParents(t *testing.T) {
	r := ReadyAnswer{Text: "我是{{name}}，我在。{{you}}现在身边有人吗？"}
	if got := r.Words("您", "示例老师"); got != "我是示例老师，我在。您现在身边有人吗？" {
		t.Errorf("a parent reads %q", got)
	}
	if got := r.Words("你", "示例老师"); got != "我是示例老师，我在。你现在身边有人吗？" {
		t.Errorf("a pupil reads %q", got)
	}
}

func TestAMistakeInAReadyAnswerIsSaidWithItsPlace(t *testing.T) {
	tests := map[string]struct{ yaml, want string }{
		"fine":                  {"ready:\n  - {title: 我在, group: 开头, text: '我在，{{you}}慢慢说。'}\n", ""},
		"none at all":           {"ready: []\n", "一句常用语也没有"},
		"without a title":       {"ready:\n  - {group: 开头, text: 我在。}\n", "缺少 title"},
		"a title twice":         {"ready:\n  - {title: 我在, group: 开头, text: 我在。}\n  - {title: 我在, group: 开头, text: 我还在。}\n", "写了两次"},
		"without a group":       {"ready:\n  - {title: 我在, text: 我在。}\n", "缺少 group"},
		"without words":         {"ready:\n  - {title: 我在, group: 开头}\n", "缺少 text"},
		"addressed as one":      {"ready:\n  - {title: 我在, group: 开头, text: 你慢慢说。}\n", "直接写了“你”或“您”"},
		"a mark nobody knows":   {"ready:\n  - {title: 我在, group: 开头, text: '{{ta}}在吗'}\n", "不认识 {{ta}}"},
		"too long to be said":   {"ready:\n  - {title: 我在, group: 开头, text: " + strings.Repeat("我在", 300) + "}\n", "600 个字"},
		"a misspelt key":        {"ready:\n  - {titel: 我在, group: 开头, text: 我在。}\n", "titel"},
		"the file is not there": {"", "ready.yaml"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			if tt.yaml != "" {
				fsys["replies/ready.yaml"] = &fstest.MapFile{Data: []byte(tt.yaml)}
			}
			var ps problem.Problems
			loadReady(fsys, &ps)
			err := ps.Err()
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "replies/ready.yaml") {
				t.Errorf("said %v, want %q and the file", err, tt.want)
			}
		})
	}
}
