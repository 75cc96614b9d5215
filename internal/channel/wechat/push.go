package wechat

import (
	"context"
	"errors"

	"github.com/silenceper/wechat/v2/officialaccount/message"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Sender returns the way to push messages to an account's followers, nil for an unknown account.
func (c *Channel) Sender(account string) channel.Sender {
	a := c.accounts[account]
	if a == nil {
		return nil
	}
	return sender{c, a}
}

type sender struct {
	c *Channel
	a *account
}

// Capabilities implements channel.Sender.
func (s sender) Capabilities() channel.Capabilities {
	c := s.a.Capabilities
	c.Cards, c.Places = true, true // of every account
	return c
}

const sendPath = "/cgi-bin/message/custom/send"

// Push implements channel.Sender by the customer-service API. An account without it serves in passive-only mode.
func (s sender) Push(ctx context.Context, to channel.UserKey, r channel.Reply) error {
	if !s.a.Capabilities.CustomerService {
		return &channel.PushError{Verdict: channel.PushPark, Err: errors.New("the account has no customer-service messages")}
	}
	for _, m := range s.c.messages(ctx, channel.Address{Channel: ChannelName, Account: s.a.Name, User: to}, r) {
		if err := s.c.call(ctx, s.a, "POST", sendPath, m, nil); err != nil {
			return s.verdict(err)
		}
	}
	return nil
}

// messages turns a reply into customer-service messages: texts that fit, a menu for choices, an article for a card.
func (c *Channel) messages(ctx context.Context, who channel.Address, r channel.Reply) []*message.CustomerMessage {
	to := who.User.Reveal()
	var ms []*message.CustomerMessage
	texts := cut([]piece{{text: r.Text}}, maxText)
	if n := len(texts); len(r.Choices) > 0 {
		head := ""
		if n > 0 {
			head, texts = texts[n-1], texts[:n-1]
		}
		menu := &message.CustomerMessage{ToUser: to, Msgtype: "msgmenu", Msgmenu: &message.MediaMsgmenu{HeadContent: head}}
		for _, ch := range r.Choices {
			menu.Msgmenu.List = append(menu.Msgmenu.List, message.MsgmenuItem{ID: ch.ID, Content: ch.Label})
		}
		ms = append(ms, menu)
	}
	front := make([]*message.CustomerMessage, 0, len(texts))
	for _, t := range texts {
		front = append(front, message.NewCustomerTextMessage(to, t))
	}
	ms = append(front, ms...)
	if r.Card != nil {
		k := c.complete(ctx, who, r.Card)
		ms = append(ms, &message.CustomerMessage{ToUser: to, Msgtype: message.MsgTypeNews, News: &message.MediaNews{
			Articles: []message.MediaArticles{{Title: k.Title, Description: k.Summary, URL: k.URL, Picurl: k.Picture}},
		}})
	}
	return ms
}

// verdict says what to do with a message that the platform did not take, by its error code.
func (s sender) verdict(err error) error {
	pe := &channel.PushError{Verdict: channel.PushRetry, Err: err}
	var ae *APIError
	if !errors.As(err, &ae) {
		return pe
	}
	pe.Code = ae.Code
	switch ae.Code {
	case 40003, 43004, 43101, 45015, 45047: // no follower, refused, outside the window or over its count
		pe.Verdict = channel.PushPark
	case 41030, 47001, 47003, 45002: // malformed or too long: a bug of ours
		pe.Verdict = channel.PushGiveUp
		s.c.o.Log.Error("WeChat finds a message malformed", "account", s.a.Name, "code", ae.Code)
	case 40013, 40125, 40164, 48001, 50005, 61004: // configuration or rights: until that is mended the next contact brings it
		pe.Verdict = channel.PushPark
		s.c.o.Log.Error("WeChat account cannot send: run `xinqiao wechat doctor`", "account", s.a.Name, "code", ae.Code)
	case 45009, 45011:
		s.c.o.Log.Error("WeChat quota used up", "account", s.a.Name, "code", ae.Code)
	}
	return pe
}
