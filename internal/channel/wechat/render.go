package wechat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/silenceper/wechat/v2/util"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// maxText is what one WeChat text holds, in bytes of UTF-8.
const maxText = 2048

// moreWord asks for the rest of a long answer.
const moreWord = "继续"

var moreLink = "\n\n（还没说完）" + menuLink("1", moreWord, moreWord)

// passive is one passive reply: a text, or a single article.
type passive struct {
	text string
	card *channel.Card
}

func (m passive) empty() bool { return m.text == "" && m.card == nil }

// render folds replies into one passive reply; what does not fit comes back as further texts.
func (c *Channel) render(rs []channel.Reply) (m passive, rest []string) {
	if len(rs) == 1 && rs[0].Card != nil && rs[0].Text == "" && len(rs[0].Choices) == 0 {
		return passive{card: c.complete(rs[0].Card)}, nil
	}
	var all []piece
	for _, r := range rs {
		ps := c.pieces(r)
		if len(all) > 0 && len(ps) > 0 {
			all = append(all, piece{text: "\n\n"})
		}
		all = append(all, ps...)
	}
	texts := cut(all, maxText-len(moreLink))
	if len(texts) == 0 {
		return passive{}, nil
	}
	if len(texts) == 1 {
		return passive{text: texts[0]}, nil
	}
	return passive{text: texts[0] + moreLink}, texts[1:]
}

// piece is a part of a text; a whole one (a link) must not be cut.
type piece struct {
	text  string
	whole bool
}

func (c *Channel) pieces(r channel.Reply) []piece {
	var ps []piece
	if r.Text != "" {
		ps = append(ps, piece{text: r.Text})
	}
	if r.Card != nil {
		k := c.complete(r.Card)
		line := piece{text: fmt.Sprintf(`<a href="%s">《%s》</a>`, html.EscapeString(k.URL), label(k.Title)), whole: true}
		ps = append(ps, separated(ps, line)...)
		if k.Summary != "" {
			ps = append(ps, piece{text: "\n" + k.Summary})
		}
	}
	for i, ch := range r.Choices {
		link := strconv.Itoa(i+1) + ". " + menuLink(ch.ID, ch.Saying(), ch.Label)
		ps = append(ps, separated(ps, piece{text: link, whole: true})...)
	}
	return ps
}

// separated puts a line on a line of its own.
func separated(before []piece, p piece) []piece {
	if len(before) == 0 {
		return []piece{p}
	}
	p.text = "\n" + p.text
	return []piece{p}
}

// menuLink is a tappable choice inside a text: a tap sends say with the ID.
func menuLink(id, say, shown string) string {
	return `<a href="weixin://bizmsgmenu?msgmenucontent=` + strings.ReplaceAll(url.QueryEscape(say), "+", "%20") + `&msgmenuid=` + id + `">` + label(shown) + `</a>`
}

// label is what stands inside a link; WeChat reads no markup there.
func label(s string) string {
	return strings.NewReplacer("<", "＜", ">", "＞", "\n", " ").Replace(s)
}

// complete makes relative addresses absolute.
func (c *Channel) complete(k *channel.Card) *channel.Card {
	done := *k
	for _, u := range []*string{&done.URL, &done.Picture} {
		if strings.HasPrefix(*u, "/") {
			*u = strings.TrimRight(c.o.PublicURL, "/") + *u
		}
	}
	return &done
}

// cut divides pieces into texts of at most n bytes: between runes, at a line's end where there is one near, never inside
// a link.
func cut(ps []piece, n int) []string {
	var (
		texts []string
		now   strings.Builder
	)
	flush := func() {
		if t := strings.Trim(now.String(), "\n"); t != "" {
			texts = append(texts, t)
		}
		now.Reset()
	}
	for _, p := range ps {
		for s := p.text; s != ""; {
			room := n - now.Len()
			if len(s) <= room {
				now.WriteString(s)
				break
			}
			if p.whole {
				if now.Len() == 0 { // a link longer than a message: not ours, but nothing may be lost
					now.WriteString(s)
					s = ""
				}
				flush()
				continue
			}
			at := breakAt(s, room)
			now.WriteString(s[:at])
			s = s[at:]
			flush()
		}
	}
	flush()
	return texts
}

// breakAt finds where to cut s so that at most n bytes stand before.
func breakAt(s string, n int) int {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	if i := strings.LastIndexAny(s[:n], "\n"); i > n/2 {
		return i + 1
	}
	return n
}

