package booking

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// pageSize is how many stations one message offers.
const pageSize = 8

// The longest texts, in characters, that are read as somebody's way to a place: a sentence that says what they look for,
// and one that says hardly more than the place's name.
const (
	longestWish = 40
	barePlace   = 10
)

var (
	goingWords  = []string{"找", "去", "约", "哪里有", "哪儿有", "边度有", "有没有", "推荐", "在哪", "开门", "开的", "开着", "开放", "站点", "心理站", "辅导站", "带孩子", "想要"}
	aboutOthers = []string{"是什么", "什么是", "什么意思", "怎么", "为什么", "为啥", "多少钱", "收费", "电话", "老师说", "同学", "学校里", "不想去", "不想上", "不去", "要不要"}
)

// Asked says whether a text asks for a place to go, and for nothing else: it names a place, and a day to come, what one does
// there, or hardly anything beside it.
func (d *Directory) Asked(said string, now time.Time) bool {
	text := hanzi.Fold(said)
	n := utf8.RuneCountInString(text)
	if n < 2 || n > longestWish || saysAny(text, aboutOthers) {
		return false
	}
	w := d.Read(said, now)
	if w.Nothing() {
		return false
	}
	named := len(w.Stations)+len(w.Streets)+len(w.Spots)+len(w.Kinds) > 0
	placed := named || len(w.Districts) > 0 || w.Near
	switch {
	case !placed && !w.OpenNow:
		return w.WalkIn && saysAny(text, goingWords)
	case w.When.Day.Before(midnight(now)) && !w.When.Day.IsZero():
		return false
	case n <= barePlace && (placed || w.OpenNow):
		return true
	}
	return w.SaysWhen() || w.OpenNow || saysAny(text, goingWords)
}

// wanted reads what somebody says of where, when and with whom: 下周六天河附近带孩子，下午.
func (s *Service) wanted(_ context.Context, c dialog.Call) (dialog.Result, error) {
	said := c.Text("said")
	w := s.Directory().Read(said, s.Time())
	raw, err := json.Marshal(w)
	if err != nil {
		return dialog.Result{}, fmt.Errorf("write down what somebody wants: %w", err)
	}
	res := dialog.Result{Outcome: "place", Vars: map[string]any{"wanted": string(raw), "when": "", "companion": companions(said)}}
	if w.SaysWhen() {
		res.Vars["when"] = said
	}
	switch {
	case w.Nothing() || len(w.Districts)+len(w.Streets)+len(w.Spots)+len(w.Stations)+len(w.Kinds) == 0 && !w.Near && !w.OpenNow && !w.WalkIn:
		res.Outcome = "none" // a service alone says nothing of where
	case w.Near:
		res.Outcome = "near"
	}
	return res, nil
}

// readBack is what wanted wrote; nothing where a flow began without it.
func readBack(raw string) (w Wanted) {
	if json.Unmarshal([]byte(raw), &w) != nil || raw == "" {
		return Wanted{When: hanzi.Wish{Clock: -1, From: -1, To: -1}}
	}
	return w
}

// near finds the stations that somebody wants, a page at a time. Where none of them is open then, it offers them all the
// same and says so.
func (s *Service) near(_ context.Context, c dialog.Call) (dialog.Result, error) {
	w, name := readBack(c.Text("wanted")), "ok"
	if district := c.Text("district"); district != "" {
		for _, known := range s.Directory().Districts {
			if strings.TrimSuffix(known, "区") == strings.TrimSuffix(district, "区") {
				w.Districts, w.Streets, w.Spots, w.Stations = []string{known}, nil, nil, nil
			}
		}
		if len(w.Districts) == 0 {
			return dialog.Result{Outcome: "none"}, nil
		}
	}
	found := s.Directory().Find(w, c.Location, s.Time())
	if len(found) == 0 && (w.SaysWhen() || w.OpenNow) {
		w.When, w.OpenNow, name = hanzi.Wish{Clock: -1, From: -1, To: -1}, false, "closed"
		found = s.Directory().Find(w, c.Location, s.Time())
	}
	from := max(int(c.Number("page")), 0) * pageSize
	if len(found) == 0 {
		return dialog.Result{Outcome: "none"}, nil
	}
	if from >= len(found) {
		from = 0
	}
	to := min(from+pageSize, len(found))
	heading := "选一个站点："
	if to-from < len(found) {
		heading = fmt.Sprintf("一共 %d 个，这是第 %d 到 %d 个，选一个站点：", len(found), from+1, to)
	}
	res := offer(found[from:to])
	res.Outcome, res.Vars["found"], res.Vars["more"] = name, heading, to < len(found)
	return res, nil
}

