package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/desk"
	"github.com/xinqiao-bot/xinqiao/internal/notify"
)

// openBrowsers readies the calls to staff in their browsers, where a way of that kind is configured.
func (a *App) openBrowsers() {
	if !slices.ContainsFunc(a.cfg.Alerts.Ways, func(w config.Way) bool { return w.Kind == "browser" }) {
		return
	}
	a.staff.Browsers = a.db.Staff()
	a.browsers = notify.NewBrowser(notify.Push{
		Keys: a.db.PushKeys, Devices: a.devices, Subscriber: a.subscriber(), Log: a.log,
		Gone: func(ctx context.Context, id string) error { return a.staff.DropBrowser(ctx, "", id) },
	})
}

// subscriber is where a push service finds who sends: it wants an https address, or else one for mail.
func (a *App) subscriber() string {
	if a.secure() {
		return a.cfg.HTTP.PublicURL
	}
	for _, w := range a.cfg.Alerts.Ways {
		if from := w.Set.Text("from"); from != "" {
			return from
		}
	}
	return "xinqiao@localhost"
}

// devices are the browsers of everybody who may be called.
func (a *App) devices(ctx context.Context) ([]notify.Device, error) {
	byName, err := a.staff.Callable(ctx)
	if err != nil {
		return nil, err
	}
	var all []notify.Device
	for name, browsers := range byName {
		for _, b := range browsers {
			all = append(all, notify.Device{ID: b.ID, Account: name, Endpoint: b.Endpoint, P256dh: b.P256dh, Auth: b.Auth})
		}
	}
	slices.SortFunc(all, func(a, b notify.Device) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// deskPush is what the desk needs to turn notifications on; nil where alerts go to no browsers.
func (a *App) deskPush() *desk.Push {
	if a.browsers == nil {
		return nil
	}
	return &desk.Push{Key: a.browsers.Key, Try: a.tryWay("browser")}
}
