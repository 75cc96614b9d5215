// Package media is the pictures, voices and videos that people send while staff follow their conversation. Each is an
// item: fetched from its platform while that still keeps it, bounded, checked for what it really is, kept sealed for a
// while, and gone after that. It decides what is taken in and for how long; it knows no platform, and shows nothing. What
// somebody sends while no case is open is never fetched. Start reading at Service; clean.go says what is let in.
package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// The errors of media.
var (
	ErrNotFound = errors.New("media: no such item")
	ErrGone     = errors.New("media: the item is not kept any more, or never was")
	ErrTooMany  = errors.New("media: the person has sent enough for today")
)

// State is where an item stands.
type State string

// The states.
const (
	Coming  State = "coming"  // is being fetched
	Kept    State = "kept"    // can be opened
	Expired State = "expired" // was kept as long as it may be
	Failed  State = "failed"  // will never come; Why says why
)

// Why says why an item could not be kept.
type Why string

// The reasons.
const (
	Gone       Why = "gone"            // the platform kept it no longer
	TooLarge   Why = "too_large"       // more bytes than are taken in
	WrongType  Why = "wrong_type"      // is not what it says it is, or nothing that is shown here
	Unreadable Why = "unreadable"      // broken
	TooVast    Why = "too_many_pixels" // a picture that would fill the memory
	TooMany    Why = "too_many"        // the person sent more than PerDay
	NoWay      Why = "no_way"          // the channel or the account cannot fetch it
)

// Item is one picture, voice or video. It says nothing of what is in it.
type Item struct {
	ID      string
	Person  string
	Case    string // "" for what waits to be sent
	Kind    channel.Kind
	State   State
	Why     Why
	Type    string // of what is kept, as it was found to be: "image/jpeg"
	Size    int64
	Width   int // of a picture
	Height  int
	Sent    time.Time
	Ended   time.Time // when it was kept, or could not be
	Expires time.Time // the latest; a case that is closed ends it earlier
}

// Fit is the size at which a picture fits into a square of a side, and is never enlarged.
func (it Item) Fit(side int) (w, h int) {
	long := max(1, it.Width, it.Height)
	by := min(side, long)
	return max(1, it.Width*by/long), max(1, it.Height*by/long)
}

// The bounds. The platform's own, for what may be uploaded to it: pictures 10 MB, voices 2 MB and 60 s, videos 10 MB
// (developers.weixin.qq.com, 新增临时素材); what people film may be larger than what an account may upload.
const (
	MaxImage = 10 << 20
	MaxVoice = 2 << 20
	MaxVideo = 20 << 20
	PerDay   = 100 // items of one person in 24 hours

	OwnPerDay = 20 // of what a channel of our own takes in, where anybody may be as many people as they like
)

// PlatformKeeps is how long WeChat keeps what a person sent (developers.weixin.qq.com, 获取临时素材).
const PlatformKeeps = 3 * 24 * time.Hour

// Most is how many bytes of a kind are taken in; 0 for what is no media.
func Most(k channel.Kind) int64 {
	switch k {
	case channel.KindImage:
		return MaxImage
	case channel.KindVoice:
		return MaxVoice
	case channel.KindVideo:
		return MaxVideo
	}
	return 0
}

// PieceSize is how much of an item is sealed and stored at a time.
const PieceSize = 256 << 10

// Store is what media needs of the database. Writes join the transaction that ctx carries.
type Store interface {
	InTx(ctx context.Context, f func(ctx context.Context) error) error
	// Add leaves an item whose ID is known as it is, and says so with false.
	Add(ctx context.Context, it Item) (bool, error)
	// Get returns the items of these IDs that there are.
	Get(ctx context.Context, ids ...string) (map[string]Item, error)
	// Keep stores the bytes of an item that is coming, with what became known of it; false where it is not coming any more.
	Keep(ctx context.Context, it Item, data []byte) (bool, error)
	// Fail ends an item that is coming; false where it is not coming any more.
	Fail(ctx context.Context, id string, why Why, at time.Time) (bool, error)
	// Adopt gives an item of the person's that is kept for nobody to a case.
	Adopt(ctx context.Context, it Item) error
	// Piece returns the nth piece of an item.
	Piece(ctx context.Context, it Item, n int) ([]byte, error)
	CountSince(ctx context.Context, personID string, since time.Time) (int, error)
	// Purge drops the bytes of up to n items that expired, or whose case was closed before closed.
	Purge(ctx context.Context, now, closed time.Time, n int) (int, error)
	// Overdue returns up to n items that are coming and were sent before t.
	Overdue(ctx context.Context, t time.Time, n int) ([]Item, error)
}

