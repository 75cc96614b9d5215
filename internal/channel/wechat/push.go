package wechat

import (
	"context"
	"errors"

	"github.com/silenceper/wechat/v2/officialaccount/message"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
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
//
// A long reply is several messages to the platform. Where one of them fails, those before it are with the person, and the
// error says what is left (channel.PartError). A message that no answer came to may have arrived or not, and the platform
// knows no key to tell: it counts as not taken and is sent again, since a counsellor's word that comes twice does less harm
// than one that never came.
func (s sender) Push(ctx context.Context, to channel.UserKey, r channel.Reply) error {
	if !s.a.Capabilities.CustomerService {
		return &channel.PushError{Verdict: channel.PushPark, Err: errors.New("the account has no customer-service messages")}
	}
	if err := s.c.shut(ctx, s.a, sendPath); err != nil {
		return err
	}
	parts := s.c.messages(ctx, channel.Address{Channel: ChannelName, Account: s.a.Name, User: to}, r)
	for i, p := range parts {
		err := s.c.call(ctx, s.a, "POST", sendPath, p.message, nil)
		if err == nil {
			s.c.took(ctx, s.a, sendPath)
			s.c.spent(ctx, s.a, to)
			continue
		}
		err = s.c.refused(ctx, s.a, sendPath, to, err)
		if i == 0 {
			return err
		}
		part := &channel.PartError{Err: err}
		for _, left := range parts[i:] {
			part.Rest = append(part.Rest, left.reply)
		}
		return part
	}
	return nil
}

// part is one message to the platform, and the reply that says the same.
type part struct {
	message *message.CustomerMessage
	reply   channel.Reply
}

// messages turns a reply into customer-service messages: texts that fit, a menu for choices, an article for a card.
func (c *Channel) messages(ctx context.Context, who channel.Address, r channel.Reply) []part {
	to := who.User.Reveal()
	var ms []part
	texts := tencent.Cut([]tencent.Piece{{Text: r.Text}}, maxText)
	if n := len(texts); len(r.Choices) > 0 {
		menu := &message.MediaMsgmenu{}
		room := maxText
		for _, ch := range r.Choices {
			shown := tencent.OneLine(ch.Label)
			menu.List = append(menu.List, message.MsgmenuItem{ID: ch.ID, Content: shown})
			room -= len(shown) + 1
		}
		if n > 0 && len(texts[n-1]) <= room {
			menu.HeadContent, texts = texts[n-1], texts[:n-1]
		}
		ms = append(ms, part{
			&message.CustomerMessage{ToUser: to, Msgtype: "msgmenu", Msgmenu: menu}, channel.Reply{Text: menu.HeadContent, Choices: r.Choices},
		})
	}
	front := make([]part, 0, len(texts))
	for _, t := range texts {
		front = append(front, part{message.NewCustomerTextMessage(to, t), channel.Reply{Text: t}})
	}
	ms = append(front, ms...)
	if r.Card != nil {
		k := c.complete(ctx, who, r.Card)
		ms = append(ms, part{&message.CustomerMessage{ToUser: to, Msgtype: message.MsgTypeNews, News: &message.MediaNews{
			Articles: []message.MediaArticles{{Title: k.Title, Description: k.Summary, URL: k.URL, Picurl: k.Picture}},
		}}, channel.Reply{Card: r.Card}})
	}
	return ms
}
