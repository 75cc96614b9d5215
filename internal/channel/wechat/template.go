package wechat

import (
	"context"
	"errors"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
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

// SendTemplate sends a template message to a follower of the account. On an error, retry says whether another try may help.
func (c *Channel) SendTemplate(ctx context.Context, accountName string, to channel.UserKey, t Template) (retry bool, err error) {
	a, ok := c.accounts[accountName]
	if !ok {
		return false, fmt.Errorf("no WeChat account is called %q", accountName)
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
		m.Data[field] = value{v}
	}
	err = c.call(ctx, a, "POST", templatePath, m, nil)
	var ae *APIError
	if !errors.As(err, &ae) {
		return err != nil, err
	}
	switch ae.Code {
	case 40003, 40037, 43004, 47003, 48001: // not a follower, no such template, bad fields, no right
		return false, err
	}
	return true, err
}
