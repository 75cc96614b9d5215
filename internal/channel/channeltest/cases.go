package channeltest

import (
	"fmt"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

func (s *stage) text() {
	s.send(Message{Text: "孩子不想上学怎么办 [微笑]"})
	s.same(channel.Inbound{Kind: channel.KindText, Text: "孩子不想上学怎么办 [微笑]"})
	in := s.last()
	if in.User.Reveal() != s.driver.User() || in.Channel == "" || in.Account == "" {
		s.Errorf("the address is %s/%s and its user is not the sender", in.Channel, in.Account)
	}
	if in.ID == "" || strings.Contains(in.ID, s.driver.User()) {
		s.Errorf("ID %q: one is needed, and the person's key must not stand in it", in.ID)
	}
	if !in.At.Equal(s.at) {
		s.Errorf("written at %s, arrived as %s", s.at, in.At)
	}
}

func (s *stage) tap() {
	s.send(Message{Text: "听课", MenuID: "4021"})
	s.same(channel.Inbound{Kind: channel.KindText, Text: "听课", MenuID: "4021"})
	if !s.last().Tapped() {
		s.Error("it does not count as a tap")
	}
}

func (s *stage) retry() {
	s.send(Message{ID: 77, Text: "你好"})
	first := s.last().ID
	s.send(Message{ID: 77, Text: "你好"})
	if again := s.last().ID; again != first {
		s.Errorf("the retry of %s came as %s", first, again)
	}
	s.send(Message{ID: 78, Text: "你好"})
	if other := s.last().ID; other == first {
		s.Errorf("two messages share the ID %s", other)
	}
}

func (s *stage) events() {
	ids := map[string]string{}
	for _, e := range []channel.Event{
		{Type: channel.EventSubscribe, Key: "school42"}, {Type: channel.EventSubscribe}, {Type: channel.EventScan, Key: "station7"},
		{Type: channel.EventClick, Key: "COURSES"}, {Type: channel.EventClick, Key: "BOOKING"}, {Type: channel.EventUnsubscribe},
	} {
		s.send(Message{Event: e.Type, Key: e.Key})
		s.same(channel.Inbound{Kind: channel.KindEvent, Event: e})
		id, what := s.last().ID, fmt.Sprint(e)
		if before, taken := ids[id]; taken {
			s.Errorf("%s and %s in one second share an ID", before, what)
		}
		ids[id] = what
		s.send(Message{Event: e.Type, Key: e.Key})
		if again := s.last().ID; again != id {
			s.Errorf("the retry of %s has another ID", what)
		}
	}
}

func (s *stage) place() {
	at := channel.Location{Latitude: 23.129, Longitude: 113.264, Label: "体育中心", Datum: "gcj02"}
	s.send(Message{Location: &at})
	in := s.last()
	if in.Kind != channel.KindLocation || in.Location == nil {
		s.Fatalf("it came as %q, with a place: %t", in.Kind, in.Location != nil)
	}
	if diff := cmp.Diff(at, *in.Location); diff != "" {
		s.Errorf("the place (-want +got):\n%s", diff)
	}
}

var offered = []channel.Choice{
	{ID: "101", Label: "听课 & 测一测", Say: "课程 100%"},
	{ID: "102", Label: "预约 <辅导站>"},
	{ID: "103", Label: "写信"},
}

func (s *stage) choices() {
	s.say(channel.Reply{Text: "想做什么？", Choices: offered})
	seen := s.send(Message{Text: "菜单"})
	if !strings.Contains(seen.Text(), "想做什么？") {
		s.Errorf("the question is not to be seen: %q", seen.Text())
	}
	if len(seen.Choices) != len(offered) {
		s.Fatalf("%d choices can be tapped, want %d", len(seen.Choices), len(offered))
	}
	for i, c := range seen.Choices {
		if c.ID != offered[i].ID || c.Saying() != offered[i].Saying() || c.Label == "" {
			s.Errorf("choice %+v, want %+v", c, offered[i])
		}
		s.send(Message{Text: c.Saying(), MenuID: c.ID})
		s.same(channel.Inbound{Kind: channel.KindText, Text: offered[i].Saying(), MenuID: offered[i].ID})
	}
}

func (s *stage) long() {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, "第%d句：陪伴是最长情的告白，慢慢来，不着急。\n", i)
	}
	s.say(channel.Reply{Text: b.String()}, channel.Reply{Text: "还想看什么？", Choices: offered})
	seen := s.send(Message{Text: "讲讲陪伴"})
	text := squeeze(seen.Text())
	at := 0
	for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		i := strings.Index(text[at:], squeeze(line))
		if i < 0 {
			s.Fatalf("%q is lost or out of order", line)
		}
		at += i
	}
	if len(seen.Choices) != len(offered) {
		s.Errorf("after the long text %d choices can be tapped, want %d", len(seen.Choices), len(offered))
	}
}

