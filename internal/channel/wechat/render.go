package wechat

import (
	"context"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// maxText is what is put into one WeChat text, in bytes of UTF-8. The platform names 2,048, and refuses or cuts some texts
// of that very length.
const maxText = 2040

// passive is one passive reply: a text, or a single article.
type passive struct {
	text string
	card *channel.Card
}

func (m passive) empty() bool { return m.text == "" && m.card == nil }

// render folds replies into one passive reply; what does not fit comes back as further texts.
func (c *Channel) render(ctx context.Context, to channel.Address, rs []channel.Reply) (m passive, rest []string) {
	if len(rs) == 1 && rs[0].Card != nil && rs[0].Text == "" && len(rs[0].Choices) == 0 {
		return passive{card: c.complete(ctx, to, rs[0].Card)}, nil
	}
	var all []tencent.Piece
	shown := 0 // choices of one message are numbered through: a number means one of them
	for _, r := range rs {
		ps := c.pieces(ctx, to, r, shown)
		shown += len(r.Choices)
		if len(all) > 0 && len(ps) > 0 {
			all = append(all, tencent.Piece{Text: "\n\n"})
		}
		all = append(all, ps...)
	}
	texts := tencent.Cut(all, maxText-len(moreLink))
	if len(texts) == 0 {
		return passive{}, nil
	}
	if len(texts) == 1 {
		return passive{text: texts[0]}, nil
	}
	return passive{text: texts[0] + moreLink}, texts[1:]
}

// pieces are the parts of a reply; its choices count on from those that were shown before.
func (c *Channel) pieces(ctx context.Context, to channel.Address, r channel.Reply, shown int) []tencent.Piece {
	var ps []tencent.Piece
	if r.Text != "" {
		ps = append(ps, tencent.Piece{Text: r.Text})
	}
	if r.Card != nil {
		k := c.complete(ctx, to, r.Card)
		line := tencent.Piece{Text: fmt.Sprintf(`<a href="%s">《%s》</a>`, html.EscapeString(k.URL), label(k.Title)), Whole: true}
		ps = append(ps, separated(ps, line)...)
		if k.Summary != "" {
			ps = append(ps, tencent.Piece{Text: "\n" + k.Summary})
		}
	}
	ps = slices.Grow(ps, 2*len(r.Choices))
	group := ""
	for i, ch := range r.Choices {
		if ch.Group != group {
			group = ch.Group
			if group != "" {
				ps = append(ps, separated(ps, tencent.Piece{Text: "【" + group + "】"})...)
			}
		}
		ps = append(ps, separated(ps, tencent.Piece{Text: menuLink(strconv.Itoa(shown+i+1)+". ", ch.ID, ch.Saying(), ch.Label), Whole: true})...)
	}
	return ps
}

// separated puts a line on a line of its own.
func separated(before []tencent.Piece, p tencent.Piece) []tencent.Piece {
	if len(before) == 0 {
		return []tencent.Piece{p}
	}
	p.Text = "\n" + p.Text
	return []tencent.Piece{p}
}

// menuLink is a tappable choice inside a text, behind what stands before it: a tap sends say with the ID.
func menuLink(before, id, say, shown string) string {
	b := make([]byte, 0, 80+len(before)+len(id)+3*len(say)+len(shown))
	b = append(append(b, before...), `<a href="weixin://bizmsgmenu?msgmenucontent=`...)
	b = appendEscaped(b, tencent.Clean(say))
	b = append(append(append(b, `&msgmenuid=`...), id...), `">`...)
	return string(append(append(b, label(shown)...), `</a>`...))
}

// appendEscaped writes text as a part of an address, as url.PathEscape does, and with a space as %20: the platform shows a + as
// it stands. It stands here since each answer has several choices, each a few Chinese characters: all of it is escaped.
func appendEscaped(b []byte, text string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			b = append(b, c)
		default:
			b = append(b, '%', digits[c>>4], digits[c&0xF])
		}
	}
	return b
}

// label is what stands inside a link; WeChat reads no markup there.
func label(s string) string { return unmarked.Replace(tencent.Clean(s)) }

