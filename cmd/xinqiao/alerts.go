package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wecom"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	people "github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// openWays builds the configured ways to call staff, in the order of the file.
func openWays(cfg config.Alerts, o notify.Outside, reg prometheus.Registerer) ([]*notify.Way, error) {
	sent := notify.Metrics(reg)
	var ways []*notify.Way
	for i, w := range cfg.Ways {
		n, err := notify.Open(w.Kind, w.Set, o)
		if err != nil {
			at := w.At("kind")
			if wrong := (*notify.WrongSetting)(nil); errors.As(err, &wrong) {
				at = cmp.Or(w.At(wrong.Name), at)
			}
			return nil, fmt.Errorf("%salerts.ways[%d]: %w", at, i, err)
		}
		ways = append(ways, notify.NewWay(w.Name, n, sent))
	}
	return ways, nil
}

// checkWays says what is wrong with the ways before anything is opened.
func checkWays(cfg config.Alerts) error {
	_, err := openWays(cfg, notify.Outside{Now: time.Now}, nil)
	return err
}

// personal says whether a way is tried on the desk, by whoever turned it on for themselves.
func personal(w config.Way) bool {
	p, err := notify.ProviderOf(w.Kind)
	return err == nil && p.Personal
}

// lookedUp says whether a way needs the database to know whom it reaches.
func lookedUp(w config.Way) bool {
	p, err := notify.ProviderOf(w.Kind)
	return err == nil && p.Lookup
}

// openAlerts readies the ladder by which staff are called, and the alarm for when there is no database to climb it.
func (a *App) openAlerts(ctx context.Context) (err error) {
	if a.duty, err = rota.Open(a.cfg.Alerts.Rota, a.db.Rota(), a.now, a.log); err != nil {
		return fmt.Errorf("alerts.rota: %w", err)
	}
	_ = a.duty.Refresh(ctx) // logged there; without the changes the base counts, and Follow tries again
	a.rota = &rota.Service{Store: a.db.Rota(), Book: a.duty, Trail: a.db.Trail(), Bus: a.bus, Clock: citytime.Clock{Now: a.now}}
	a.openBrowsers()
	ways, err := openWays(a.cfg.Alerts, notify.Outside{Now: a.now, Staff: a.staff.PhonesOf, Send: a.sendToPhone, Browsers: a.browsers}, a.metrics)
	if err != nil {
		return err
	}
	w := a.cfg.Alerts.Within
	a.cases.Ladder = casework.Ladder{
		Within:  map[risk.Level]time.Duration{risk.Imminent: w.Imminent, risk.High: w.High, risk.Medium: w.Medium},
		Rungs:   func(district string, at time.Time) []rota.Rung { return a.duty.Current().Ladder(district, at) },
		Ways:    map[string]notify.Notifier{},
		URL:     func(id string) string { return a.cfg.HTTP.PublicURL + "/desk/cases/" + id },
		Desk:    a.cfg.HTTP.PublicURL + "/desk",
		Contact: a.contactOf,
		Near:    a.near,
		Phone:   a.phoneOf,
		District: func(ctx context.Context, personID string) string {
			p, err := a.db.People().Get(ctx, personID)
			if err != nil { // the city's duty is called
				return rota.City
			}
			return a.districtOf(p.Channel, p.Account)
		},
	}
	a.cases.Calls = a.db.Outbox()
	for _, w := range ways {
		a.cases.Ladder.Ways[w.Name] = w
	}
	a.alarm = &notify.Alarm{Ways: ways, Log: a.log, Now: a.now}
	a.closers = append(a.closers, func() error {
		last, cancel := context.WithTimeout(context.Background(), lastCalls)
		defer cancel()
		a.alarm.Stop(last)
		return nil
	})
	return nil
}

// lastCalls is how long a replica that ends lets calls for help from memory go on: a try of a slow way.
const lastCalls = 9 * time.Second

// contactOf is how a member of staff is called: as the rota knows them, else by their account alone.
func (a *App) contactOf(ctx context.Context, staffID string) (notify.Contact, bool) {
	who, err := a.staff.ByID(ctx, staffID)
	if err != nil {
		return notify.Contact{}, false
	}
	if c, known := a.duty.Current().ByAccount(who.Name); known {
		return c, true
	}
	return notify.Contact{Name: who.DisplayName, Account: who.Name}, true
}

