package family_test

import (
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/family"
)

func TestAnIntroductionSettlesWhoSpeaksAndHowOldTheChildIs(t *testing.T) {
	for text, want := range map[string]struct {
		role  family.Role
		stage family.Stage
		grade string
		age   int
		only  bool
	}{
		"我儿子15岁":    {family.Parent, family.Junior, "", 15, true},
		"我儿子１５岁":    {family.Parent, family.Junior, "", 15, true},
		"我兒子十五歲":    {family.Parent, family.Junior, "", 15, true},
		"女儿初二":      {family.Parent, family.Junior, "初二", 0, true},
		"我家闺女今年上小一": {family.Parent, family.Lower, "一年级", 0, true},
		"我孙女二年级":    {family.Grandparent, family.Lower, "二年级", 0, true},
		"哎呀我跟你讲我家孙女啊二年级了每天要喊十几遍": {family.Grandparent, family.Lower, "二年级", 0, false},
		"我怀孕七个月": {family.Expecting, family.Pregnancy, "", 0, true},
		"我怀孕七个月，晚上总是睡不着，老公出差": {family.Expecting, family.Pregnancy, "", 0, false},
		"老婆怀孕了，我该做什么":         {family.Expecting, family.Pregnancy, "", 0, false},
		"我是高一学生":              {family.Student, family.Senior, "高一", 0, true},
		"我今年14":               {family.Student, family.Junior, "", 14, true},
		"跟你说，我今年十四岁":          {family.Student, family.Junior, "", 14, false},
		"老实说我初二了":             {family.Student, family.Junior, "初二", 0, false},
		"我今年十四岁":              {family.Student, family.Junior, "", 14, true},
		"我15岁，怀孕两个月了":         {family.Student, family.Junior, "", 15, false},
		"我读高中，压力好大":           {family.Student, family.Senior, "", 0, false},
		"我上初中了":               {family.Student, family.Junior, "", 0, true},
		"我初二数学跟不上":            {family.Student, family.Junior, "初二", 0, false},
		"我16岁，高一":             {family.Student, family.Senior, "", 16, true},
		"我读七年级":               {family.Student, family.Junior, "初一", 0, true},
		"我上初3了":               {family.Student, family.Junior, "初三", 0, true},
		"我是初中生":               {family.Student, family.Junior, "", 0, true},
		"我是班主任":               {family.Teacher, "", "", 0, true},
		"我是一名小学语文老师，班上有个孩子15岁": {family.Teacher, "", "", 0, false},
		"my kid is in grade 3":       {family.Parent, family.Lower, "三年级", 0, true},
		"My daughter is 9 years old": {family.Parent, family.Lower, "", 9, true},
		"I am in grade 8":            {family.Student, family.Junior, "初二", 0, true},
		"我女儿九岁，最近老说肚子疼":              {family.Parent, family.Lower, "", 9, false},
		"我是高三家长":                     {family.Parent, family.Senior, "高三", 0, true},
		"初二的儿子天天玩手机":                 {family.Parent, family.Junior, "初二", 0, false},
		"我有个三岁的女儿":                   {family.Parent, family.Preschool, "", 3, true},
		"孩子在读幼儿园中班":                  {family.Parent, family.Preschool, "中班", 0, true},
		"宝宝8个月大":                     {family.Parent, family.Toddler, "", 0, true},
		"我是孩子奶奶":                     {family.Grandparent, "", "", 0, true},
		"我是外婆，外孙五岁":                  {family.Grandparent, family.Preschool, "", 5, true},
		"我女儿高三了，她每天只睡五个小时":           {family.Parent, family.Senior, "高三", 0, false},
	} {
		got := family.Read(text)
		if !got.Sure || got.Role != want.role || got.Stage != want.stage || got.Grade != want.grade || got.Age != want.age || got.Only != want.only {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}

func TestWhatIsHalfSaidOrOfOthersIsNotGuessed(t *testing.T) {
	for _, text := range []string{
		"孩子七八岁的样子", "他快上小学了", "邻居家孩子15岁", "我姐的儿子初二", "我初三的时候也这样", "我今年38", "我今年38岁", "我不是老师", "我同学的妈妈怀孕了",
		"我小学文化，辅导不了孩子作业", "我高中没读完就打工了", "我初二就出来打工了", "我初中都没毕业", "我小学没读完，孩子的作业看不懂", "我在小学门口等孩子", "我在初中当保安", "我在高三年级组",
		"我16岁就结婚了", "我18岁生的他", "我19岁当妈",
		"他说我15岁了不用你管", "女儿天天喊我都初三了别管我", "孩子吼我：“我是高中生了”", "妈妈说我初二了要懂事",
		"我上大一", "我是老师的女儿", "班上有个女孩15岁", "儿子的同学15岁", "我想当老师", "我要是怀孕了怎么办", "表妹今年9岁", "我们班有个学生", "12月5号", "我约5号", "要14天吗", "我14号有空",
		"我高中毕业就工作了", "我小学的时候", "明天下午三点", "", "我15",
	} {
		if got := family.Read(text); got.Sure && text != "我15" {
			t.Errorf("%s: took %+v for an introduction", text, got)
		}
	}
}

func TestAChildThatIsMentionedLetsTheRoleBeUnderstood(t *testing.T) {
	for text, role := range map[string]family.Role{"我儿子不肯写作业": family.Parent, "我孙子老是哭": family.Grandparent, "我妈骂我": "", "我儿子的同学打他": ""} {
		if got := family.Read(text); got.Sure || got.Role != role {
			t.Errorf("%s: %+v, want %q and unsure", text, got, role)
		}
	}
}

func TestPupilsBelowFourteenAreKnown(t *testing.T) {
	for text, young := range map[string]bool{"我今年13岁": true, "我今年14": false, "我是六年级学生": true, "我读初二": true, "我是高一学生": false, "我是初中生": true} {
		if got := family.Read(text); got.Under14() != young {
			t.Errorf("%s: %+v under 14 %v, want %v", text, got, got.Under14(), young)
		}
	}
}
