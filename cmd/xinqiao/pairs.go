package main

import (
	"context"
	"errors"
	"slices"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wecom"
	"github.com/xinqiao-bot/xinqiao/internal/editing"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// casePair says whether the second of two members of staff may agree to what the first asked, or look at what they did.
func (a *App) casePair(ctx context.Context, p casework.Pair) (err error) {
	switch p.For {
	case casework.Identity:
		err = a.staff.Second(ctx, staff.Pair{First: p.First, Second: p.Second, Right: staff.GrantIdentity, Keeps: staff.Talk, Since: p.Since})
	case casework.SecondEye: // that they may look stands in the way that leads there
		err = a.staff.Apart(ctx, p.First, p.Second)
	}
	return onePerson(err, casework.ErrSecondPerson)
}

// onePerson is what a domain calls it that two accounts are not two people.
func onePerson(err, as error) error {
	if errors.Is(err, staff.ErrSamePerson) || errors.Is(err, staff.ErrNotSecond) {
		return as
	}
	return err
}

func (a *App) lettersApart(ctx context.Context, first, second string) error {
	return onePerson(a.staff.Apart(ctx, first, second), letter.ErrOwn)
}

func (a *App) editorsApart(ctx context.Context, first, second string) error {
	return onePerson(a.staff.Apart(ctx, first, second), editing.ErrOwn)
}

// letterEyes counts the people who may answer letters now, of those whose work meets that of whoever asks.
func (a *App) letterEyes(ctx context.Context) (int, error) {
	mine, _ := reach.Of(ctx, reach.Letters)
	return a.people(ctx, func(m staff.Account) bool {
		return m.May(staff.AnswerLetters) && m.Reach(staff.AnswerLetters, nil).Meets(mine)
	})
}

// otherEditors counts those who could publish what some drafted.
func (a *App) otherEditors(ctx context.Context, beside ...string) (int, error) {
	return a.people(ctx, func(m staff.Account) bool {
		return m.May(staff.EditContent) && !slices.ContainsFunc(beside, func(id string) bool {
			return errors.Is(a.staff.Apart(ctx, id, m.ID), staff.ErrSamePerson)
		})
	})
}

// people counts those of the active staff who are chosen, everybody once.
func (a *App) people(ctx context.Context, chosen func(staff.Account) bool) (int, error) {
	all, err := a.staff.List(ctx)
	return staff.People(slices.DeleteFunc(all, func(m staff.Account) bool { return !m.Active() || !chosen(m) })), err
}

// placesOf is what districts are made of: the accounts of the service that lie in them, and the stations.
func (a *App) placesOf(districts []string) (places []reach.Place, stations []string) {
	add := func(channel, account string) {
		if slices.Contains(districts, a.districtOf(channel, account)) {
			places = append(places, reach.Place{Channel: channel, Account: account})
		}
	}
	for _, acc := range a.cfg.WeChat.Accounts {
		add(wechat.ChannelName, acc.Name)
	}
	for _, acc := range a.cfg.WeCom.Accounts {
		add(wecom.ChannelName, acc.Name)
	}
	add(web.ChannelName, web.AccountName)
	for _, st := range a.library.Current().Stations.All() {
		if slices.Contains(districts, st.District) {
			stations = append(stations, st.ID)
		}
	}
	return places, stations
}