func choicesOf(found []Near) (cs []channel.Choice) {
	for _, n := range found {
		label := n.Name
		if n.Metres >= 0 {
			label += "，" + distance(n.Metres)
		}
		cs = append(cs, channel.Choice{Label: label, Say: n.ID})
	}
	return cs
}

func (s *Service) nearest(_ context.Context, c dialog.Call) (dialog.Result, error) {
	if c.Location == nil {
		return dialog.Result{Outcome: "no_location"}, nil
	}
	raw := c.Text("wanted")
	if raw == "" {
		return offer(s.Directory().Nearest(*c.Location, shownNear)), nil
	}
	w := readBack(raw)
	w.Districts, w.Streets, w.Spots = nil, nil, nil // the position says where
	found := s.Directory().Find(w, c.Location, s.Time())
	return offer(found[:min(len(found), shownNear)]), nil
}

func distance(m float64) string {
	if m < 1000 {
		return fmt.Sprintf("约 %.0f 米", max(m-float64(int(m)%50), 50))
	}
	return fmt.Sprintf("约 %.1f 公里", m/1000)
}

func (s *Service) show(_ context.Context, c dialog.Call) (dialog.Result, error) {
	st, ok := s.Directory().Station(c.Text("station"))
	if !ok {
		return dialog.Result{Outcome: "missing"}, nil
	}
	res := dialog.Result{Outcome: "ok", Vars: map[string]any{"name": st.Name, "details": st.details(s.Time())}}
	if st.Referral {
		res.Outcome = "referral"
	}
	res.Replies = []channel.Reply{{Card: st.card(c.Text("far"))}}
	return res, nil
}

// card leads to a station's page, with the map and the free times. How far away it is was told when it was offered; the
// position itself is kept nowhere.
func (st Station) card(far string) *channel.Card {
	k := &channel.Card{Title: st.Name, Summary: "看地图、开放时间和空位", URL: "/p/station/" + st.ID}
	for line := range strings.Lines(far) {
		if id, metres, _ := strings.Cut(strings.TrimSpace(line), " "); id == st.ID {
			k.Far = metres
		}
	}
	return k
}

// farOf writes down how far each of the stations is, a line each, where that is known.
func farOf(found []Near) string {
	var b strings.Builder
	for _, n := range found {
		if n.Metres >= 0 {
			b.WriteString(n.ID + " " + distance(n.Metres) + "\n")
		}
	}
	return b.String()
}

func offer(found []Near) dialog.Result {
	res := some("stations", choicesOf(found))
	if res.Vars != nil {
		res.Vars["far"] = farOf(found)
	}
	return res
}

func (s Station) details(now time.Time) string {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "%s\n地址：%s\n电话：%s\n", s.Name, s.Address, s.Phone)
	for _, h := range s.Open {
		_, _ = fmt.Fprintf(&b, "开放：%s\n", h.Words())
	}
	b.WriteString(s.today(now) + "\n")
	for _, f := range s.Facts() {
		_, _ = fmt.Fprintf(&b, "%s：%s\n", f.Name, f.Value)
	}
	if s.WalkIn {
		b.WriteString("也可以不预约，直接过去。\n")
	}
	if s.Sample {
		b.WriteString("（示例站点，信息仅供体验）\n")
	}
	return strings.TrimSpace(b.String())
}

// today says whether a station is open now, and if not, whether it opens today.
func (s Station) today(now time.Time) string {
	clock := now.In(citytime.Zone).Format("15:04")
	hours := slices.SortedFunc(slices.Values(s.HoursOn(now)), func(a, b Hours) int { return strings.Compare(a.From, b.From) })
	for _, h := range hours {
		switch {
		case clock < h.From:
			return "现在没开，今天 " + h.From + " 开。"
		case clock < h.To:
			return "现在开着，到 " + h.To + "。"
		}
	}
	if name, off := s.city.Holiday(now); off && len(hours) == 0 {
		return "今天是" + name + "假期，不开。"
	}
	if len(hours) == 0 {
		return "今天不开。"
	}
	return "今天已经关门了。"
}
