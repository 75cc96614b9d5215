package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"
)

// Browser tells members of staff on the phones and computers on which they turned it on at the desk, by Web Push
// (RFC 8030): even with the desk closed. What it sends is encrypted for the device (RFC 8291), so that the push service
// in between reads nothing. It remembers the devices, and calls them while the database is away.
type Browser struct {
	push   Push
	client *http.Client
	log    *slog.Logger

	mu      sync.Mutex
	keys    PushKeys
	devices []Device
	known   bool
}

var _ = register(Provider{
	Kind: "browser", Personal: true, // it remembers whom it reaches while the database is away
	Open: func(_ Settings, o Outside) (Notifier, error) { return o.Browsers, nil },
})

// Push is what Browser needs of the rest. Keys and Devices read the database.
type Push struct {
	Keys       func(ctx context.Context) (PushKeys, error)
	Devices    func(ctx context.Context) ([]Device, error) // of everybody who may be called
	Gone       func(ctx context.Context, id string) error  // the push service knows a device no longer
	Subscriber string                                      // an https address under which a push service finds who sends
	Client     *http.Client                                // nil: one that reaches public hosts alone
	Log        *slog.Logger
}

// PushKeys are the pair by which push services know this program (VAPID, RFC 8292), in base64url. Devices are bound to it.
type PushKeys struct {
	Public  string `json:"public"`
	Private string `json:"private"`
}

// NewPushKeys makes a pair.
func NewPushKeys() (PushKeys, error) {
	private, public, err := webpush.GenerateVAPIDKeys()
	if err != nil {
		return PushKeys{}, fmt.Errorf("make push keys: %w", err)
	}
	return PushKeys{Public: public, Private: private}, nil
}

// Device is a browser that takes notifications, and whose it is.
type Device struct {
	ID       string
	Account  string // what its owner signs in to the desk with
	Endpoint string // at the push service; whoever knows it can ring, if they have our keys
	P256dh   string // base64url: the device's public key
	Auth     string // base64url: 16 bytes that it shares with us
}

// LogValue hides the address.
func (d Device) LogValue() slog.Value { return slog.StringValue("device " + d.ID) }

const (
	// pushLife is how long a push service keeps an alert for a device that is off. Later calls carry their own.
	pushLife = 30 * time.Minute
	// devicesEvery is how old the devices may be that are called while the database is away.
	devicesEvery = time.Minute
	// pushesAtOnce bounds how many devices are told at a time.
	pushesAtOnce = 8
)

