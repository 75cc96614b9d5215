package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/agenda"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Export implements rights.Store.
func (s Rights) Export(ctx context.Context, personID string) (rights.Record, error) {
	p, err := s.db.People().Get(ctx, personID)
	if err != nil {
		return rights.Record{}, fmt.Errorf("export a person: %w", err)
	}
	r := rights.Record{MadeAt: s.db.now().UTC(), Alias: p.Alias, Audience: audienceName(p.Audience), Channel: p.Channel + "/" + p.Account, Since: p.CreatedAt}
	for _, t := range personal {
		if t.entries == nil {
			continue
		}
		sec, err := t.entries(s, ctx, personID)
		if err != nil {
			return rights.Record{}, fmt.Errorf("export %s: %w", t.name, err)
		}
		r.Sections = append(r.Sections, sec)
	}
	return r, nil
}

func audienceName(a person.Audience) string {
	switch a {
	case person.Parent:
		return "家长"
	case person.Student:
		return "学生"
	case person.Teacher:
		return "老师"
	case person.Unknown:
	}
	return "还没有说"
}

// messagePage is how many messages are read at a time.
const messagePage = 500

func (s Rights) messages(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "对话"}
	for before := ""; ; {
		ms, err := s.db.Messages().Latest(ctx, personID, before, messagePage)
		if err != nil {
			return sec, err
		}
		page := make([]rights.Entry, 0, len(ms))
		for _, m := range ms {
			page = append(page, messageEntry(m))
		}
		sec.Entries = append(page, sec.Entries...)
		if len(ms) < messagePage {
			return sec, nil
		}
		before = ms[0].ID
	}
}

func messageEntry(m transcript.Message) rights.Entry {
	e := rights.Entry{At: m.At, What: "我：" + m.Text}
	if m.From == transcript.FromPerson {
		return e
	}
	who := "心桥"
	if m.From == transcript.FromStaff {
		who = m.Staff
	}
	parts := make([]string, 0, len(m.Replies))
	for _, r := range m.Replies {
		parts = append(parts, replyWords(r))
	}
	e.What = who + "：" + strings.Join(parts, "\n")
	return e
}

func replyWords(r channel.Reply) string {
	text := r.Text
	if r.Card != nil {
		text = strings.TrimSpace(text + "\n［" + r.Card.Title + "］")
	}
	for _, c := range r.Choices {
		text += "\n· " + c.Label
	}
	return text
}

func (s Rights) results(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "心理自测"}
	const most = 10_000 // far more than anybody takes
	rs, err := s.db.Results().list(ctx, most, "person_id = ?", personID)
	for _, r := range slices.Backward(rs) {
		picked := make([]string, len(r.Run.Answers))
		for i, a := range r.Run.Answers {
			picked[i] = strconv.Itoa(a + 1)
		}
		details := []rights.Detail{
			{Name: "得分", Value: strconv.FormatFloat(r.View.Score, 'f', -1, 64)}, {Name: "区间", Value: r.View.Band.Name}, {Name: "每题选了第几项", Value: strings.Join(picked, "、")},
		}
		if !r.Shared.IsZero() {
			details = append(details, rights.Detail{Name: "给老师看了", Value: local(r.Shared)})
		}
		sec.Entries = append(sec.Entries, rights.Entry{At: r.At, What: r.View.Title, Ref: r.Survey, Details: details})
	}
	return sec, err
}

func (s Rights) drafts(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "没做完的自测"}
	d, err := s.db.Results().Draft(ctx, personID)
	if errors.Is(err, survey.ErrNotFound) {
		return sec, nil
	}
	if err == nil {
		sec.Entries = append(sec.Entries, rights.Entry{At: d.At, What: d.Run.Survey, Ref: d.Run.Survey, Details: []rights.Detail{{Name: "答了几题", Value: strconv.Itoa(len(d.Run.Answers))}}})
	}
	return sec, err
}

