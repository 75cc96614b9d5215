// Package campaign is what the bureau tells many people at a season: the start of term, the days before an examination,
// the tenth of October. Only whoever agreed is told, each once, as many a minute as the platform bears; it can be stopped
// at any moment and goes on where it stopped, also after a crash. It reads and checks dialogs/campaigns. Start reading at
// Campaign; service.go sends.
package campaign

import (
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// Way is how a campaign reaches people.
type Way string

// The ways.
const (
	Push    Way = "push"    // at once where the account may write to them unasked, else at their next contact
	Contact Way = "contact" // at their next contact
)

// Ways lists the ways.
func Ways() []string { return []string{string(Push), string(Contact)} }

// Audiences are whom a campaign may be for.
func Audiences() []string { return []string{"parent", "student", "teacher"} }

// Card is a page that a campaign leads to.
type Card struct {
	Title   string `yaml:"title"`
	Summary string `yaml:"summary"`
	URL     string `yaml:"url"`
}

// Campaign is what editors write.
type Campaign struct {
	ID        string   `yaml:"id"`
	Title     string   `yaml:"title"`
	Text      string   `yaml:"text"`
	Card      *Card    `yaml:"card"`
	Audience  string   `yaml:"audience"` // one of Audiences; empty: all, and whoever did not say
	Stages    []string `yaml:"stages"`   // of the child, as courses/index.yaml calls them; empty: all
	From      string   `yaml:"from"`     // 2026-05-01, the first day on which it may be sent
	Until     string   `yaml:"until"`    // the last day
	PerMinute int      `yaml:"per_minute"`
	Way       Way      `yaml:"way"`
	Sample    bool     `yaml:"sample"`

	first, after time.Time // the days in Guangzhou; after is the midnight that ends the last
}

// leave is how everybody gets out of it, said each time.
const leave = "不想再收到，发“退订”就停。"

// Replies are what a person gets.
func (c Campaign) Replies() []channel.Reply {
	r := channel.Reply{Text: strings.TrimSpace(c.Text) + "\n" + leave}
	if c.Card != nil {
		r.Card = &channel.Card{Title: c.Card.Title, Summary: c.Card.Summary, URL: c.Card.URL}
	}
	return []channel.Reply{r}
}

// For says in words whom it is for.
func (c Campaign) For() string {
	who := map[string]string{"parent": "家长", "student": "学生", "teacher": "老师"}[c.Audience]
	if who == "" {
		who = "所有人"
	}
	if len(c.Stages) > 0 {
		who += "（孩子在：" + strings.Join(c.Stages, "、") + "）"
	}
	return who + "里同意收通知的"
}

type campaignsFile struct {
	Campaigns []Campaign `yaml:"campaigns"`
}

// Shapes returns the kinds of content file, each as the empty value that it is decoded into.
func Shapes() map[string]any { return map[string]any{"campaigns": campaignsFile{}} }

// Calendar is every campaign. It never changes.
type Calendar struct{ all []Campaign }

// All lists the campaigns, the earliest first.
func (c *Calendar) All() []Campaign { return c.all }

// Campaign finds a campaign by its ID.
func (c *Calendar) Campaign(id string) (Campaign, bool) {
	i := slices.IndexFunc(c.all, func(x Campaign) bool { return x.ID == id })
	if i < 0 {
		return Campaign{}, false
	}
	return c.all[i], true
}

// Load reads the campaigns under fsys, which is rooted at dialogs/campaigns. A folder that is not there holds none. The
// error is a problem.Problems.
func Load(fsys fs.FS) (*Calendar, error) {
	var ps problem.Problems
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("read campaigns: %w", err)
	}
	c := &Calendar{}
	for _, name := range files {
		var f campaignsFile
		doc, ok := problem.Read(fsys, name, "campaigns/"+name, &f, &ps)
		if !ok {
			continue
		}
		for i, x := range f.Campaigns {
			at := place{doc.At(fmt.Sprintf("$.campaigns[%d]", i), &ps)}
			if _, taken := c.Campaign(x.ID); taken {
				at.Bad("id", "请换一个编号；每年的写上年份，例如 exam-2027", "编号 %s 用过了", x.ID)
			}
			at.check(&x)
			c.all = append(c.all, x)
		}
	}
	slices.SortStableFunc(c.all, func(a, b Campaign) int { return a.first.Compare(b.first) })
	return c, ps.Err()
}

// place is where a campaign stands in its file.
type place struct{ problem.Place }

// mostMinute is far below what a platform takes in a minute, and far more than a city needs.
const mostMinute = 3000

func (p place) check(x *Campaign) {
	if x.ID == "" || len(x.ID) > 40 || strings.ContainsAny(x.ID, " /?#:") {
		p.Bad("id", "用字母、数字和短横，写上年份，例如 exam-2027", "编号 %q 不对", x.ID)
	}
	if n := utf8.RuneCountInString(x.Title); n == 0 || n > 30 {
		p.Bad("title", "标题写 1 到 30 个字", "标题有 %d 个字", n)
	}
	if n := utf8.RuneCountInString(x.Text); n < 10 || n > 400 {
		p.Bad("text", "写 10 到 400 个字", "正文有 %d 个字", n)
	}
	if x.Audience != "" && !slices.Contains(Audiences(), x.Audience) {
		p.Bad("audience", "写 parent（家长）、student（学生）或 teacher（老师）；不写就是所有人", "没有“%s”这种对象", x.Audience)
	}
	if !slices.Contains(Ways(), string(x.Way)) {
		p.Bad("way", "写 push（能发就发，发不了等下次来）或 contact（等下次来）", "没有“%s”这种发法", x.Way)
	}
	if x.PerMinute < 1 || x.PerMinute > mostMinute {
		p.Bad("per_minute", fmt.Sprintf("写 1 到 %d", mostMinute), "一分钟 %d 个不对", x.PerMinute)
	}
	var last time.Time
	x.first, last = p.day("from", x.From), p.day("until", x.Until)
	if last.Before(x.first) {
		p.Bad("until", "请检查两个日子", "until 在 from 前面")
	}
	x.after = last.AddDate(0, 0, 1)
	if k := x.Card; k != nil {
		u, err := url.Parse(k.URL)
		if err != nil || (u.Scheme != "https" || u.Host == "") && !strings.HasPrefix(k.URL, "/p/") {
			p.Bad("card.url", "写 https:// 开头的网址，或者 /p/ 开头的本站页面", "网址 %q 不对", k.URL)
		}
		if n := utf8.RuneCountInString(k.Title); n == 0 || n > 40 {
			p.Bad("card.title", "写 1 到 40 个字", "卡片的标题有 %d 个字", n)
		}
	}
}

func (p place) day(key, text string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, text, citytime.Zone)
	if err != nil {
		p.Bad(key, "写成 2026-05-01", "日子 %q 看不懂", text)
	}
	return t
}