// Service takes items in and gives them out. Store, Outbox and Fetcher must be set; New fills in the rest.
type Service struct {
	Store      Store
	Outbox     outbox.Queue
	Trail      *audit.Log                                        // who opened what; without it nothing is opened
	Fetcher    func(channelName, account string) channel.Fetcher // nil where nothing can be fetched
	Bus        live.Bus                                          // default none
	Lost       func(ctx context.Context, it Item) error          // tells the person, where a human has the conversation; joins the transaction; default nobody is told
	AfterClose time.Duration                                     // how long an item outlives its case; default 30 days
	AtMost     time.Duration                                     // how long it is kept in any event; default 90 days
	Metrics    *Metrics                                          // default for nobody
	Log        *slog.Logger                                      // default none
	Now        func() time.Time                                  // default time.Now

	hands chan struct{} // bounds how many are in memory at once
	eyes  chan struct{} // one picture is decoded at a time
}

// The defaults, and how many items are in memory at once.
const (
	DefaultAfterClose = 30 * 24 * time.Hour
	DefaultAtMost     = 90 * 24 * time.Hour
	atOnce            = 2
)

// New fills in the defaults.
func New(s Service) *Service {
	if s.AfterClose == 0 {
		s.AfterClose = DefaultAfterClose
	}
	if s.AtMost == 0 {
		s.AtMost = DefaultAtMost
	}
	if s.Metrics == nil {
		s.Metrics = NewMetrics(nil)
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	s.hands, s.eyes = make(chan struct{}, atOnce), make(chan struct{}, 1)
	return &s
}

// space is the namespace of the items' IDs.
var space = uuid.MustParse("6f2a6c1e-94e1-4a38-9a0e-1f6d3c0b5d18")

// ID makes the ID of an item from its message's key, so that a message that comes again means the same item.
func ID(key string) string { return uuid.NewSHA1(space, []byte(key)).String() }

// Is says whether a message brings something to look at or to hear.
func Is(in channel.Inbound) bool { return Most(in.Kind) > 0 }

// Takes says whether what a person sent will be fetched, so that it can be said truthfully.
func (s *Service) Takes(ctx context.Context, personID string, in channel.Inbound) (bool, error) {
	if !Is(in) {
		return false, nil
	}
	if in.Media.Kept != "" {
		return true, nil
	}
	why, err := s.refuses(ctx, personID, in)
	return why == "" && err == nil, err
}

func (s *Service) refuses(ctx context.Context, personID string, in channel.Inbound) (Why, error) {
	f := s.Fetcher(in.Channel, in.Account)
	if f == nil || !f.Fetches(in.Kind, in.Media) {
		return NoWay, nil
	}
	n, err := s.Store.CountSince(ctx, personID, s.Now().Add(-24*time.Hour))
	if err != nil {
		return "", fmt.Errorf("count what a person sent: %w", err)
	}
	if n >= PerDay {
		return TooMany, nil
	}
	return "", nil
}

// Of returns the items of these IDs that there are, as they stand now.
func (s *Service) Of(ctx context.Context, ids ...string) (map[string]Item, error) {
	if len(ids) == 0 {
		return map[string]Item{}, nil
	}
	its, err := s.Store.Get(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("look up media: %w", err)
	}
	for id, it := range its {
		its[id] = s.asOf(it)
	}
	return its, nil
}

// asOf is an item as it stands at this moment, whether or not a purge has been by.
func (s *Service) asOf(it Item) Item {
	if it.State == Kept && !s.Now().Before(it.Expires) {
		it.State = Expired
	}
	return it
}

// Open returns an item that is kept and its bytes, once the trail has it; ErrNotFound and ErrGone otherwise. A film that a
// browser fetches in parts is one opening.
func (s *Service) Open(ctx context.Context, id string) (Item, io.ReadSeeker, error) {
	it, err := s.kept(ctx, id)
	if err != nil {
		return it, nil, err
	}
	if err := s.Trail.RecordWatching(ctx, audit.Event{Kind: audit.OpenMedia, Object: it.ID}); err != nil {
		return it, nil, fmt.Errorf("open media: %w", err)
	}
	return it, s.opened(ctx, it), nil
}

// OpenOwn is Open for whoever sent the item: ErrNotFound for anybody else. People see what is their own without a trace.
func (s *Service) OpenOwn(ctx context.Context, personID, id string) (Item, io.ReadSeeker, error) {
	it, err := s.kept(ctx, id)
	switch {
	case err != nil:
		return it, nil, err
	case it.Person != personID:
		return Item{}, nil, ErrNotFound
	}
	return it, s.opened(ctx, it), nil
}

func (s *Service) kept(ctx context.Context, id string) (Item, error) {
	its, err := s.Of(ctx, id)
	if err != nil {
		return Item{}, err
	}
	it, ok := its[id]
	switch {
	case !ok:
		return Item{}, ErrNotFound
	case it.State != Kept:
		return it, ErrGone
	}
	return it, nil
}

func (s *Service) opened(ctx context.Context, it Item) io.ReadSeeker {
	s.Metrics.opened.WithLabelValues(string(it.Kind)).Inc()
	return &body{ctx: ctx, store: s.Store, item: it, loaded: -1}
}
