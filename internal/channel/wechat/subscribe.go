package wechat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sony/gobreaker/v2"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// noticePath sends a subscription notice, for which the person agreed to its template beforehand: each agreement in a popup
// gives one. The platform knows no key that would keep one from being sent twice.
const noticePath = "/cgi-bin/message/subscribe/bizsend"

// NoticeResult is what became of a subscription notice.
type NoticeResult string

// The results.
const (
	NoticeTaken   NoticeResult = "taken"   // the platform has it
	NoticeRefused NoticeResult = "refused" // the person does not want it, or has no agreement left
	NoticeNotSent NoticeResult = "notsent" // it did not go out, and another try may help
	NoticeWrong   NoticeResult = "wrong"   // it did not go out, and another try does not help: somebody must look
	NoticeUnknown NoticeResult = "unknown" // no answer came: it may have arrived
)

// codeNoConsent says that the person refused a notice, or that they agreed to no more of them.
const codeNoConsent = 43101

// SendNotice sends a subscription notice to a person. Its error says why it was not taken.
func (c *Channel) SendNotice(ctx context.Context, account string, to channel.UserKey, t Template) (NoticeResult, error) {
	a, ok := c.accounts[account]
	if !ok {
		return NoticeWrong, fmt.Errorf("no WeChat account is called %q", account)
	}
	if err := c.shut(ctx, a, noticePath); err != nil {
		return NoticeNotSent, err
	}
	type value struct {
		Value string `json:"value"`
	}
	m := struct {
		To   string           `json:"touser"`
		ID   string           `json:"template_id"`
		Page string           `json:"page,omitempty"`
		Data map[string]value `json:"data"`
	}{to.Reveal(), t.ID, t.URL, map[string]value{}}
	for field, v := range t.Data {
		m.Data[field] = value{FitField(field, v)}
	}
	err := c.call(ctx, a, "POST", noticePath, m, nil)
	if err == nil {
		c.took(ctx, a, noticePath)
		return NoticeTaken, nil
	}
	code, ae, answered := codeIn(err)
	switch {
	case !answered && neverSent(err):
		return NoticeNotSent, err
	case !answered:
		c.metrics.pushes.WithLabelValues(a.Name, noticePath, "unknown").Inc()
		return NoticeUnknown, err
	}
	refused := c.refused(ctx, a, noticePath, to, err)
	switch {
	case ae.Code == codeNoConsent:
		return NoticeRefused, refused
	case code.again():
		return NoticeNotSent, refused
	}
	return NoticeWrong, refused
}

// neverSent says that a call did not leave: nobody listened, or it was not tried.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) || errors.As(err, &op) && op.Op == "dial"
}

// What a field of a notice may hold, by what its name begins with: how many characters at most, and which. A value that
// breaks the rule has the whole notice refused (47003).
var fieldRules = map[string]struct {
	most int
	only func(r rune) bool // nil: any
}{
	"thing":            {20, nil},
	"short_thing":      {5, nil},
	"name":             {10, nil},
	"phrase":           {5, func(r rune) bool { return unicode.Is(unicode.Han, r) }},
	"const":            {20, nil},
	"character_string": {32, func(r rune) bool { return r > ' ' && r < unicode.MaxASCII }},
	"letter":           {32, func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }},
	"number":           {32, func(r rune) bool { return r >= '0' && r <= '9' || r == '.' }},
	"symbol":           {5, func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }},
	"phone_number":     {17, func(r rune) bool { return r >= '0' && r <= '9' || r == '+' || r == '-' }},
	"time":             {32, nil},
	"date":             {32, nil},
}

// FieldKind is what kind of value a field takes: its name without its number; false for a name of no kind that is known.
func FieldKind(field string) (kind string, known bool) {
	kind = strings.TrimRight(field, "0123456789")
	_, known = fieldRules[kind]
	return kind, known && kind != field
}

// FitField cuts a value to what its field takes. An empty field is refused as well.
func FitField(field, v string) string {
	kind, _ := FieldKind(field)
	rule := fieldRules[kind]
	v = tencent.OneLine(v)
	if rule.only != nil {
		v = strings.Map(func(r rune) rune {
			if rule.only(r) {
				return r
			}
			return -1
		}, v)
	}
	if rule.most > 0 && utf8.RuneCountInString(v) > rule.most {
		rs := []rune(v)
		if rule.only != nil {
			return string(rs[:rule.most])
		}
		return string(rs[:rule.most-1]) + "…"
	}
	if v == "" {
		return "—"
	}
	return v
}
