package main

import (
	"context"
	"errors"
	"net"
	"net/url"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// noDemo says why signing in must ask for a second factor, "" where it may do without: nobody but whoever sits at this machine
// can open the desk then.
func noDemo(cfg config.Config) string {
	host, _, err := net.SplitHostPort(cfg.HTTP.Addr)
	if err != nil || !onThisMachine(host) {
		return "the server listens beyond this machine: set http.addr to 127.0.0.1"
	}
	public, err := url.Parse(cfg.HTTP.PublicURL)
	if err != nil || !onThisMachine(public.Hostname()) {
		return "http.public_url leads to it from beyond this machine"
	}
	return ""
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// readySignIn readies how staff sign in: the second factor, the budgets of tries, and the passwords that nobody may choose.
func (a *App) readySignIn() error {
	s := a.staff
	s.OneTime, s.Own = a.cfg.Desk.OneTime, append([]string{"xinqiao", "心桥"}, a.cfg.Desk.OwnWords...)
	if a.redis != nil {
		s.Tries = staff.NewRedisTries(a.redis, "xq:", a.db.Staff())
	}
	if a.cfg.Desk.Demo {
		if why := noDemo(a.cfg); why != "" {
			a.log.Warn("signing in at the desk asks for a second factor all the same", "reason", why)
		} else {
			s.Demo = true
			a.log.Warn("SIGNING IN AT THE DESK ASKS FOR A PASSWORD ALONE: desk.demo is on. Turn it off wherever anybody real is cared for")
		}
	}
	known, err := passwordList(a.cfg)
	if err != nil {
		return err
	}
	if known != nil {
		s.Breached = known.Has
		a.closers = append(a.closers, known.Close)
	}
	return nil
}

// newDevice is the job that calls a member of staff by their own phone or browser: their account was used on a new device.
type newDevice struct {
	Staff string `json:"staff"`
	Way   string `json:"way"`
}

// KindNewDevice is the kind of its row.
const KindNewDevice = "staff_device"

// Kind implements outbox.Job.
func (newDevice) Kind() string { return KindNewDevice }

// tellOwner asks for a call to the owner of an account, by each way that leads to them alone.
func (a *App) tellOwner(ctx context.Context, of staff.Account, s staff.Session) error {
	var errs []error
	for _, w := range a.cfg.Alerts.Ways {
		if personal(w) {
			errs = append(errs, outbox.Ask(ctx, a.db.Outbox(), newDevice{Staff: of.ID, Way: w.Name}, outbox.Row{Key: KindNewDevice + ":" + s.ID + ":" + w.Name, RunAt: a.now()}))
		}
	}
	return errors.Join(errs...)
}

func (a *App) callOwner(ctx context.Context, row outbox.Row) error {
	job, err := outbox.Decode[newDevice](row)
	if err != nil {
		return err
	}
	way, ok := a.cases.Ladder.Ways[job.Way]
	if !ok { // it was taken out of the configuration
		return nil
	}
	who, known := a.contactOf(ctx, job.Staff)
	if !known {
		return nil
	}
	retry, err := way.Notify(ctx, notify.Alert{
		ID: row.Key, Kind: notify.NewDevice, Level: risk.None, Alias: "您的账号在新设备上登录了", At: a.now(), URL: a.cfg.HTTP.PublicURL + "/desk/me", Call: []notify.Contact{who},
	})
	if err != nil && !retry { // they have no phone or browser bound: the desk tells them
		return nil
	}
	return err
}