// leftover is the rest of a long answer. Last is the message that took the text before At, so that its retry gets the same.
type leftover struct {
	Texts []string `json:"texts"`
	At    int      `json:"at"`
	Last  string   `json:"last"`
}

// restTTL is how long somebody may think before asking for the rest.
const restTTL = 30 * time.Minute

func (a *Account) restKey(in channel.Inbound) string {
	h := sha256.Sum256([]byte(a.Token + "\x00" + a.AESKey + "\x00" + in.User.Reveal()))
	return "rest:" + a.Name + ":" + hex.EncodeToString(h[:16])
}

func (c *Channel) keep(ctx context.Context, a *Account, in channel.Inbound, rest []string) error {
	raw, err := json.Marshal(leftover{Texts: rest})
	if err != nil {
		return err
	}
	return c.o.Cache.Set(ctx, a.restKey(in), string(raw), restTTL)
}

// rest answers 继续 with what did not fit; false where nothing is left to say.
func (c *Channel) rest(ctx context.Context, a *Account, in channel.Inbound) (string, bool) {
	if in.Kind != channel.KindText || strings.TrimSpace(in.Text) != moreWord {
		return "", false
	}
	raw, ok, err := c.o.Cache.Get(ctx, a.restKey(in))
	var l leftover
	if err != nil || !ok || json.Unmarshal([]byte(raw), &l) != nil {
		return "", false
	}
	if l.Last != in.ID || in.ID == "" {
		l.At, l.Last = l.At+1, in.ID
		if l.At > len(l.Texts) {
			return "", false
		}
		if raw, err := json.Marshal(l); err == nil {
			if err := c.o.Cache.Set(ctx, a.restKey(in), string(raw), restTTL); err != nil {
				c.o.Log.Warn("the rest of a long answer is not kept", "account", a.Name, "error", err)
			}
		}
	}
	text := l.Texts[l.At-1]
	if l.At < len(l.Texts) {
		text += moreLink
	}
	return text, true
}

// answer writes a passive reply, sealed where the account is in safe mode.
func (c *Channel) answer(g *gin.Context, a *Account, w wire, m passive) {
	plain := c.xml(w, m)
	if a.AESKey == "" {
		g.Data(http.StatusOK, "application/xml; charset=utf-8", []byte(plain))
		return
	}
	random := make([]byte, 24)
	if _, err := c.o.Rand.Read(random); err != nil {
		c.o.Log.Error("no randomness for a reply", "error", err)
		g.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	sealed, err := util.EncryptMsg(random[:16], []byte(plain), a.AppID, a.AESKey)
	if err != nil {
		c.o.Log.Error("reply not sealed", "account", a.Name, "error", err)
		g.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	ts, nonce := strconv.FormatInt(c.o.Now().Unix(), 10), hex.EncodeToString(random[16:])
	var b strings.Builder
	b.Grow(len(sealed) + 300)
	b.WriteString("<xml><Encrypt><![CDATA[")
	b.Write(sealed) // base64: nothing to split
	b.WriteString("]]></Encrypt><MsgSignature><![CDATA[")
	b.WriteString(util.Signature(a.Token, ts, nonce, string(sealed)))
	b.WriteString("]]></MsgSignature><TimeStamp>" + ts + "</TimeStamp><Nonce><![CDATA[" + nonce + "]]></Nonce></xml>")
	g.Data(http.StatusOK, "application/xml; charset=utf-8", []byte(b.String()))
}

func (c *Channel) xml(w wire, m passive) string {
	var b strings.Builder
	b.Grow(len(m.text) + 400)
	b.WriteString("<xml>")
	element(&b, "ToUserName", w.FromUserName)
	element(&b, "FromUserName", w.ToUserName)
	b.WriteString("<CreateTime>" + strconv.FormatInt(c.o.Now().Unix(), 10) + "</CreateTime>")
	if m.card != nil {
		element(&b, "MsgType", "news")
		b.WriteString("<ArticleCount>1</ArticleCount><Articles><item>")
		element(&b, "Title", m.card.Title)
		element(&b, "Description", m.card.Summary)
		element(&b, "PicUrl", m.card.Picture)
		element(&b, "Url", m.card.URL)
		b.WriteString("</item></Articles>")
	} else {
		element(&b, "MsgType", "text")
		element(&b, "Content", m.text)
	}
	b.WriteString("</xml>")
	return b.String()
}

// element writes text as CDATA; what would end it is split, and what XML cannot carry is dropped.
func element(b *strings.Builder, name, text string) {
	text = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
	b.WriteString("<" + name + "><![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]></" + name + ">")
}
