package wecom

import (
	"context"
	"regexp"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// The platform's limits, in bytes of UTF-8 (developer.work.weixin.qq.com, 发送消息), with a little room.
const (
	maxText  = 2040 // 2,048
	maxHead  = 1000 // 1,024
	maxItems = 10
	maxClick = 128
	maxView  = 1000 // 1,024
)

// body is one message as the platform takes it, but for whom it is for.
type body struct {
	Type string    `json:"msgtype"`
	Text *textBody `json:"text,omitempty"`
	Menu *menuBody `json:"msgmenu,omitempty"`
}

type textBody struct {
	Content string `json:"content"`
}

type menuBody struct {
	Head string     `json:"head_content,omitempty"`
	List []menuItem `json:"list"`
}

type menuItem struct {
	Type  string `json:"type"`
	Click *click `json:"click,omitempty"`
	View  *view  `json:"view,omitempty"`
}

type click struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

type view struct {
	URL     string `json:"url"`
	Content string `json:"content"`
}

// part is one message to the platform, and the reply that says the same.
type part struct {
	body  body
	reply channel.Reply
}

// sheet lays replies out as few messages, since only five may follow a word of the person: texts in a row become one, and
// choices stand under the text before them.
type sheet struct {
	most    int // bytes of a text
	parts   []part
	pending []string // texts that no message holds yet
}

// messages turns replies into messages of at most so many bytes of text.
func (c *Channel) messages(ctx context.Context, to channel.Address, rs []channel.Reply, most int) []part {
	s := &sheet{most: most}
	for _, r := range rs {
		s.text(r.Text)
		if r.Card != nil {
			k := c.complete(ctx, to, r.Card)
			s.text(k.Summary)
			s.item(menuItem{Type: "view", View: &view{URL: k.URL, Content: short("《"+k.Title+"》", maxView)}}, channel.Reply{Card: r.Card})
		}
		for _, ch := range r.Choices {
			shown := tencent.OneLine(ch.Label)
			if ch.Group != "" {
				shown = tencent.OneLine(ch.Group) + "｜" + shown
			}
			shown = short(shown, maxClick)
			s.item(menuItem{Type: "click", Click: &click{ID: clickID(ch, shown), Content: shown}}, channel.Reply{Choices: []channel.Choice{ch}})
		}
	}
	s.flush(0)
	return s.parts
}

func (s *sheet) text(t string) {
	if t = plain(t); strings.TrimSpace(t) != "" {
		s.pending = append(s.pending, t)
	}
}

// flush makes messages of the texts that wait; the last one comes back if it may stand over a
// menu, as one of at most head bytes may.
func (s *sheet) flush(head int) (over string) {
	if len(s.pending) == 0 {
		return ""
	}
	texts := tencent.Cut([]tencent.Piece{{Text: strings.Join(s.pending, "\n\n")}}, s.most)
	s.pending = nil
	if n := len(texts); n > 0 && len(texts[n-1]) <= head {
		over, texts = texts[n-1], texts[:n-1]
	}
	for _, t := range texts {
		s.parts = append(s.parts, part{body{Type: "text", Text: &textBody{t}}, channel.Reply{Text: t}})
	}
	return over
}

// item puts a line into the menu that stands last, or into a new one.
func (s *sheet) item(it menuItem, says channel.Reply) {
	waits := len(s.pending) > 0
	over := s.flush(maxHead)
	if n := len(s.parts); !waits && n > 0 && s.parts[n-1].body.Menu != nil && len(s.parts[n-1].body.Menu.List) < maxItems {
		p := &s.parts[n-1]
		if says.Card == nil || p.reply.Card == nil { // a reply holds one card
			p.body.Menu.List = append(p.body.Menu.List, it)
			p.reply.Choices = append(p.reply.Choices, says.Choices...)
			if says.Card != nil {
				p.reply.Card = says.Card
			}
			return
		}
	}
	says.Text = over
	s.parts = append(s.parts, part{body{Type: "msgmenu", Menu: &menuBody{Head: over, List: []menuItem{it}}}, says})
}

// withMore lets the last of the messages lead to what follows; false where it has no room.
func withMore(p part) (part, bool) {
	more := menuItem{Type: "click", Click: &click{ID: moreID, Content: moreWord}}
	switch {
	case p.body.Menu != nil && len(p.body.Menu.List) < maxItems:
		menu := *p.body.Menu
		menu.List = append(menu.List[:len(menu.List):len(menu.List)], more)
		p.body.Menu = &menu
	case p.body.Text != nil && len(p.body.Text.Content) <= maxHead:
		p.body = body{Type: "msgmenu", Menu: &menuBody{Head: p.body.Text.Content + moreNote, List: []menuItem{more}}}
	default:
		return p, false
	}
	return p, true
}

// complete makes relative addresses absolute, signs the one that is opened, and says in words what the platform has no
// room for.
func (c *Channel) complete(ctx context.Context, to channel.Address, k *channel.Card) *channel.Card {
	done := *k
	done.Title, done.Summary = tencent.OneLine(k.Title), tencent.Clean(k.Summary)
	if c.o.Sign != nil && strings.HasPrefix(done.URL, "/") {
		done.URL = c.o.Sign(ctx, to, done.URL)
	}
	if strings.HasPrefix(done.URL, "/") {
		done.URL = strings.TrimRight(c.o.PublicURL, "/") + done.URL
	}
	if k.Far != "" {
		done.Summary = "离您" + k.Far + "。" + done.Summary
	}
	return &done
}

// anchor is a link as editors write it for official accounts; a text here shows it as it stands.
var anchor = regexp.MustCompile(`(?s)<a\s[^>]*?href="([^"]*)"[^>]*>(.*?)</a>`)

// plain writes an editor's links as their words, with the address behind where it leads to a page.
func plain(t string) string {
	return anchor.ReplaceAllStringFunc(t, func(link string) string {
		m := anchor.FindStringSubmatch(link)
		if strings.HasPrefix(m[1], "http") && m[1] != m[2] {
			return m[2] + " " + m[1] + " "
		}
		return m[2]
	})
}

// short cuts what stands in one line.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	const dots = "…"
	cut := tencent.Cut([]tencent.Piece{{Text: s}}, most-len(dots))
	if len(cut) == 0 {
		return dots
	}
	return cut[0] + dots
}