func (s Rights) appointments(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "预约"}
	as, err := s.db.Appointments().query(ctx, "WHERE person_id = ? ORDER BY start_at", personID)
	if err != nil {
		return sec, err
	}
	for _, a := range as {
		ds := []rights.Detail{
			{Name: "时间", Value: local(a.Start)}, {Name: "预约码", Value: a.Code}, {Name: "状态", Value: a.Status.Label()}, {Name: "备注", Value: a.Note},
		}
		if words := a.Consent.Words(); words != "" {
			ds = append(ds, rights.Detail{Name: "谁同意的", Value: words})
		}
		if !a.ArrivedAt.IsZero() {
			ds = append(ds, rights.Detail{Name: "到站", Value: local(a.ArrivedAt)})
		}
		steps, err := s.db.Appointments().Steps(ctx, a.ID)
		if err != nil {
			return sec, err
		}
		for _, st := range steps {
			ds = append(ds, rights.Detail{Name: local(st.At), Value: st.Kind.Label()})
		}
		sec.Entries = append(sec.Entries, rights.Entry{At: a.BookedAt, What: a.Station, Ref: a.Station, Details: ds})
	}
	return sec, nil
}

func (s Rights) letters(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "写给老师的信"}
	ls, err := s.db.Letters().query(ctx, "WHERE person_id = ? ORDER BY id", personID)
	for _, l := range ls {
		for i, t := range l.Turns {
			e := rights.Entry{At: t.At, What: t.Text, Details: []rights.Detail{{Name: "取信码", Value: l.Code}, {Name: "回信", Value: t.Answer}, {Name: "回信的老师", Value: t.By}}}
			if i == len(l.Turns)-1 {
				e.Details = append(e.Details, rights.Detail{Name: "你的评价", Value: ratingWords[l.Rating]}, rights.Detail{Name: "公开", Value: consentWords(l.Consent)})
			}
			sec.Entries = append(sec.Entries, e)
		}
		for _, p := range l.Parts {
			sec.Entries = append(sec.Entries, rights.Entry{At: p.At, What: p.Text, Details: []rights.Detail{{Name: "状态", Value: "写了还没寄"}}})
		}
	}
	return sec, err
}

var ratingWords = map[letter.Rating]string{letter.Helped: "有帮助", letter.Soso: "一般", letter.Useless: "没帮助"}

func consentWords(c letter.Consent) string {
	word := map[letter.Agreed]string{letter.Yes: "同意", letter.No: "不同意", letter.Withdrawn: "同意过，又收回了"}[c.Agreed]
	if word == "" {
		return ""
	}
	return word + "（" + local(c.At) + "，告知书 " + c.Wording + "）"
}

func (s Rights) pieces(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "放进“树洞信箱”的改写"}
	ps, err := s.db.Letters().pieces(ctx, "WHERE letter_id IN (SELECT letters.id FROM letters WHERE letters.person_id = ?) AND state = 'published' ORDER BY published_at", personID)
	for _, p := range ps {
		sec.Entries = append(sec.Entries, rights.Entry{At: p.PublishedAt, What: p.Words.Title + "\n" + p.Words.Letter, Details: []rights.Detail{{Name: "回信", Value: p.Words.Answer}}})
	}
	return sec, err
}

func (s Rights) lessons(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "听过的课"}
	marks, err := s.db.Lessons().Marks(ctx, personID)
	for _, m := range marks {
		var ds []rights.Detail
		for _, d := range []struct {
			name string
			at   time.Time
		}{{"收藏", m.Liked}, {"学完", m.Learnt}, {"推荐过", m.Suggested}} {
			if !d.at.IsZero() {
				ds = append(ds, rights.Detail{Name: d.name, Value: local(d.at)})
			}
		}
		if m.Asked > 0 {
			ds = append(ds, rights.Detail{Name: "小测验", Value: fmt.Sprintf("答对 %d / %d", m.Right, m.Asked)})
		}
		sec.Entries = append(sec.Entries, rights.Entry{At: m.Opened, What: m.Lesson, Ref: m.Lesson, Details: ds})
	}
	return sec, err
}