// NewBrowser makes the way. Follow keeps what it remembers fresh.
func NewBrowser(p Push) *Browser {
	b := &Browser{push: p, client: p.Client, log: p.Log}
	if b.client == nil {
		b.client = newPublicClient()
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	return b
}

// Follow reads the devices again and again until ctx ends.
func (b *Browser) Follow(ctx context.Context) {
	tick := time.NewTicker(devicesEvery)
	defer tick.Stop()
	for {
		if _, _, err := b.read(ctx); err != nil && ctx.Err() == nil {
			b.log.Warn("the devices of staff cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// read returns the keys and the devices, as they were known last where the database does not answer.
func (b *Browser) read(ctx context.Context) (PushKeys, []Device, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout/4) // what is left of a try is for the push services
	defer cancel()
	keys, err := b.push.Keys(ctx)
	var devices []Device
	if err == nil {
		devices, err = b.push.Devices(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.keys, b.devices, b.known = keys, devices, true
	} else if !b.known {
		return PushKeys{}, nil, err
	}
	return b.keys, b.devices, nil
}

// Key is the public key that a browser asks its push service with.
func (b *Browser) Key(ctx context.Context) (string, error) {
	keys, err := b.push.Keys(ctx)
	return keys.Public, err
}

// pushed is what a device gets; static/worker/push.js shows it.
type pushed struct {
	Title  string `json:"title"`
	Body   string `json:"body"`
	Path   string `json:"path"` // on the desk
	Tag    string `json:"tag"`  // the same when it is sent again: a device shows it once
	Urgent bool   `json:"urgent"`
}

// Notify implements Notifier. Its error is a *Partial where somebody was told.
func (b *Browser) Notify(ctx context.Context, a Alert) (retry bool, err error) {
	keys, all, err := b.read(ctx)
	if err != nil {
		return true, err
	}
	devices := called(all, a.Call)
	if len(devices) == 0 {
		return false, errors.New("nobody who is called has turned on notifications at the desk")
	}
	body, err := json.Marshal(pushed{Title: a.Title(), Body: a.brief(), Path: pathOf(a.URL), Tag: pushTopic(a.ID), Urgent: a.Kind != Trial})
	if err != nil {
		return false, fmt.Errorf("encode a notification: %w", err)
	}
	var (
		mu     sync.Mutex
		people = map[string]*telling{}
		open   sync.WaitGroup
	)
	free := make(chan struct{}, pushesAtOnce)
	for _, d := range devices {
		free <- struct{}{}
		open.Go(func() {
			defer func() { <-free }()
			again, err := b.send(ctx, keys, d, body, pushTopic(a.ID))
			mu.Lock()
			defer mu.Unlock()
			one := people[d.Account]
			if one == nil {
				one = &telling{}
				people[d.Account] = one
			}
			one.told = one.told || err == nil
			one.retry = one.retry || again
			one.errs = append(one.errs, err)
		})
	}
	open.Wait()
	return outcome(people)
}

// telling is what became of an alert on the devices of one person.
type telling struct {
	told, retry bool
	errs        []error
}

// outcome counts people: who was told on one device was told.
func outcome(people map[string]*telling) (retry bool, err error) {
	var failures []error
	told := 0
	for _, account := range slices.Sorted(maps.Keys(people)) {
		one := people[account]
		if one.told {
			told++
			continue
		}
		failures, retry = append(failures, one.errs...), retry || one.retry
	}
	err = errors.Join(failures...)
	if err != nil && told > 0 {
		err = &Partial{Told: told, Called: len(people), Err: err}
	}
	return retry, err
}

// called are the devices of those who are called, all where nobody in particular is.
func called(all []Device, call []Contact) []Device {
	if len(call) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(d Device) bool {
		return !slices.ContainsFunc(call, func(c Contact) bool { return strings.EqualFold(c.Account, d.Account) })
	})
}

// send tells one device. Its errors never hold the address. The library pads the body in place where it has room, so each
// device gets one without.
func (b *Browser) send(ctx context.Context, keys PushKeys, d Device, body []byte, topic string) (retry bool, err error) {
	res, err := webpush.SendNotificationWithContext(ctx, slices.Clip(body), &webpush.Subscription{Endpoint: d.Endpoint, Keys: webpush.Keys{Auth: d.Auth, P256dh: d.P256dh}}, &webpush.Options{
		HTTPClient: b.client, Subscriber: b.push.Subscriber, VAPIDPublicKey: keys.Public, VAPIDPrivateKey: keys.Private,
		TTL: int(pushLife / time.Second), Urgency: webpush.UrgencyHigh, Topic: topic,
	})
	if err != nil {
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			return !errors.Is(err, errNotPublic), fmt.Errorf("reach a push service: %w", ue.Err)
		}
		return false, fmt.Errorf("encrypt for a device: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, answerLimit))
	switch {
	case res.StatusCode/100 == 2:
		return false, nil
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		if err := b.push.Gone(ctx, d.ID); err != nil { // the next alert tries again
			b.log.Warn("a device that is gone cannot be removed", "device", d, "error", err)
		}
		b.forget(d.ID)
		return false, errors.New("a device takes no notifications any more and was removed")
	}
	retry = res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusRequestTimeout
	return retry, fmt.Errorf("a push service answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))
}

func (b *Browser) forget(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.devices = slices.DeleteFunc(slices.Clone(b.devices), func(d Device) bool { return d.ID == id })
}

// brief is an alert below its title, for a screen that shows two lines.
func (a Alert) brief() string {
	switch a.Kind {
	case Trial:
		return "收到这条，说明手机推送是通的。"
	case Unfiled:
		return "个案要等数据库恢复后才会出现在工作台，请现在就联系值班技术人员。"
	case Many:
		return a.tallies() + "。请打开工作台，从最急的开始。"
	case Concern:
		return a.reads()
	case NewDevice:
		return notYou + "。"
	case Opened, Overdue:
	}
	parts := []string{a.asked()}
	if who := a.who(); who != "" {
		parts = append(parts, "请 "+who)
	}
	return strings.Join(parts, " · ")
}

// pathOf keeps of an address what a worker of the same site needs.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return "/desk"
	}
	return u.Path
}

// pushTopic is the alert's name for push services, which take 32 characters: one that waits for a device is replaced when
// it is sent again.
func pushTopic(alert string) string {
	sum := sha256.Sum256([]byte(alert))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// CheckDevice says whether a device can be told anything: its address is that of a public host over https, and its keys
// are of the right form.
func CheckDevice(d Device) error {
	if err := publicAddress(d.Endpoint); err != nil {
		return err
	}
	for _, k := range []struct {
		name, value string
		first       byte
		length      int
	}{{"p256dh", d.P256dh, 4, 65}, {"auth", d.Auth, 0, 16}} {
		raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(k.value, "="))
		if err != nil || len(raw) != k.length || k.first != 0 && !bytes.HasPrefix(raw, []byte{k.first}) {
			return fmt.Errorf("%w: the key %s is of no use", ErrDevice, k.name)
		}
	}
	return nil
}

// ErrDevice says that a browser's subscription is not one that can be used.
var ErrDevice = errors.New("notify: no such device can be told")
