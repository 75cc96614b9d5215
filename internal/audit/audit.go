// Package audit is the trail of who did what: signed in, opened somebody's words, learned who somebody is, took data away,
// changed an account. Each line carries a keyed hash over itself and the line before it, so that whoever can write the
// database, but has not the keys, cannot change, drop, reorder or cut lines without it being found. It never holds what
// anybody said, and no person but by a keyed hash. What opens data records it where the data is read, and shows nothing
// when that fails. Start reading at Log; chain.go links and verifies.
package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// The errors of the trail.
var (
	// ErrNoActor says that nobody stands in the ctx: data is opened by somebody or not at all. Each way in sets it: With.
	ErrNoActor = errors.New("audit: who acts is not known here; the way in must say so with audit.With")
	// ErrNoTrail says that something was built without a trail. It opens nothing then.
	ErrNoTrail = errors.New("audit: there is no trail to write to")
	// ErrKind says that an event has a kind that is not in the table of kinds.
	ErrKind = errors.New("audit: unknown kind of event")
)

// Event is something that is recorded.
type Event struct {
	Kind   Kind
	Object string // the ID of what it was done to: a case, a letter, a station, a month. Never a person's ID, alias or words
	Person string // the ID of the person whose data it was, where there is no other object: kept as a keyed hash alone
	Note   string // a few plain words or a number; never what anybody said
}

// Actor is who does something.
type Actor struct {
	ID   string // of the account or token; "" for somebody who has not signed in
	Name string // as colleagues know them
	Role string
	From string // the network address that they come from; kept as a keyed hash alone
}

// The roles of actors that have no account here.
const (
	RoleOperator = "operator" // works on the machine itself, at the command line
	RoleProgram  = "program"  // this program, of itself
	RolePerson   = "person"   // a person about their own data
)

// Program is the program itself, for work that nobody asked for just now.
func Program(name string) Actor { return Actor{ID: "program", Name: name, Role: RoleProgram} }

// Person is somebody who sees to their own data: id is theirs, and is kept as a keyed hash alone.
func Person(id string) Actor { return Actor{ID: id, Name: "本人", Role: RolePerson} }

type actorKey struct{}

// With says who acts in ctx. The desk's, the API's and the command line's doors call it, once.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

// By returns who acts in ctx; false where nobody said.
func By(ctx context.Context) (Actor, bool) {
	a, ok := ctx.Value(actorKey{}).(Actor)
	return a, ok
}

// Store keeps the lines.
type Store interface {
	// Extend lets link say what comes behind the last line, and keeps it. Nobody else extends the trail meanwhile, in this
	// process or another. In a transaction of ctx it does so right before the commit, or not at all where that fails; done
	// is called once it is kept.
	Extend(ctx context.Context, link func(End) Extension, done func()) error
	// Marks returns where the trail begins and ends by its signed marks.
	Marks(ctx context.Context) (start, head Mark, err error)
	// Lines returns up to n lines behind a number, the earliest first.
	Lines(ctx context.Context, after int64, n int) ([]Line, error)
	// Find returns lines that fit, the newest first.
	Find(ctx context.Context, f Filter, n int) ([]Line, error)
	// Counts says how many lines of each kind fit.
	Counts(ctx context.Context, f Filter) (map[Kind]int, error)
	// Cut removes the lines up to a mark and keeps the mark, where the trail still begins at from.
	Cut(ctx context.Context, from, to Mark) error
	// TakeOld removes up to n lines of the older log, without a chain, and hands them to keep in the same transaction.
	TakeOld(ctx context.Context, n int, keep func(ctx context.Context, lines []Line) error) (int, error)
}

// Filter says which lines are looked for; what is empty fits all.
type Filter struct {
	Actor    string // ID, or a part of the name
	Kinds    []Kind
	Object   string
	From, To time.Time // From included, To not
	Before   int64     // lines in front of this number; 0: all
}

// String says what was looked for, for the trail.
func (f Filter) String() string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format("20060102T1504")
	}
	add("who", f.Actor)
	if len(f.Kinds) > 0 && len(f.Kinds) < len(kinds) {
		add("what", string(f.Kinds[0]))
	}
	add("object", f.Object)
	add("from", day(f.From))
	add("to", day(f.To))
	return strings.Join(parts, " ")
}