func (s Rights) weekly(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "每周一课"}
	sub, err := s.db.Lessons().Subscription(ctx, personID)
	if err != nil || sub.Serial == 0 {
		return sec, err
	}
	what := "已退订"
	if sub.Active {
		what = "订阅中"
	}
	sec.Entries = append(sec.Entries, rights.Entry{What: what, Details: []rights.Detail{{Name: "阶段", Value: sub.Stage}}})
	return sec, nil
}

func (s Rights) signups(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "讲座和活动"}
	xs, err := s.db.Signups().query(ctx, "WHERE person_id = ? ORDER BY start_at", personID)
	for _, x := range xs {
		state := "有位子"
		switch {
		case !x.Active():
			state = "已取消"
		case x.Waits():
			state = "候补"
		}
		sec.Entries = append(sec.Entries, rights.Entry{At: x.SignedAt, What: x.Date, Ref: x.Date, Details: []rights.Detail{{Name: "时间", Value: local(x.Start)}, {Name: "签到码", Value: x.Code}, {Name: "称呼", Value: x.Name}, {Name: "状态", Value: state}}})
	}
	return sec, err
}

// notesLeftOut says what a person's record does not hold: what staff wrote down in their work may be about others, a mother's
// phone number or what a classmate said, and those have their own right to it.
const notesLeftOut = "老师写的工作记录不在这份资料里，里面可能有别人的事；想了解，请和老师说"

// followed is how far a case is, in the words of whom it is about.
func followed(s casework.Status) string {
	switch s {
	case casework.StatusOpen:
		return "还没有老师看到"
	case casework.StatusAcknowledged:
		return "老师看到了"
	case casework.StatusTalking:
		return "老师正在聊"
	case casework.StatusHandedBack:
		return "老师还在跟进"
	case casework.StatusClosed:
		return "结束了"
	}
	return ""
}

func (s Rights) cases(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "老师跟进的记录"}
	var ids []string
	if err := s.db.read(ctx).Raw("SELECT id FROM cases WHERE person_id = ? ORDER BY opened_at", personID).Scan(&ids).Error; err != nil {
		return sec, err
	}
	for _, id := range ids {
		c, err := s.db.Cases().Get(ctx, id)
		if err != nil {
			return sec, err
		}
		steps, err := s.db.Cases().Steps(ctx, id)
		if err != nil {
			return sec, err
		}
		ds := []rights.Detail{{Name: "程度", Value: c.Level.Label()}, {Name: "状态", Value: followed(c.Status)}}
		if n := len(steps); n > 0 {
			ds = append(ds, rights.Detail{Name: "老师做过的步骤", Value: fmt.Sprintf("%d 步，最后一次在 %s。%s", n, local(steps[n-1].At), notesLeftOut)})
		}
		sec.Entries = append(sec.Entries, rights.Entry{At: c.OpenedAt, What: c.Reason, Details: ds})
	}
	return sec, nil
}

func (s Rights) asked(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "心桥没有把握、多问一句的时候"}
	as, err := s.db.Cases().asked(ctx, "WHERE asked_talks.person_id = ? ORDER BY asked_talks.id", personID)
	for _, a := range as {
		ds := []rights.Detail{{Name: "当时担心的", Value: a.Topic()}, {Name: "结果", Value: a.Result()}}
		if !a.AnsweredAt.IsZero() {
			ds = append(ds, rights.Detail{Name: "有结果的时间", Value: local(a.AnsweredAt)})
		}
		sec.Entries = append(sec.Entries, rights.Entry{At: a.At, What: a.Reason, Details: ds})
	}
	return sec, err
}

func local(t time.Time) string { return t.In(citytime.Zone).Format("2006-01-02 15:04") }

func (s Rights) feeds(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "手机日历"}
	f, err := s.db.Feeds().Of(ctx, personID)
	if errors.Is(err, agenda.ErrNoFeed) {
		return sec, nil
	}
	if err == nil {
		sec.Entries = append(sec.Entries, rights.Entry{At: f.Since, What: "订阅着，用自己的日历链接"})
	}
	return sec, err
}
