package desk

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// boardReport is a month on paper.
type boardReport struct {
	Board     board.Board
	Words     []string // what was, in plain sentences
	Compared  []comparison
	Beside    string // the month that it is compared with
	Pictures  []picture
	Districts boardTable
	Limits    string
	Rule      string
}

// comparison is one figure beside that of the month before.
type comparison struct{ Name, Now, Before, Change string }

// showBoardReport shows the report of a month for printing.
func (h *Handler) showBoardReport(c *gin.Context) {
	ctx, key := c.Request.Context(), c.Query("month")
	if key == "" { // the last one that is over
		key = board.Months(h.now(), citytime.Zone)[1]
	}
	b, err := h.boardOf(ctx, key)
	if err == nil && !b.Period.Month() {
		err = board.ErrPeriod
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	r := boardReport{Board: b, Words: reportWords(b, h.limits()), Limits: h.limits(), Rule: boardRule}
	for _, t := range boardTables(b) {
		switch t.Key {
		case "days", "levels", "hours":
			r.Pictures = append(r.Pictures, draw(t))
		case "districts":
			r.Districts = t
		}
	}
	before, err := h.boardOf(ctx, b.Period.Before())
	if err == nil {
		r.Beside, r.Compared = before.Period.Label(), compare(b, before)
		err = h.Trail.Record(ctx, audit.Event{Kind: audit.OpenBoardReport, Object: b.Period.Key})
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "boardreport", page{Title: b.Period.Label() + "月报", Me: me(c), Data: r})
}

// limits says by when a case of each level must be seen.
func (h *Handler) limits() string {
	var parts []string
	for _, l := range []risk.Level{risk.Imminent, risk.High, risk.Medium} {
		if d := h.Board.Within[l]; d > 0 {
			parts = append(parts, l.Label()+" "+board.Took(d))
		}
	}
	return strings.Join(parts, "、")
}

// people is a count in a sentence.
func people(c board.Count, unit string) string {
	switch {
	case c.Small():
		return "不到 10 " + unit
	case c.Shown():
		return c.String() + " " + unit
	}
	return ""
}

// reportWords are the sentences of a month: what can be said of it, and nothing that is not known.
func reportWords(b board.Board, limits string) (words []string) {
	say := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	when := "这个月"
	if b.Period.Runs() {
		when = "这个月到现在"
	}
	if b.Cases.Small() {
		say("%s，危险个案不到 10 个。人这样少，分开写就会认出是谁，所以下面大多写作“—”。", when)
	} else {
		say("%s，建立了 %s危险个案。每一个数字后面，都有一个人把难处说了出来。", when, people(b.Cases, "个"))
	}
	if rest := b.Prompt.Rest(); rest != "—" {
		say("其中 %s，在规定的时间里有老师看到（%s）。", rest, limits)
	}
	if b.Spoken.Known() {
		say("从个案建立到老师写下第一句话，一半在 %s以内，十次里有九次在 %s以内。", board.Took(b.Spoken.Median), board.Took(b.Spoken.Ninth))
	}
	if b.Questions.Shown() {
		say("自动助手拿不准、先轻轻问了一句的，有 %s%s。", people(b.Questions, "次"), answered(b.Answers))
	}
	if b.Vain.Shown() || b.Vain.Small() && b.Closed.Shown() {
		say("结案的 %s里，%s最后知道是误会。虚惊一场是好消息；这些会交给自动助手的维护者，让它下次听得更准。", people(b.Closed, "个"), people(b.Vain, "个"))
	}
	if b.Talks.Shown() {
		say("另外有 %s没有危险，只是想找老师说说话。", people(b.Talks, "个人"))
	}
	if b.Visits.Shown() {
		say("到了时间的面谈预约有 %s。", people(b.Visits, "次"))
	}
	return words
}

// answered names the two answers that matter most, where they may be named.
func answered(lines []board.Line) string {
	var parts []string
	for _, l := range lines {
		if (l.Key == "yes" || l.Key == "no") && l.Cases.Shown() {
			parts = append(parts, "“"+l.Name+"”的 "+people(l.Cases, "次"))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "，回答" + strings.Join(parts, "，")
}

// compare sets a month beside the one before, in what is shown of both alone.
func compare(b, before board.Board) []comparison {
	count := func(name string, now, then board.Count) comparison {
		return comparison{name, now.String(), then.String(), changed(now, then)}
	}
	return []comparison{
		count("危险个案", b.Cases, before.Cases),
		count("超时才有人看到", b.Late, before.Late),
		{"按时有人看到", b.Prompt.Rest(), before.Prompt.Rest(), points(before.Prompt, b.Prompt)},
		{"第一句话，一半在", board.Took(b.Spoken.Median), board.Took(before.Spoken.Median), quicker(b.Spoken.Median, before.Spoken.Median)},
		{"第一句话，九成在", board.Took(b.Spoken.Ninth), board.Took(before.Spoken.Ninth), quicker(b.Spoken.Ninth, before.Spoken.Ninth)},
		count("想和老师说话", b.Talks, before.Talks),
		count("先问了一句", b.Questions, before.Questions),
		count("结案", b.Closed, before.Closed),
		count("结案时是误会", b.Vain, before.Vain),
		count("到了时间的面谈预约", b.Visits, before.Visits),
	}
}

// changed is the difference of two numbers that are both written out to the last person.
func changed(now, then board.Count) string {
	if !numberCell(now).Exact || !numberCell(then).Exact {
		return "不比较"
	}
	switch d := now.N() - then.N(); {
	case d > 0:
		return fmt.Sprintf("多 %d", d)
	case d < 0:
		return fmt.Sprintf("少 %d", -d)
	}
	return "一样"
}

// points is by how much the share of those in time rose, from the shares of those late.
func points(lateThen, lateNow board.Share) string {
	switch d := lateThen.Percent - lateNow.Percent; {
	case !lateThen.Exact() || !lateNow.Exact():
		return "不比较"
	case d > 0:
		return fmt.Sprintf("高 %d 个百分点", d)
	case d < 0:
		return fmt.Sprintf("低 %d 个百分点", -d)
	}
	return "一样"
}

func quicker(now, then time.Duration) string {
	switch {
	case now == 0 || then == 0:
		return "不比较"
	case now < then:
		return "快了"
	case now > then:
		return "慢了"
	}
	return "一样"
}

// picture is a small chart of bars, drawn by the server for paper.
type picture struct {
	Title      string
	Wide, High int
	Base       int
	Broad      bool // it takes the width of two
	Bars       []pictureBar
	Hidden     bool
}

// pictureBar is one bar, with its place in the picture.
type pictureBar struct {
	Name, Text      string
	X, Y, W, H, Mid int
	Small           bool
	Named           bool // its name stands under it
}

// The picture's measures, in its own units.
const (
	pictureWide, pictureHigh, pictureBase = 360, 132, 108
	pictureRoom                           = 86 // of the highest bar
	pictureNames                          = 6  // so many names fit under the bars
)

// draw makes a picture of a table's first column. A number below Least has a pale bar that says no more than that.
func draw(t boardTable) picture {
	p := picture{Title: t.Title, Wide: pictureWide, High: pictureHigh, Base: pictureBase, Broad: t.Key == "hours", Hidden: t.Hidden()}
	names := pictureNames
	if p.Broad {
		p.Wide, names = 2*pictureWide, 2*pictureNames
	}
	highest := board.Least
	for _, r := range t.Rows {
		highest = max(highest, r.Cells[0].N)
	}
	room := p.Wide / max(len(t.Rows), 1)
	every := (len(t.Rows) + names - 1) / names
	for i, r := range t.Rows {
		c := r.Cells[0]
		b := pictureBar{Name: r.Name, Text: c.Text, X: i*room + room/6, W: max(min(room*2/3, 56), 4), Mid: i*room + room/2, Small: c.Small, Named: i%every == 0}
		b.X = b.Mid - b.W/2
		n := c.N
		if c.Small {
			n = board.Least - 1
		}
		b.H = n * pictureRoom / highest
		b.Y = pictureBase - b.H
		p.Bars = append(p.Bars, b)
	}
	return p
}
