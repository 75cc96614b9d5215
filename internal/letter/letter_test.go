package letter_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/letter"
)

// A consent is to the words that were read. Whoever changes a word counts ConsentVersion on, and writes both here.
func TestTheWordingOfTheConsentHasItsOwnVersion(t *testing.T) {
	sum := sha256.Sum256([]byte(letter.ConsentWords))
	got := letter.ConsentVersion + " " + hex.EncodeToString(sum[:6])
	if want := "2026-11 2bafe34c0d8f"; got != want {
		t.Errorf("version and words are %q, want %q: count ConsentVersion on with every change of the words", got, want)
	}
}

func TestTracesOfAWriterArePointedOut(t *testing.T) {
	for text, want := range map[string][]string{
		"我的电话是 13800000000": {"号码：13800000000"},
		"加我微信：abc_1234":     {"账号或邮箱：微信：abc_1234"},
		"取信码 ABC-234-DEF":   {"取信码：ABC-234-DEF"},
		"我在示例中学，初二3班":       {"学校：我在示例中学", "年级班级：初二3班"},
		"三月五日那天在天河":         {"日期：三月五日", "地方：天河"},
		"陈老师说我考了第三名":        {"称呼：陈老师", "名次分数：第三名"},
		"和好朋友吵架了，三天没有说话，不知道怎么开口。": nil,
		"听见你说害怕。可以先告诉一位你信得过的老师。":  nil,
	} {
		got := letter.Traces(letter.Words{Letter: text})
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
	}
	twice := letter.Traces(letter.Words{Title: "天河", Letter: "天河", Answer: "天河"})
	if len(twice) != 1 {
		t.Errorf("one trace in three places is named %d times: %s", len(twice), strings.Join(twice, "、"))
	}
}