// Log is the trail. It is safe for concurrent use; a nil Log refuses everything.
type Log struct {
	store  Store
	digest func(parts ...string) string
	now    func() time.Time
	hear   func(Event, error)

	mu     sync.Mutex
	recent map[once]time.Time // until when something that was recorded need not be again
	seen   Mark               // the latest end that this process knows of: the trail never gets shorter
}

// once is one actor doing one thing to one object.
type once struct {
	actor, from, object string
	kind                Kind
}

// How long the same by the same actor is one line: a page that fetches itself again is read once. It is remembered by each
// process for itself.
const (
	Repeat   = time.Minute      // opening one thing
	Watching = 15 * time.Minute // a list that refreshes itself, a film that is fetched in parts
)

// mostRecent bounds what is remembered of repetitions. Beyond it everything is recorded.
const mostRecent = 10_000

// New makes a trail. digest is a keyed hash whose key is not in the database (seal.Sealer.Digest).
func New(s Store, digest func(parts ...string) string, now func() time.Time) *Log {
	return &Log{store: s, digest: digest, now: now, recent: map[once]time.Time{}, hear: func(Event, error) {}}
}

// Hear has f told of everything that was recorded, and of what could not be, for figures. It is called before the trail is
// used.
func (l *Log) Hear(f func(Event, error)) { l.hear = f }

// Record writes a line by whoever acts in ctx, in the transaction of ctx where there is one. Whoever opens data shows
// nothing when it fails.
func (l *Log) Record(ctx context.Context, e Event) error {
	return l.record(ctx, e, 0)
}

// RecordOnce is Record for what a page does again of itself: the same by the same actor within Repeat is one line.
func (l *Log) RecordOnce(ctx context.Context, e Event) error { return l.record(ctx, e, Repeat) }

// RecordWatching is RecordOnce for what somebody keeps open: the same within Watching is one line.
func (l *Log) RecordWatching(ctx context.Context, e Event) error { return l.record(ctx, e, Watching) }

func (l *Log) record(ctx context.Context, e Event, within time.Duration) error {
	if l == nil {
		return ErrNoTrail
	}
	a, err := l.actor(ctx, e)
	if err != nil {
		return fmt.Errorf("record %s: %w", e.Kind, err)
	}
	now := l.now().UTC()
	line := l.line(a, e, now)
	key := once{line.Actor, line.From, line.Object + "\n" + line.Note, e.Kind}
	if within > 0 && l.again(key, now) {
		return nil
	}
	var end Mark
	err = l.store.Extend(ctx, func(at End) Extension {
		x := l.extend(at, line)
		end = x.Head
		return x
	}, func() {
		l.remember(key, now, within, end)
		l.hear(e, nil)
	})
	if err != nil {
		l.hear(e, err)
		return fmt.Errorf("record %s: %w", e.Kind, err)
	}
	return nil
}

// actor is who acts in ctx, as the event wants them.
func (l *Log) actor(ctx context.Context, e Event) (Actor, error) {
	about, known := kinds[e.Kind]
	if !known {
		return Actor{}, ErrKind
	}
	a, ok := By(ctx)
	if !ok || a.ID == "" && !about.anybody {
		return Actor{}, ErrNoActor
	}
	return a, nil
}

// line is what is kept of an event, without its place in the chain.
func (l *Log) line(a Actor, e Event, now time.Time) Line {
	id, object := a.ID, e.Object
	if a.Role == RolePerson {
		id = l.PersonMark(a.ID)
	}
	if object == "" && e.Person != "" {
		object = l.PersonMark(e.Person)
	}
	return Line{
		At: now.Truncate(time.Microsecond), Actor: cut(id, 64), Name: cut(a.Name, 64), Role: cut(a.Role, 20), From: l.Origin(a.From),
		Kind: e.Kind, Object: cut(object, 100), Note: cut(e.Note, 200),
	}
}

// PersonMark is what stands in the trail for a person: equal for the same person, and of no use without the keys. When the
// person is erased, nothing is left that it could be made from again.
func (l *Log) PersonMark(id string) string { return "p-" + l.digest("audit person", id)[:24] }

func (l *Log) again(k once, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.recent[k])
}

func (l *Log) remember(k once, now time.Time, within time.Duration, end Mark) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end.Seq > l.seen.Seq {
		l.seen = end
	}
	if within == 0 {
		return
	}
	if len(l.recent) >= mostRecent {
		for k, until := range l.recent {
			if !now.Before(until) {
				delete(l.recent, k)
			}
		}
	}
	if len(l.recent) < mostRecent {
		l.recent[k] = now.Add(within)
	}
}

func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
