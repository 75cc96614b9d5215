package spool

import (
	"context"
	"errors"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// ErrBehind is what Do returns where an entry waits for something that the person said before, and that another replica keeps.
// It is no failure: it is tried again soon, and as often as it takes.
var ErrBehind = errors.New("spool: something that was said before is kept at another replica")

// Herald tells the other replicas what this one keeps, so that nothing which was said after it takes effect before.
type Herald interface {
	// Owe names the order of the oldest entry of a person; "" where there is none any more.
	Owe(ctx context.Context, user, order string) error
	// Alive is called every second; known is false where what was told is forgotten.
	Alive(ctx context.Context) (known bool, err error)
}

const (
	heraldPatience = 500 * time.Millisecond
	aliveEvery     = time.Second
	behindRest     = 250 * time.Millisecond
	quiet          = 2 * time.Second
)

// Tell names who is told what this process keeps. It is called before the first message.
func (s *Spool) Tell(h Herald) { s.herald = h }

// Proclaim lets the other replicas know that a message is going to be put off: a turn that fails must not be given to what
// was said after it. Whoever calls it adds the message next.
func (s *Spool) Proclaim(ctx context.Context, in channel.Inbound) {
	if s.herald == nil {
		return
	}
	user, order := s.sealer.Index(in.Address), in.Order()
	s.mu.Lock()
	s.promised[user] = promise{order, time.Now()}
	s.mu.Unlock()
	s.telling.Lock()
	defer s.telling.Unlock()
	if told := s.told[user]; (told == "" || order < told) && s.alive(ctx) {
		s.tell(ctx, user, order)
	}
}

// promise is the order of a message that is going to be added.
type promise struct {
	order string
	at    time.Time
}

// promiseLasts is longer than adding takes: a promise that was not kept holds nobody up.
const promiseLasts = 3 * time.Second

// keptPromise ends a promise; the caller holds mu.
func (s *Spool) keptPromise(it *item) {
	if s.promised[it.user].order == it.order {
		delete(s.promised, it.user)
	}
}

// alive says that this process lives, and forgets what the others were told where they forgot it; the caller holds telling.
func (s *Spool) alive(ctx context.Context) bool {
	if time.Since(s.saidAlive) < aliveEvery {
		return true
	}
	if time.Since(s.unheard) < heraldPatience { // whoever waited for the last try need not try as well
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), heraldPatience)
	defer cancel()
	known, err := s.herald.Alive(ctx)
	if err != nil {
		s.unheard = time.Now()
		return false
	}
	s.saidAlive = time.Now()
	if !known { // and so with the others: each gets the time to tell of what it keeps, before any goes on
		clear(s.told)
		s.quietUntil.Store(time.Now().Add(quiet).UnixNano())
		s.Well() // what shares the herald's backend may be tried then
	}
	return true
}

// listening says whether other replicas may not have told yet what they keep: what is no danger waits for that.
func (s *Spool) listening() bool { return time.Now().UnixNano() < s.quietUntil.Load() }

// tell tells of one person; the caller holds telling.
func (s *Spool) tell(ctx context.Context, user, order string) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), heraldPatience)
	defer cancel()
	if err := s.herald.Owe(ctx, user, order); err != nil {
		s.saidAlive, s.unheard = time.Time{}, time.Now()
		return false
	}
	if order == "" {
		delete(s.told, user)
	} else {
		s.told[user] = order
	}
	return true
}

// owed is the order of the oldest entry of each person that others must wait for. Danger waits for nobody and nobody for it;
// what failed too often holds up nothing.
func (s *Spool) owed() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := map[string]string{}
	for _, it := range s.items {
		if it.entry.Duty == Answer && !it.entry.Danger && !it.held && it.tries < givesWay {
			older(oldest, it.user, it.order)
		}
	}
	for user, p := range s.promised {
		if time.Since(p.at) > promiseLasts {
			delete(s.promised, user)
			continue
		}
		older(oldest, user, p.order)
	}
	return oldest
}

func older(oldest map[string]string, user, order string) {
	if known := oldest[user]; known == "" || order < known {
		oldest[user] = order
	}
}

// proclaims keeps what others know of the entries in step with them.
func (s *Spool) proclaims(ctx context.Context) {
	if s.herald == nil {
		return
	}
	ticker := time.NewTicker(aliveEvery)
	defer ticker.Stop()
	for {
		s.tellAll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.changed:
		}
	}
}

func (s *Spool) tellAll(ctx context.Context) {
	oldest := s.owed()
	s.telling.Lock()
	defer s.telling.Unlock()
	if !s.alive(ctx) {
		return // nobody can be told; the next time
	}
	for user, order := range oldest {
		if s.told[user] != order && !s.tell(ctx, user, order) {
			return
		}
	}
	for user := range s.told {
		if oldest[user] == "" && !s.tell(ctx, user, "") {
			return
		}
	}
}

func (s *Spool) change() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
