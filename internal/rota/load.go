package rota

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

type file struct {
	People []struct {
		ID      string `yaml:"id"`
		Name    string `yaml:"name"`
		Mobile  string `yaml:"mobile"`
		Email   string `yaml:"email"`
		Account string `yaml:"account"` // at the desk; empty: the id
	} `yaml:"people"`
	Districts []struct {
		Name        string   `yaml:"name"`
		Supervisors []string `yaml:"supervisors"`
		Shifts      []struct {
			Days []string `yaml:"days"`
			From string   `yaml:"from"`
			To   string   `yaml:"to"`
			Who  []string `yaml:"who"`
		} `yaml:"shifts"`
	} `yaml:"districts"`
	Holidays []string `yaml:"holidays"`
	Workdays []string `yaml:"workdays"`
}

// Load reads a rota. What is wrong with it comes as problem.Problems, each with its place; path "" is no rota.
func Load(path string) (*Rota, error) {
	if path == "" {
		return nil, nil
	}
	var (
		f  file
		ps problem.Problems
	)
	doc, ok := problem.Read(os.DirFS(filepath.Dir(path)), filepath.Base(path), path, &f, &ps)
	if !ok {
		return nil, ps.Err()
	}
	r := &Rota{people: map[string]notify.Contact{}, districts: map[string]district{}}
	for i, p := range f.People {
		at := fmt.Sprintf("$.people[%d]", i)
		switch {
		case p.ID == "" || p.Name == "":
			doc.Bad(&ps, at, "每个人写 id 和 name", "第 %d 个人缺编号或姓名", i+1)
		case p.Mobile == "" && p.Email == "" && p.Account == "":
			doc.Bad(&ps, at, "补上 mobile（企业微信绑定的手机号）、email 或 account（值班台的账号）", "%s 没有留联系方式，提醒到不了", p.Name)
		}
		if _, taken := r.people[p.ID]; taken {
			doc.Bad(&ps, at+".id", "换一个编号", "编号 %s 用了两次", p.ID)
		}
		r.people[p.ID] = notify.Contact{Name: p.Name, Mobile: p.Mobile, Email: p.Email, Account: cmp.Or(p.Account, p.ID)}
	}
	known := func(at string, ids []string) {
		for i, id := range ids {
			if _, ok := r.people[id]; !ok {
				doc.Bad(&ps, fmt.Sprintf("%s[%d]", at, i), "先在 people 里写上这个人", "不认识 %s", id)
			}
		}
	}
	for i, d := range f.Districts {
		at := fmt.Sprintf("$.districts[%d]", i)
		if d.Name == "" {
			doc.Bad(&ps, at, "写 name，例如 天河区；管全市的写 全市", "第 %d 个片区没有名字", i+1)
		}
		if _, taken := r.districts[d.Name]; taken {
			doc.Bad(&ps, at+".name", "把两处合成一处", "片区 %s 写了两次", d.Name)
		}
		known(at+".supervisors", d.Supervisors)
		entry := district{supervisors: d.Supervisors}
		for j, raw := range d.Shifts {
			here := fmt.Sprintf("%s.shifts[%d]", at, j)
			known(here+".who", raw.Who)
			s := shift{who: raw.Who}
			if len(raw.Who) == 0 || len(raw.Days) == 0 {
				doc.Bad(&ps, here, "写上 days（哪些天）和 who（谁，第一个先叫，后面的候补）", "这一班没有写日子或人")
			}
			for k, text := range raw.Days {
				day, err := parseDay(text)
				if err != nil {
					doc.Bad(&ps, fmt.Sprintf("%s.days[%d]", here, k), "写 每天、工作日、休息日、周一 到 周日，或日期 2026-10-01..2026-10-07", "看不懂 %q", text)
					continue
				}
				s.days = append(s.days, day)
			}
			var err error
			if s.from, err = parseClock(raw.From); err != nil {
				doc.Bad(&ps, here+".from", "写成 \"08:00\"", "看不懂开始时间 %q", raw.From)
			}
			if s.to, err = parseClock(raw.To); err != nil {
				doc.Bad(&ps, here+".to", "写成 \"18:00\"", "看不懂结束时间 %q", raw.To)
			}
			entry.shifts = append(entry.shifts, s)
		}
		r.districts[d.Name] = entry
	}
	if _, ok := r.districts[City]; !ok {
		doc.Bad(&ps, "$", "加一个名叫 全市 的片区，别的片区没人时由它兜底", "没有管全市的班")
	}
	r.calendar.off = spans(doc, &ps, "holidays", f.Holidays)
	r.calendar.worked = spans(doc, &ps, "workdays", f.Workdays)
	if err := ps.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

func spans(doc problem.Doc, ps *problem.Problems, key string, texts []string) []span {
	var out []span
	for i, text := range texts {
		s, err := parseSpan(text)
		if err != nil {
			doc.Bad(ps, fmt.Sprintf("$.%s[%d]", key, i), "写成 2026-10-01 或 2026-10-01..2026-10-07", "看不懂日子 %q", text)
		}
		out = append(out, s)
	}
	return out
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
