package family_test

import (
	"context"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
)

func day(y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, 9, 0, 0, 0, citytime.Zone)
}

func TestAGradeGoesUpEverySeptemberByItself(t *testing.T) {
	inGrade := family.Child{Name: "小满", Grade: "六年级", Since: 2025}
	born := family.Child{Name: "满满", Born: 2020}
	for _, c := range []struct {
		child family.Child
		at    time.Time
		words string
		stage family.Stage
		age   int
		left  bool
	}{
		{inGrade, day(2025, 9, 1), "小满，读六年级", family.Upper, 11, false},
		{inGrade, day(2026, 8, 31), "小满，读六年级", family.Upper, 12, false},
		{inGrade, day(2026, 9, 1), "小满，读初一", family.Junior, 12, false},
		{inGrade, time.Date(2026, 8, 31, 16, 0, 0, 0, time.UTC), "小满，读初一", family.Junior, 12, false}, // it is September in Guangzhou
		{inGrade, day(2029, 9, 1), "小满，读高一", family.Senior, 15, false},
		{inGrade, day(2032, 8, 31), "小满，读高三", family.Senior, 18, false},
		{inGrade, day(2032, 9, 1), "小满，读高三", "", 18, true},
		{born, day(2023, 8, 31), "满满，2020 年出生", family.Toddler, 3, false},
		{born, day(2023, 9, 1), "满满，2020 年出生", family.Preschool, 3, false},
		{born, day(2026, 9, 1), "满满，2020 年出生", family.Lower, 6, false},
		{born, day(2038, 9, 1), "满满，2020 年出生", "", 18, true},
	} {
		if w, s, a, l := c.child.Words(c.at), c.child.Stage(c.at), c.child.Age(c.at), c.child.Left(c.at); w != c.words || s != c.stage || a != c.age || l != c.left {
			t.Errorf("%s on %s: %s, %q, %d years, left %v; want %+v", c.child.Name, c.at.Format(time.DateOnly), w, s, a, l, c)
		}
	}
}

// memory keeps the profile of one person.
type memory struct{ p family.Profile }

func (m *memory) Profile(context.Context, string) (family.Profile, error) { return m.p, nil }

func (m *memory) Change(_ context.Context, _ string, f func(*family.Profile) error) error {
	p := family.Profile{Children: append([]family.Child(nil), m.p.Children...), Agreed: m.p.Agreed}
	if err := f(&p); err != nil {
		return err
	}
	if len(p.Children) == 0 {
		p = family.Profile{}
	}
	m.p = p
	return nil
}

func call(t *testing.T, s *family.Service, name, key string, args map[string]any) dialog.Result {
	t.Helper()
	for _, c := range s.Commands() {
		if c.Name == name {
			r, err := c.Run(t.Context(), dialog.Call{Name: name, Args: args, Key: key, Person: "p"})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
	}
	t.Fatalf("no command %s", name)
	return dialog.Result{}
}

func TestAnAnswerIsAGradeOrAYearAndNeverGuessed(t *testing.T) {
	s := &family.Service{Store: &memory{}, Clock: citytime.Clock{Now: func() time.Time { return day(2026, 11, 29) }}}
	for said, want := range map[string]string{
		"初二": "初二", "上初二了": "初二", "他读八年级": "初二", "三年级": "三年级", "小三": "三年级", "幼儿园大班": "大班", "高三": "高三", "初２": "初二", "小學五年級": "五年级",
		"2017年": "2017", "2017": "2017", "17年": "2017", "2017年3月": "2017", "2024年5月6日出生": "2024", "9岁": "2017", "九岁了": "2017", "女儿九岁": "2017", "8个月大": "2026",
		"小学": "", "中学": "", "七八岁": "", "不知道": "", "2031年": "", "1990年": "", "17": "", "38岁": "", "": "", "明天": "", "怀孕了": "",
	} {
		r := call(t, s, "child.read", "k", map[string]any{"said": said})
		if got, _ := r.Vars["at"].(string); got != want {
			t.Errorf("%q: read %q, want %q", said, got, want)
		}
	}
}

func TestARepeatedCallAddsAChildOnce(t *testing.T) {
	m := &memory{}
	s := &family.Service{Store: m, Clock: citytime.Clock{Now: func() time.Time { return day(2026, 11, 29) }}}
	for range 2 {
		if r := call(t, s, "child.add", "k1", map[string]any{"name": " 小满 ", "at": "初二"}); r.Outcome != "ok" {
			t.Fatalf("added: %s", r.Outcome)
		}
	}
	if len(m.p.Children) != 1 || m.p.Children[0].Name != "小满" || m.p.Agreed.IsZero() {
		t.Fatalf("kept %+v, want one child and when it was agreed to", m.p)
	}
	for what, want := range map[string]string{"小满": "same", "一个很长很长的名字": "unclear"} {
		if r := call(t, s, "child.add", "k2", map[string]any{"name": what, "at": "初二"}); r.Outcome != want {
			t.Errorf("another child called %s: %s, want %s", what, r.Outcome, want)
		}
	}
	for _, name := range []string{"二", "三", "四", "五", "六"} {
		call(t, s, "child.add", name, map[string]any{"name": name, "at": "2020"})
	}
	if r := call(t, s, "child.add", "k7", map[string]any{"name": "七", "at": "2020"}); r.Outcome != "full" {
		t.Errorf("a seventh child: %s", r.Outcome)
	}
	call(t, s, "child.withdraw", "w", nil)
	if len(m.p.Children) != 0 || !m.p.Agreed.IsZero() {
		t.Errorf("after the consent was withdrawn: %+v", m.p)
	}
}

func TestAChildIsKnownByItsNameAlone(t *testing.T) {
	all := []family.Child{{ID: "1", Name: "小满"}, {ID: "2", Name: "老二"}, {ID: "3", Name: "孩子"}, {ID: "4", Name: "满"}}
	for text, want := range map[string]string{"小满不肯上学": "1", "我家老二又打架了": "2", "孩子不听话": "", "小满和老二打架": "", "满地打滚": ""} {
		if c, ok := family.Named(all, text); c.ID != want || ok != (want != "") {
			t.Errorf("%s: child %q, want %q", text, c.ID, want)
		}
	}
}

func TestAStageGrowsWithTheChildThatWasOfIt(t *testing.T) {
	m := &memory{p: family.Profile{Children: []family.Child{{ID: "1", Name: "小满", Grade: "六年级", Since: 2025}, {ID: "2", Name: "满满", Grade: "一年级", Since: 2025}}}}
	now := day(2026, 8, 31)
	s := &family.Service{Store: m, Clock: citytime.Clock{Now: func() time.Time { return now }}}
	grown := func(stage family.Stage) string {
		g, err := s.Grown(t.Context(), "p", string(stage))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	if g := grown(family.Upper); g != "" {
		t.Errorf("in August: %q", g)
	}
	now = day(2026, 9, 5)
	if g := grown(family.Upper); g != string(family.Junior) {
		t.Errorf("in September upper became %q, want junior", g)
	}
	for _, other := range []family.Stage{family.Lower, family.Senior, family.Pregnancy} {
		if g := grown(other); g != "" {
			t.Errorf("%s became %q: no child grew out of it", other, g)
		}
	}
}
