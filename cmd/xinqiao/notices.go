package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/page"
	"github.com/xinqiao-bot/xinqiao/internal/subscribe"
)

// noticeForms are the subscription notices of an account, by what they are about.
func noticeForms(acc config.Account) map[channel.KnockFor]subscribe.Form {
	forms := map[channel.KnockFor]subscribe.Form{}
	for _, n := range acc.Notices {
		forms[channel.KnockFor(n.For)] = subscribe.Form{Template: n.Template, Fields: n.Fields, LongTerm: n.LongTerm}
	}
	return forms
}

// checkNotices says what is wrong with the notices of the accounts before anything is opened.
func checkNotices(cfg config.WeChat) error {
	for i, acc := range cfg.Accounts {
		seen := map[string]bool{}
		for j, n := range acc.Notices {
			at := fmt.Sprintf("wechat.accounts[%d].notices[%d]", i, j)
			if !channel.KnockFor(n.For).Valid() {
				return fmt.Errorf("%s.for: is none of appointment, event, followup", at)
			}
			if seen[n.For] {
				return fmt.Errorf("%s.for: there are two notices for it; keep one", at)
			}
			seen[n.For] = true
			form := subscribe.Form{Template: n.Template, Fields: n.Fields, LongTerm: n.LongTerm}
			if err := form.Check(wechat.FieldKind); err != nil {
				return fmt.Errorf("%s: %w", at, err)
			}
		}
	}
	return nil
}

// noticeLedger keeps what people agreed to be told by notices of their platform.
func (a *App) noticeLedger() *subscribe.Service {
	forms := map[string]map[channel.KnockFor]subscribe.Form{}
	for _, acc := range a.cfg.WeChat.Accounts {
		forms[acc.Name] = noticeForms(acc)
	}
	return &subscribe.Service{
		Store: a.db.Notices(), Outbox: a.db.Outbox(), Address: a.db.People().Address, Forms: forms, Words: a.noticeWords, Send: a.sendNotice,
		Log: a.log, Clock: citytime.Clock{Now: a.now},
	}
}

var noticeKeys = map[channel.KnockFor]content.NoticeKey{
	channel.KnockAppointment: content.NoticeKnockAppointment, channel.KnockEvent: content.NoticeKnockEvent, channel.KnockFollowUp: content.NoticeKnockFollowUp,
}

// noticeWords are what an account's notices say, in the words of its editors.
func (a *App) noticeWords(account string, f channel.KnockFor) (title, hint string) {
	replies := a.library.Of(account).Replies
	return replies.Notice(noticeKeys[f]), replies.Notice(content.NoticeKnockHint)
}

// noticePages are the pages that a tap on a notice opens, for accounts that can tell who opens a page. A follow-up has none: it
// is answered in the chat.
var noticePages = map[channel.KnockFor]string{channel.KnockAppointment: "/p/bookings", channel.KnockEvent: "/p/events"}

// sendNotice sends a subscription notice by the platform that the person agreed on.
func (a *App) sendNotice(ctx context.Context, to channel.Address, m subscribe.Message) (subscribe.Result, error) {
	if to.Channel != wechat.ChannelName {
		return subscribe.Wrong, fmt.Errorf("%s has no notices that one agrees to", to.Channel)
	}
	t := wechat.Template{ID: m.Template, Data: m.Data}
	if page := noticePages[m.For]; page != "" && a.wechat.Knows(to.Account) {
		t.URL = a.cfg.HTTP.PublicURL + a.signLink(ctx, to, page)
	}
	result, err := a.wechat.SendNotice(ctx, to.Account, to.User, t)
	switch result {
	case wechat.NoticeTaken:
		return subscribe.Taken, nil
	case wechat.NoticeRefused:
		return subscribe.Refused, err
	case wechat.NoticeNotSent:
		return subscribe.NotSent, err
	case wechat.NoticeWrong:
		return subscribe.Wrong, err
	case wechat.NoticeUnknown:
	}
	return subscribe.Unknown, err
}

// pageNotices lets pages ask people whether they want notices.
type pageNotices struct{ a *App }

// Templates implements page.Notices.
func (n pageNotices) Templates(account string) []string {
	for _, acc := range n.a.cfg.WeChat.Accounts {
		if acc.Name == account {
			return noticeTemplates(acc)
		}
	}
	return nil
}

// Prove implements page.Notices.
func (n pageNotices) Prove(ctx context.Context, account, address, nonce string) (page.Proof, error) {
	p, err := n.a.wechat.Prove(ctx, account, address, nonce)
	return page.Proof(p), err
}

// noticeTemplates are the templates that an account asks its people to agree to, each once; a popup shows three at most.
func noticeTemplates(acc config.Account) []string {
	var ids []string
	for _, n := range acc.Notices {
		if !slices.Contains(ids, n.Template) {
			ids = append(ids, n.Template)
		}
	}
	return ids[:min(len(ids), 3)]
}
