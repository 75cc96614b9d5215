package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// ErrBrowsers says that somebody has turned on notifications in too many browsers.
var ErrBrowsers = errors.New("staff: notifications are on in too many browsers")

// Browser is a browser in which a member of staff turned on notifications. Its ID is a hash of its endpoint, so that the
// page knows which one it stands in.
type Browser struct {
	ID       string
	StaffID  string
	Label    string // what they call it: iPhone · Safari
	Endpoint string
	P256dh   string
	Auth     string
	At       time.Time
}

// BrowserStore is what notifications need of the database.
type BrowserStore interface {
	// PutBrowser keeps a browser; one that was somebody else's is theirs no longer.
	PutBrowser(ctx context.Context, b Browser) error
	// BrowsersOf lists a member's browsers, the oldest first; everybody's where the ID is empty.
	BrowsersOf(ctx context.Context, staffID string) ([]Browser, error)
	// DropBrowser forgets a browser, whosever it is where staffID is empty.
	DropBrowser(ctx context.Context, staffID, id string) error
}

// Limits of what a browser may say.
const (
	mostBrowsers = 10
	labelRunes   = 40
)

// AddBrowser turns notifications on in a browser. What it says was checked by notify.CheckDevice.
func (s *Service) AddBrowser(ctx context.Context, by Account, b Browser) error {
	known, err := s.BrowsersOf(ctx, by.ID)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(b.Endpoint))
	b.ID, b.StaffID, b.At = hex.EncodeToString(sum[:]), by.ID, s.Time().UTC()
	others := 0
	for _, k := range known {
		if k.ID != b.ID {
			others++
		}
	}
	if others >= mostBrowsers {
		return ErrBrowsers
	}
	if utf8.RuneCountInString(b.Label) > labelRunes {
		b.Label = string([]rune(b.Label)[:labelRunes])
	}
	if err := s.Browsers.PutBrowser(ctx, b); err != nil {
		return fmt.Errorf("keep a browser: %w", err)
	}
	return nil
}

// BrowsersOf lists the browsers in which a member of staff turned on notifications.
func (s *Service) BrowsersOf(ctx context.Context, staffID string) ([]Browser, error) {
	bs, err := s.Browsers.BrowsersOf(ctx, staffID)
	if err != nil {
		return nil, fmt.Errorf("list browsers: %w", err)
	}
	return bs, nil
}

// DropBrowser turns notifications off in one of somebody's browsers.
func (s *Service) DropBrowser(ctx context.Context, staffID, id string) error {
	if err := s.Browsers.DropBrowser(ctx, staffID, id); err != nil {
		return fmt.Errorf("forget a browser: %w", err)
	}
	return nil
}

// Callable returns the browsers of everybody who may be called: active, and with the right to acknowledge. The key is the
// account's name.
func (s *Service) Callable(ctx context.Context) (map[string][]Browser, error) {
	as, err := s.Store.All(ctx)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	all, err := s.BrowsersOf(ctx, "")
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, a := range as {
		if a.Active() && a.May(Acknowledge) {
			names[a.ID] = a.Name
		}
	}
	out := map[string][]Browser{}
	for _, b := range all {
		if name, ok := names[b.StaffID]; ok {
			out[name] = append(out[name], b)
		}
	}
	return out, nil
}