func (s *stage) several() {
	s.say(channel.Reply{Text: "甲在前"}, channel.Reply{Text: "乙在后"})
	text := s.send(Message{Text: "两句"}).Text()
	if i, j := strings.Index(text, "甲在前"), strings.Index(text, "乙在后"); i < 0 || j < i {
		s.Errorf("the screen shows %q", text)
	}
}

func (s *stage) card() {
	lesson := channel.Card{Title: "写作业前的十分钟", Summary: "三个要点", URL: "/p/lesson/l1"}
	want := publicURL + lesson.URL
	for name, replies := range map[string][]channel.Reply{
		"alone": {{Card: &lesson}}, "with a text": {{Text: "看看这一节", Card: &lesson}}, "after a text": {{Text: "看看这一节"}, {Card: &lesson}},
	} {
		s.say(replies...)
		seen := s.send(Message{Text: "听课"})
		if len(seen.Cards) != 1 || !strings.Contains(seen.Cards[0].Title, lesson.Title) || seen.Cards[0].URL != want {
			s.Errorf("%s: cards %+v, want the lesson at %s", name, seen.Cards, want)
		}
		if len(replies[0].Text) > 0 && !strings.Contains(seen.Text(), replies[0].Text) {
			s.Errorf("%s: the text is lost: %q", name, seen.Text())
		}
	}
}

func (s *stage) markup() {
	const odd = "1 < 2 && 3 > 2 ]]> “引号” \\n 100%"
	s.send(Message{Text: odd})
	s.same(channel.Inbound{Kind: channel.KindText, Text: odd})
	s.say(channel.Reply{Text: odd})
	if seen := s.send(Message{Text: "说"}); seen.Text() != odd {
		s.Errorf("said %q, on the screen %q", odd, seen.Text())
	}
}

func (s *stage) silence() {
	seen := s.send(Message{Text: "老师在吗"})
	s.last()
	if len(seen.Texts)+len(seen.Choices)+len(seen.Cards) != 0 {
		s.Errorf("on the screen: %+v", seen)
	}
}

func (s *stage) push() {
	seen, can := s.driver.Push(s.T, channel.Reply{Text: "老师：我在，慢慢说。"})
	if !can {
		s.Skip("the channel has no pushes")
	}
	if !strings.Contains(seen.Text(), "老师：我在，慢慢说。") {
		s.Errorf("on the screen: %q", seen.Text())
	}
	seen, _ = s.driver.Push(s.T, channel.Reply{Text: "明天见？", Choices: []channel.Choice{{ID: "7", Label: "好"}, {ID: "8", Label: "改天"}}})
	if len(seen.Choices) != 2 || seen.Choices[0].ID != "7" || seen.Choices[1].Label != "改天" {
		s.Errorf("choices %+v", seen.Choices)
	}
}

func (s *stage) discreet() {
	s.say(channel.Reply{Text: "回答-机密", Choices: offered})
	s.send(Message{Text: "悄悄话-机密"})
	s.last()
	s.driver.Push(s.T, channel.Reply{Text: "老师-机密"})
	log := s.log.String()
	for _, secret := range []string{s.driver.User(), "机密"} {
		if strings.Contains(log, secret) {
			s.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
}

// squeeze drops line breaks, which platforms move.
func squeeze(text string) string { return strings.ReplaceAll(text, "\n", "") }
