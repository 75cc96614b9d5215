package session

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Line is where the messages of one person wait for their turn in this process: in the order in which they were said, and not
// in the order in which they came. Nobody looks again and again whether it is their turn: whoever leaves wakes the next.
type line struct {
	mu      sync.Mutex
	persons map[string]*queue
}

// queue is the line of one person. Its first place may have the turn.
type queue struct {
	places []*Place
	moved  chan struct{} // closed, and made anew, when somebody left or came before the first
}

// Place is a place in a person's line. It must be given up: by Begin's turn, or by Leave.
type Place struct {
	line  *line
	user  string
	order string
	until time.Time // it has the turn, which ends by itself then; zero while it waits
	left  bool

	waited bool // something of the person's was at work when it came
}

func newLine() *line { return &line{persons: map[string]*queue{}} }

// enter takes a place behind everything that was said before it. Whoever has the turn keeps it.
func (l *line) enter(user, order string) *Place {
	p := &Place{line: l, user: user, order: order}
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.persons[user]
	if q == nil {
		q = &queue{moved: make(chan struct{})}
		l.persons[user] = q
	}
	p.waited = len(q.places) > 0
	at := len(q.places)
	for at > 0 && q.places[at-1].until.IsZero() && q.places[at-1].order > order {
		at--
	}
	q.places = slices.Insert(q.places, at, p)
	if at == 0 {
		q.move()
	}
	return p
}

func (q *queue) move() {
	close(q.moved)
	q.moved = make(chan struct{})
}

// Leave gives the place up. It may be called more than once.
func (p *Place) Leave() {
	p.line.mu.Lock()
	defer p.line.mu.Unlock()
	p.line.drop(p)
}

func (l *line) drop(p *Place) {
	if p.left {
		return
	}
	p.left = true
	q := l.persons[p.user]
	at := slices.Index(q.places, p)
	q.places = slices.Delete(q.places, at, at+1)
	if at == 0 {
		q.move()
	}
	if len(q.places) == 0 {
		delete(l.persons, p.user)
	}
}

// wait returns once p is the first of its line and nobody has the turn; false where ctx ended before. A turn that ran out is
// taken from whoever has it; longest is how long to wait before looking by oneself.
func (l *line) wait(ctx context.Context, p *Place, now func() time.Time, longest time.Duration) bool {
	for {
		l.mu.Lock()
		if p.left {
			l.mu.Unlock()
			return false
		}
		q, at := l.persons[p.user], now()
		first := q.places[0]
		if first != p && !first.until.IsZero() && !at.Before(first.until) {
			l.drop(first)
			first = q.places[0]
		}
		if first == p {
			l.mu.Unlock()
			return true
		}
		moved, left := q.moved, longest
		if !first.until.IsZero() {
			left = first.until.Sub(at)
		}
		l.mu.Unlock()
		timer := time.NewTimer(left)
		select {
		case <-moved:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
		timer.Stop()
	}
}

// take gives p the turn until a time, before whatever was said earlier and came a moment too late; false where another has it.
func (l *line) take(p *Place, until time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.left {
		return false
	}
	q := l.persons[p.user]
	if q.places[0] != p {
		if !q.places[0].until.IsZero() {
			return false
		}
		at := slices.Index(q.places, p)
		q.places = slices.Insert(slices.Delete(q.places, at, at+1), 0, p)
	}
	p.until = until
	return true
}

// holds says whether p still has the turn.
func (l *line) holds(p *Place, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !p.left && now.Before(p.until)
}

// extend lets p have the turn for longer; false where it has it no more.
func (l *line) extend(p *Place, now time.Time, ttl time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p.left || !now.Before(p.until) {
		return false
	}
	p.until = now.Add(ttl)
	return true
}

// first is the order of what waits longest of a person, "" where nothing does.
func (l *line) first(user string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q := l.persons[user]; q != nil {
		for _, p := range q.places {
			if p.until.IsZero() && p.order != First {
				return p.order
			}
		}
	}
	return ""
}

// next is the order of whoever waits behind p, "" where nobody does.
func (l *line) next(p *Place) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q := l.persons[p.user]; q != nil && len(q.places) > 1 && q.places[0] == p {
		return q.places[1].order
	}
	return ""
}
