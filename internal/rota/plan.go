package rota

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Plan is the base of a rota as people write it: in a file beside the configuration, or on the desk.
type Plan struct {
	People    []Person   `yaml:"people" json:"people"`
	Districts []District `yaml:"districts" json:"districts"`
	Holidays  []string   `yaml:"holidays" json:"holidays,omitempty"` // days or spans of days: 2026-10-01..2026-10-07
	Workdays  []string   `yaml:"workdays" json:"workdays,omitempty"` // weekend days that are worked instead
}

// Person is somebody who can be called.
type Person struct {
	ID      string `yaml:"id" json:"id"`
	Name    string `yaml:"name" json:"name"`
	Mobile  string `yaml:"mobile" json:"mobile,omitempty"` // as WeCom knows it
	Email   string `yaml:"email" json:"email,omitempty"`
	Account string `yaml:"account" json:"account,omitempty"` // at the desk; empty: the ID
}

// District is whose duty a part of the city is.
type District struct {
	Name        string   `yaml:"name" json:"name"`
	Supervisors []string `yaml:"supervisors" json:"supervisors,omitempty"`
	Shifts      []Shift  `yaml:"shifts" json:"shifts,omitempty"`
}

// Shift is a duty of some hours on some days. The first of Who is called first, the rest stand in.
type Shift struct {
	Days []string `yaml:"days" json:"days"`
	From string   `yaml:"from" json:"from"`
	To   string   `yaml:"to" json:"to"`
	Who  []string `yaml:"who" json:"who"`
}

// Compile makes a rota of a plan. What is wrong with it comes as problem.Problems that say the place in words.
func Compile(p Plan) (*Rota, error) {
	var ps problem.Problems
	r := compile(p, func(path, hint, format string, args ...any) { ps.Addf("", 0, 0, hint, p.place(path)+format, args...) })
	if err := ps.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

// place says in words where a path of the plan leads: 全市第 2 班：.
func (p Plan) place(path string) string {
	var district, shift int
	n, _ := fmt.Sscanf(path, "$.districts[%d].shifts[%d]", &district, &shift) // as many as there are
	if n == 0 || district >= len(p.Districts) || p.Districts[district].Name == "" {
		return ""
	}
	name := strings.ReplaceAll(p.Districts[district].Name, "%", "%%") // it stands in a format
	if n == 1 {
		return name + "："
	}
	return fmt.Sprintf("%s第 %d 班：", name, shift+1)
}

// compile calls bad for each mistake, with its path in the file's form. What it returns is of use only where there was none.
func compile(p Plan, bad func(path, hint, format string, args ...any)) *Rota {
	r := &Rota{plan: p, people: map[string]notify.Contact{}, districts: map[string]district{}}
	for i, one := range p.People {
		at := fmt.Sprintf("$.people[%d]", i)
		switch {
		case one.ID == "" || one.Name == "":
			bad(at, "每个人写 id 和 name", "第 %d 个人缺编号或姓名", i+1)
		case one.Mobile == "" && one.Email == "" && one.Account == "":
			bad(at, "补上 mobile（企业微信绑定的手机号）、email 或 account（值班台的账号）", "%s 没有留联系方式，提醒到不了", one.Name)
		}
		if _, taken := r.people[one.ID]; taken {
			bad(at+".id", "换一个编号", "编号 %s 用了两次", one.ID)
		}
		r.people[one.ID] = notify.Contact{Name: one.Name, Mobile: one.Mobile, Email: one.Email, Account: cmp.Or(one.Account, one.ID)}
	}
	for i, d := range p.Districts {
		at := fmt.Sprintf("$.districts[%d]", i)
		if d.Name == "" {
			bad(at, "写 name，例如 天河区；管全市的写 全市", "第 %d 个片区没有名字", i+1)
		}
		if _, taken := r.districts[d.Name]; taken {
			bad(at+".name", "把两处合成一处", "片区 %s 写了两次", d.Name)
		}
		r.districts[d.Name] = r.compileDistrict(d, at, bad)
	}
	if _, ok := r.districts[City]; !ok {
		bad("$", "加一个名叫 全市 的片区，别的片区没人时由它兜底", "没有管全市的班")
	}
	r.calendar.off = spans("holidays", p.Holidays, bad)
	r.calendar.worked = spans("workdays", p.Workdays, bad)
	return r
}

func (r *Rota) compileDistrict(d District, at string, bad func(path, hint, format string, args ...any)) district {
	known := func(at string, ids []string) {
		for i, id := range ids {
			if _, ok := r.people[id]; !ok {
				bad(fmt.Sprintf("%s[%d]", at, i), "先在 people 里写上这个人", "不认识 %s", id)
			}
		}
	}
	known(at+".supervisors", d.Supervisors)
	out := district{supervisors: d.Supervisors}
	for j, raw := range d.Shifts {
		here := fmt.Sprintf("%s.shifts[%d]", at, j)
		known(here+".who", raw.Who)
		s := shift{who: raw.Who}
		if len(raw.Who) == 0 || len(raw.Days) == 0 {
			bad(here, "写上 days（哪些天）和 who（谁，第一个先叫，后面的候补）", "这一班没有写日子或人")
		}
		for k, text := range raw.Days {
			day, err := parseDay(text)
			if err != nil {
				bad(fmt.Sprintf("%s.days[%d]", here, k), "写 每天、工作日、休息日、周一 到 周日，或日期 2026-10-01..2026-10-07", "看不懂 %q", text)
				continue
			}
			s.days = append(s.days, day)
		}
		var err error
		if s.from, err = parseClock(raw.From); err != nil {
			bad(here+".from", "写成 \"08:00\"", "看不懂开始时间 %q", raw.From)
		}
		if s.to, err = parseClock(raw.To); err != nil {
			bad(here+".to", "写成 \"18:00\"", "看不懂结束时间 %q", raw.To)
		}
		out.shifts = append(out.shifts, s)
	}
	return out
}

func spans(key string, texts []string, bad func(path, hint, format string, args ...any)) []span {
	var out []span
	for i, text := range texts {
		s, err := parseSpan(text)
		if err != nil {
			bad(fmt.Sprintf("$.%s[%d]", key, i), "写成 2026-10-01 或 2026-10-01..2026-10-07", "看不懂日子 %q", text)
		}
		out = append(out, s)
	}
	return out
}

// Plan is the base as it was written.
func (r *Rota) Plan() Plan {
	if r == nil {
		return Plan{}
	}
	return r.plan
}

// Contact is how somebody of the plan is called; false where nobody has the ID.
func (r *Rota) Contact(id string) (notify.Contact, bool) {
	if r == nil {
		return notify.Contact{}, false
	}
	c, ok := r.people[id]
	return c, ok
}

// PersonOf is who in the plan signs in to the desk with an account name; "" for nobody.
func (r *Rota) PersonOf(account string) string {
	if r == nil {
		return ""
	}
	i := slices.IndexFunc(r.plan.People, func(p Person) bool { return strings.EqualFold(cmp.Or(p.Account, p.ID), account) })
	if i < 0 {
		return ""
	}
	return r.plan.People[i].ID
}

// Districts are the names of all that have a rota, the city first.
func (r *Rota) Districts() []string {
	if r == nil {
		return nil
	}
	var names []string
	for name := range r.districts {
		if name != City {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return append([]string{City}, names...)
}
