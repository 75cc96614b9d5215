//go:build chaos

package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// utterance is one message of somebody, and what became of it.
type utterance struct {
	kind   kind
	text   string
	number int64 // the platform's, in the order in which things were said
	sent   time.Time
	took   time.Duration // until the answer, the platform's repeats included
	reply  wxsim.Reply
	heard  bool // it was acknowledged
	again  bool // they had said something dangerous, and had been answered, before

	mu      sync.Mutex
	hops    []hop
	refused int // deliveries that were answered with another status than 200
}

// hop is one delivery to one replica.
type hop struct {
	addr string
	at   time.Time
}

// kind is what is expected of the answer, and of the database afterwards.
type kind int

const (
	fact   kind = iota // words of somebody with an open case: they stand in the record once, in order
	danger             // as a fact, with the hotlines at once, a signal, and staff called for the person
	browse             // the menu, or a word that it comes later
	hello              // somebody follows: a welcome, now or later
	step               // of a letter or a booking: what it comes to is counted at the end
)

// soul is a person on a phone.
type soul struct {
	who    string
	client *wxsim.Client
	mu     sync.Mutex
	words  []*utterance
	// What must have come of it: nothing is expected of what is false or empty.
	letter, booked bool
	lines          []string // of the letter, in order
	pushes         []string // what staff wrote to them
}

type utteranceKey struct{}

// front passes a delivery to the next replica, and to the other where nobody listens there, as a load balancer does. It
// repeats nothing that a replica may have read: that is the platform's to do.
type front struct {
	hosts []string
	turn  *atomic.Int64
	wire  *http.Transport
}

func (f front) RoundTrip(r *http.Request) (res *http.Response, err error) {
	w, _ := r.Context().Value(utteranceKey{}).(*utterance)
	first := int(f.turn.Add(1))
	for i := range f.hosts {
		again := r.Clone(r.Context())
		again.URL.Host = f.hosts[(first+i)%len(f.hosts)]
		if again.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
		if w != nil {
			w.mu.Lock()
			w.hops = append(w.hops, hop{again.URL.Host, time.Now()})
			w.mu.Unlock()
		}
		if res, err = f.wire.RoundTrip(again); !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
	}
	if w != nil && err == nil && res.StatusCode != http.StatusOK {
		w.mu.Lock()
		w.refused++
		w.mu.Unlock()
	}
	return res, err
}

// trial is one fault played, with everybody who wrote meanwhile.
type trial struct {
	*stage
	fault fault
	front front
	busy  []string // what is said while a backend is away
	lost  string   // what is said where not even the disk took it
	over  chan struct{}

	mu     sync.Mutex
	people []*soul
	began  time.Time
	mended time.Time
	good   time.Duration // from then until everything was made good
	unmet  []string      // what was not, when patience ended
	final  row
}

func (s *stage) newTrial(f fault) *trial {
	replies := s.lens.bot.Content().Replies
	tr := &trial{
		stage: s, fault: f, over: make(chan struct{}), lost: replies.Notice(content.NoticeBusyLost),
		busy: []string{replies.Notice(content.NoticeBusy), replies.Notice(content.NoticeBusyTap), replies.Notice(content.NoticeBusyHello)},
	}
	tr.front = front{hosts: []string{s.cfgs[0].HTTP.Addr, s.cfgs[1].HTTP.Addr}, turn: new(atomic.Int64), wire: &http.Transport{MaxIdleConnsPerHost: 32}}
	s.t.Cleanup(tr.front.wire.CloseIdleConnections)
	return tr
}

func (tr *trial) soul() *soul {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	p := &soul{who: openid(tr.t, len(tr.people))}
	p.client = &wxsim.Client{URL: "http://replicas/wechat/main", Account: account, HTTP: &http.Client{Transport: tr.front}, Platform: tr.platform}
	tr.people = append(tr.people, p)
	return p
}

// lastNumber is the last that the platform gave a message.
var lastNumber atomic.Int64

func numberOf(at time.Time) int64 {
	for {
		last := lastNumber.Load()
		if n := max(at.UnixMicro()*1000, last+1); lastNumber.CompareAndSwap(last, n) {
			return n
		}
	}
}

// says delivers one message as the platform does: five seconds, three times.
func (tr *trial) says(p *soul, k kind, text string) *utterance {
	return tr.delivers(p, tr.message(p, wxsim.Text(p.who, text)), k)
}

// message gives a message its number and its time.
func (tr *trial) message(p *soul, m wxsim.Message) wxsim.Message {
	now := time.Now()
	if p.client.Now != nil {
		now = p.client.Now()
	}
	m.CreateTime = now.Unix()
	if m.Type != "event" {
		m.MsgID = numberOf(time.Now())
	}
	return m
}

func (tr *trial) delivers(p *soul, m wxsim.Message, k kind) *utterance {
	w := &utterance{kind: k, text: m.Content, number: m.MsgID, sent: time.Now()}
	p.mu.Lock()
	for _, before := range p.words {
		w.again = w.again || before.kind == danger && before.number != w.number && before.number > 0
	}
	p.words = append(p.words, w)
	p.mu.Unlock()
	r, _, err := p.client.Deliver(context.WithValue(tr.t.Context(), utteranceKey{}, w), m)
	w.took, w.reply, w.heard = time.Since(w.sent), r, err == nil
	return w
}

func (tr *trial) taps(p *soul, r wxsim.Reply, label string) (*utterance, bool) {
	for _, l := range r.MenuLinks {
		if strings.Contains(l.Label, label) {
			return tr.delivers(p, tr.message(p, l.Tap(p.who)), step), true
		}
	}
	return nil, false
}

// deferred says whether an answer is only that the real one follows.
func (tr *trial) deferred(w *utterance) bool {
	for _, b := range tr.busy {
		if strings.Contains(w.reply.Content, b) {
			return true
		}
	}
	return w.reply.Success
}

// notKept says whether a message was answered with the truth that it could not be kept.
func (tr *trial) notKept(w *utterance) bool { return strings.Contains(w.reply.Content, tr.lost) }

// right says whether an answer is one that may be given.
func (tr *trial) right(w *utterance) bool {
	if !w.heard || tr.deferred(w) || tr.notKept(w) {
		return w.kind != danger
	}
	switch w.kind {
	case danger:
		return tr.hotlines(w)
	case browse:
		return strings.Contains(w.reply.Content, "父母学堂")
	case hello:
		return strings.Contains(w.reply.Content, "12356")
	}
	return w.reply.Content != ""
}

// hotlines says whether an answer to danger has them: all of them to somebody's first word, and in the talk after it at least
// the one that fits ("tell 110 in which house you are").
func (tr *trial) hotlines(w *utterance) bool {
	said := w.reply.Content
	if w.again {
		return strings.Contains(said, "12356") || strings.Contains(said, "120") || strings.Contains(said, "110")
	}
	return strings.Contains(said, "12356") && strings.Contains(said, "120")
}

// rest waits, and says whether a person goes on: not after the trial is over.
func (tr *trial) rest(t *testing.T, d time.Duration) bool {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-tr.over:
		return false
	}
}