var unmarked = strings.NewReplacer("<", "＜", ">", "＞", "\n", " ")

// complete makes relative addresses absolute, signs the one that is opened, and says in words what the platform has no
// room for.
func (c *Channel) complete(ctx context.Context, to channel.Address, k *channel.Card) *channel.Card {
	done := *k
	done.Title, done.Summary = tencent.OneLine(k.Title), tencent.Clean(k.Summary)
	if c.o.Sign != nil && strings.HasPrefix(done.URL, "/") {
		done.URL = c.o.Sign(ctx, to, done.URL)
	}
	for _, u := range []*string{&done.URL, &done.Picture} {
		if strings.HasPrefix(*u, "/") {
			*u = strings.TrimRight(c.o.PublicURL, "/") + *u
		}
	}
	if k.Far != "" {
		done.Summary = "离您" + k.Far + "。" + done.Summary
	}
	return &done
}

// paper is what an answer is written on: in the clear, and sealed. It is used again once the answer was handed over.
type paper struct{ clear, sealed []byte }

var papers = sync.Pool{New: func() any { return new(paper) }}

// answer writes a passive reply, sealed where the account is in safe mode. What keeps browsers from mischief is left out of it:
// it goes to the platform, which signed what it answers.
func (c *Channel) answer(g *gin.Context, a *account, w wire, m passive) {
	const form = "application/xml; charset=utf-8"
	clear(g.Writer.Header())
	p, _ := papers.Get().(*paper)
	defer papers.Put(p)
	if a.AESKey == "" {
		p.clear = c.appendXML(p.clear[:0], w, m)
		g.Data(http.StatusOK, form, p.clear)
		return
	}
	random := make([]byte, 24)
	if _, err := io.ReadFull(c.o.Rand, random); err != nil {
		c.o.Log.Error("no randomness for a reply", "error", err)
		g.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	p.clear = c.appendXML(a.codec.Room(p.clear), w, m)
	ts, nonce := strconv.FormatInt(c.o.Now().Unix(), 10), hex.EncodeToString(random[16:])
	const before = "<xml><Encrypt><![CDATA["
	b := append(p.sealed[:0], before...)
	b = a.codec.Seal(b, random, p.clear) // base64: nothing to split
	signed := tencent.Signature([]byte(a.Token), []byte(ts), []byte(nonce), b[len(before):])
	for _, part := range [...]string{"]]></Encrypt><MsgSignature><![CDATA[", signed, "]]></MsgSignature><TimeStamp>", ts, "</TimeStamp><Nonce><![CDATA[", nonce, "]]></Nonce></xml>"} {
		b = append(b, part...)
	}
	p.sealed = b
	g.Data(http.StatusOK, form, b)
}

func (c *Channel) appendXML(b []byte, w wire, m passive) []byte {
	b = append(b, "<xml>"...)
	b = appendElement(b, "ToUserName", w.FromUserName)
	b = appendElement(b, "FromUserName", w.ToUserName)
	b = strconv.AppendInt(append(b, "<CreateTime>"...), c.o.Now().Unix(), 10)
	b = append(b, "</CreateTime>"...)
	if m.card != nil {
		b = appendElement(b, "MsgType", "news")
		b = append(b, "<ArticleCount>1</ArticleCount><Articles><item>"...)
		b = appendElement(b, "Title", m.card.Title)
		b = appendElement(b, "Description", m.card.Summary)
		b = appendElement(b, "PicUrl", m.card.Picture)
		b = appendElement(b, "Url", m.card.URL)
		b = append(b, "</item></Articles>"...)
	} else {
		b = appendElement(b, "MsgType", "text")
		b = appendElement(b, "Content", m.text)
	}
	return append(b, "</xml>"...)
}

// appendElement writes text as CDATA; what would end it is split, and what XML cannot carry is dropped.
func appendElement(b []byte, name, text string) []byte {
	for _, part := range [...]string{"<", name, "><![CDATA[", strings.ReplaceAll(tencent.Clean(text), "]]>", "]]]]><![CDATA[>"), "]]></", name, ">"} {
		b = append(b, part...)
	}
	return b
}