// sendToPhone sends a template message to a member of staff who bound their chat: a person whose address is opened for it.
func (a *App) sendToPhone(ctx context.Context, account, person string, m notify.Message) (retry bool, err error) {
	to, err := a.db.People().Address(ctx, person)
	if err != nil { // a database that is busy, or away for a moment, gives no call up
		return !errors.Is(err, people.ErrNotFound), fmt.Errorf("find a phone: %w", err)
	}
	if to.Channel != wechat.ChannelName || to.Account != account {
		return false, fmt.Errorf("a phone was bound on another account than %q: bind it again there", account)
	}
	const unfollowed = "没有关注公众号"
	gone, err := a.db.People().Unfollowed(ctx, person)
	if err != nil {
		return true, err
	}
	if !gone.IsZero() {
		a.unreached(ctx, m, person, unfollowed)
		return false, errors.New("a colleague follows the account no more: they must follow it again to be called by it")
	}
	id, retry, err := a.wechat.SendTemplate(ctx, account, to.User, wechat.Template{ID: m.Template, URL: m.URL, Key: m.Key, Data: m.Data})
	switch pe := (*channel.PushError)(nil); {
	case err == nil:
		sent := casework.Sent{Account: account, Job: strconv.FormatInt(id, 10), Person: person, Ref: m.Ref}
		if put := a.cases.OnItsWay(ctx, sent); put != nil { // it was sent: the clock of its case goes on without its outcome
			a.log.Warn("what becomes of a call to a phone will not be known", "account", account, "error", put)
		}
	case errors.As(err, &pe) && pe.Gone: // as the platform would say of a call that it took
		a.unreached(ctx, m, person, unfollowed)
	}
	return retry, err
}

// unreached notes that a call did not reach a phone, and has the next on the ladder called.
func (a *App) unreached(ctx context.Context, m notify.Message, person, why string) {
	if err := a.cases.Unreached(ctx, m.Ref, person, why, m.Key); err != nil {
		a.log.Warn("a call that reached nobody is not noted", "error", err)
	}
}

// phoneOf is the name of the member of staff who bound a chat.
func (a *App) phoneOf(ctx context.Context, person string) string {
	name, err := a.staff.WhosePhone(ctx, person)
	if err != nil {
		a.log.Warn("whose phone it is cannot be found", "error", err)
	}
	return name
}

// tryWay sends a trial to one member of staff by the first way of a kind that leads to them alone; nil where there is no
// such way.
func (a *App) tryWay(kind string) func(ctx context.Context, account staff.Account) error {
	for _, w := range a.cfg.Alerts.Ways {
		if w.Kind != kind {
			continue
		}
		way := a.cases.Ladder.Ways[w.Name]
		return func(ctx context.Context, account staff.Account) error {
			_, err := way.Notify(ctx, notify.Alert{
				ID: uuid.NewString(), Kind: notify.Trial, Level: risk.None, At: a.now(), URL: a.cfg.HTTP.PublicURL + "/desk",
				Call: []notify.Contact{{Name: account.DisplayName, Account: account.Name}},
			})
			return err
		}
	}
	return nil
}

// districtOf is the district of the account that somebody writes to, whose duty answers for them.
func (a *App) districtOf(channelName, account string) string {
	for _, acc := range a.cfg.WeChat.Accounts {
		if channelName == wechat.ChannelName && acc.Name == account && acc.District != "" {
			return acc.District
		}
	}
	for _, acc := range a.cfg.WeCom.Accounts {
		if channelName == wecom.ChannelName && acc.Name == account && acc.District != "" {
			return acc.District
		}
	}
	return rota.City
}

// callForHelp wakes everybody of a district when somebody in danger cannot be filed. about is the person's keyed hash.
func (a *App) callForHelp(about string, in channel.Inbound, level risk.Level) {
	district := a.districtOf(in.Channel, in.Account)
	rungs := a.duty.Current().Ladder(district, a.now())
	everybody := rungs[len(rungs)-1]
	a.alarm.Call(about, notify.Alert{
		ID: uuid.NewString(), Kind: notify.Unfiled, Level: level, District: district, Rung: everybody.Name, Call: everybody.Call, At: a.now(),
		URL: a.cfg.HTTP.PublicURL + "/desk",
	})
}

// lookAhead is how far ahead the rota is searched for hours without anybody.
const lookAhead = 7 * 24 * time.Hour

// dutyState says in one line whether somebody is always on call.
func (a *App) dutyState() (line string, fine bool) {
	r := a.duty.Current()
	if r == nil {
		return "no rota, every call is for everybody", true
	}
	now := a.now()
	if gaps := r.Gaps(now, now.Add(lookAhead)); len(gaps) > 0 {
		g := gaps[0]
		return fmt.Sprintf("nobody on call from %s to %s", g.From.Format("2006-01-02 15:04"), g.To.Format("2006-01-02 15:04")), false
	}
	return "ok", true
}

// warnOfDuty says at the start what would leave a cry for help unheard.
func (a *App) warnOfDuty() {
	if line, fine := a.dutyState(); !fine {
		a.log.Warn("the rota has a gap", "duty", line)
	}
	if len(a.cases.Ladder.Ways) == 0 && len(a.cfg.WeChat.Accounts)+len(a.cfg.WeCom.Accounts) > 0 {
		a.log.Warn("no way to call staff is configured: danger is seen only by whoever has the desk open; set alerts.ways")
	}
	if ways := a.cfg.Alerts.Ways; len(ways) > 0 && !slices.ContainsFunc(ways, func(w config.Way) bool { return !lookedUp(w) }) {
		a.log.Warn("the only way to call staff needs the database to know whom: with it down nobody is called; add one of another kind to alerts.ways")
	}
}
