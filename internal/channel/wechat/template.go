package wechat

import (
	"context"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// Template is a service notice by a template that the account was granted. Key keeps the platform from sending it twice
// within ten minutes.
type Template struct {
	ID   string
	URL  string
	Key  string
	Data map[string]string // the template's fields
}

const templatePath = "/cgi-bin/message/template/send"

// SendTemplate sends a template message to a follower of the account. id is the platform's number of it, under which it says
// later what became of it (Outcome). On an error, retry says whether another try may help. It waits for nobody's next contact.
func (c *Channel) SendTemplate(ctx context.Context, accountName string, to channel.UserKey, t Template) (id int64, retry bool, err error) {
	a, ok := c.accounts[accountName]
	if !ok {
		return 0, false, fmt.Errorf("no WeChat account is called %q", accountName)
	}
	if err := c.shut(ctx, a, templatePath); err != nil {
		var pe *channel.PushError
		return 0, errors.As(err, &pe) && CodeOf(pe.Code).again(), err
	}
	// Not the SDK's type: it always carries an empty mini program, which the platform takes for one.
	type value struct {
		Value string `json:"value"`
	}
	m := struct {
		To   string           `json:"touser"`
		ID   string           `json:"template_id"`
		URL  string           `json:"url,omitempty"`
		Key  string           `json:"client_msg_id,omitempty"`
		Data map[string]value `json:"data"`
	}{to.Reveal(), t.ID, t.URL, t.Key, map[string]value{}}
	for field, v := range t.Data {
		v = tencent.OneLine(v)
		if v == "" { // an empty field is refused
			v = "—"
		}
		m.Data[field] = value{v}
	}
	var got struct {
		ID int64 `json:"msgid"`
	}
	err = c.call(ctx, a, "POST", templatePath, m, &got)
	if err == nil {
		c.took(ctx, a, templatePath)
		return got.ID, false, nil
	}
	code, _, answered := codeIn(err)
	return 0, !answered || code.again(), c.refused(ctx, a, templatePath, to, err)
}
