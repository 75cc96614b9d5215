package family

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pieces are what the expressions are made of.
var pieces = strings.Fields(`我 我是 我家 家里的 俺家 咱家 本人 今年 现在 一个 的 单亲 孩子 小孩 儿子 女儿 闺女 丫头 囡囡 千金 小朋友 宝宝 宝贝 娃 娃儿 崽 崽崽 仔仔 大宝 二宝 小宝 老大 老二 外孙女 外孙 孙女 孙子 孙儿
	十五 15 8 岁 周岁 个月大 个多月大 一年级 小学三年级 初中 高中 小三 初二 高一 大班 中班 小班 托班 幼儿园 幼儿园大班 小学 职高 中职 中专 家长 妈妈 爸爸 妈 爸 宝妈 父亲 母亲 奶奶 爷爷 外婆 姥姥 阿嫲 怀孕 怀了 怀上 怀二胎 怀着 备孕 孕晚期 孕中期 孕早期 孕8周
	班主任 老师 教师 辅导员 德育主任 级长 语文 学校 当 读 上 学生 生 男生 ， , my kid son am i'm in grade 5 9 years old`)

func TestWhatHasNoneOfTheWordsIsMatchedByNoExpression(t *testing.T) {
	atAge := []string{"岁", "月大", "年级", "小", "初", "高", "班", "幼儿园", "职", "中专"}
	needs := []struct {
		re  *regexp.Regexp
		all [][]string // one of each
	}{
		{teacherIs, [][]string{{"我"}, {"师", "辅导员", "德育主任", "级长", "班主任"}}},
		{grandSaid, [][]string{{"我"}}}, {parentSaid, [][]string{{"我"}}}, {selfGrade, [][]string{{"我"}}}, {selfPupil, [][]string{{"我"}}}, {selfAge, [][]string{{"我"}}},
		{childAt, [][]string{sons, atAge}}, {childOf, [][]string{sons, atAge}}, {parentOf, [][]string{parents, atAge}}, {childSaid, [][]string{sons, homes}},
		{pregnant, [][]string{{"孕", "怀"}}}, {english, [][]string{{"my "}}}, {englishPupil, [][]string{{"i am", "i'm"}}},
	}
	matched := map[*regexp.Regexp]bool{}
	check := func(t rapid.TB, s string) {
		for _, n := range needs {
			if !n.re.MatchString(s) {
				continue
			}
			matched[n.re] = true
			for _, words := range n.all {
				if !anyOf(s, words...) {
					t.Fatalf("%s matches %s and has none of %v, without which it is not looked for", s, n.re, words)
				}
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 6).Draw(t, "pieces"), ""))
	})
	files, err := filepath.Glob("../../dialogs/tests/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations to read: %v", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			check(t, normal(line))
		}
	}
	for _, s := range []string{"我是一名初中生", "我是小三学生的家长", "初二妈妈", "my son is in grade 5", "i'm 9 years old", "i am in the 7th grade"} {
		check(t, s)
	}
	for _, n := range needs {
		if !matched[n.re] {
			t.Errorf("no text here is matched by %s: add one", n.re)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		Read("孩子不想上学，怎么办？")
	}
}
