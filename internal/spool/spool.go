// Package spool keeps inbound messages that were answered or acknowledged before they could be recorded, until they are.
// Each is one sealed file on the local disk, synced before Add returns. Words of danger have two more places: the memory of
// this process, which has them whatever the disk says, and the shelf, another backend that every replica reads, so that
// neither a full disk nor a dead replica keeps them from a human. It knows nothing of what recording means. Start reading at
// Add; replay.go has what becomes of the entries.
package spool

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Sealer seals what is written, and names people without naming them.
type Sealer interface {
	Seal(plain []byte, aad string) ([]byte, error)
	Open(sealed []byte, aad string) ([]byte, error)
	Index(a channel.Address) string
}

// Shelf is a backend that all replicas share, for words of danger. It holds them sealed.
type Shelf interface {
	Put(ctx context.Context, id string, sealed []byte) error
	Drop(ctx context.Context, id string) error
	All(ctx context.Context) (map[string][]byte, error)
}

// Duty says what is still owed to a spooled message.
type Duty string

// The duties.
const (
	Record Duty = "record" // it was answered without a database: record it
	Answer Duty = "answer" // it was acknowledged without its real answer: handle it and push the answer
	Mark   Duty = "mark"   // it was recorded, and its person's session does not know yet
	Settle Duty = "settle" // it was handled and answered, and its session could not be saved: save it
)

// Entry is one spooled message.
type Entry struct {
	Duty    Duty            `json:"duty"`
	Danger  bool            `json:"danger,omitempty"` // goes before everything that is none
	Inbound channel.Inbound `json:"inbound"`
	State   json.RawMessage `json:"state,omitempty"`   // of Settle
	Replies []channel.Reply `json:"replies,omitempty"` // of Settle

	id string // in the order of time; names the file
}

// ErrNotKept says that an entry stands in no place that outlives this process.
var ErrNotKept = errors.New("spool: the message could not be kept")

// Spool is a folder of entries. It is safe for concurrent use.
type Spool struct {
	disk   disk
	sealer Sealer
	shelf  Shelf // nil: none
	log    *slog.Logger
	wake   [lanes]chan struct{}

	mu      sync.Mutex
	items   map[string]*item // by what they are about: person, message and duty
	ids     map[string]*item
	persons map[string]int // how many of each
	aside   int            // files that cannot be read

	promised map[string]promise // by person: see Proclaim
	failing  atomic.Bool        // an entry failed, and nothing was done since

	herald    Herald // nil: there are no other replicas
	changed   chan struct{}
	telling   sync.Mutex // guards what is below, and goes before mu
	told      map[string]string
	saidAlive time.Time
	unheard   time.Time // when the herald failed last

	quietUntil atomic.Int64 // in nanoseconds; see listening
}

// item is an entry as this process knows it.
type item struct {
	key, user, order string
	entry            Entry
	kept             bool // on the disk
	shelved          bool
	held             bool // whoever added it is still at work on it
	owed             bool // of held: no answer came of that work
	tries            int
	rests            time.Time
	busy             chan struct{} // closed when whoever replays it has ended; nil while nobody does
}

const aad = "spool"

// The bounds of what a place that hangs may cost whoever waits for an answer.
const (
	diskPatience  = 800 * time.Millisecond
	shelfPatience = 700 * time.Millisecond
)

// Open makes the folder where it is missing, and reads what stands in it.
func Open(dir string, sealer Sealer, shelf Shelf, log *slog.Logger) (*Spool, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Spool{disk: disk{dir: dir, writing: make(chan struct{}, 32)}, sealer: sealer, shelf: shelf, log: log, items: map[string]*item{}, ids: map[string]*item{}, persons: map[string]int{},
		promised: map[string]promise{}, told: map[string]string{}, changed: make(chan struct{}, 1)}
	for i := range s.wake {
		s.wake[i] = make(chan struct{}, 1)
	}
	if err := s.disk.open(); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	s.scan()
	return s, nil
}

func (s *Spool) item(e Entry) *item {
	user := s.sealer.Index(e.Inbound.Address)
	what := e.Duty
	if e.Inbound.ID == "" {
		what += Duty(e.id)
	}
	return &item{key: user + "\x00" + e.Inbound.ID + "\x00" + string(what), user: user, order: e.Inbound.Order(), entry: e}
}

// Add keeps an entry; it is on the disk, or on the shelf, when Add returns nil. ErrNotKept says that it is in neither: danger
// then lives in the memory of this process, and is tried again; anything else is dropped. What is there already is kept once.
func (s *Spool) Add(ctx context.Context, e Entry) error { return s.add(ctx, e, false) }

// Hold is Add for a message that the caller is still at work on: it is not replayed before Free.
func (s *Spool) Hold(ctx context.Context, e Entry) error { return s.add(ctx, e, true) }

func (s *Spool) add(ctx context.Context, e Entry, held bool) error {
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("spool message: %w", err)
	}
	e.id = id.String()
	plain, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("spool message: %w", err)
	}
	it := s.item(e)
	it.held = held
	s.mu.Lock()
	if known := s.items[it.key]; known != nil {
		known.owed = known.owed || !held // whoever holds it has come to no answer
		s.keptPromise(it)
		s.mu.Unlock()
		return nil
	}
	s.know(it)
	s.keptPromise(it)
	s.mu.Unlock()
	sealed, err := s.sealer.Seal(plain, aad)
	if err == nil {
		err = s.place(ctx, it, sealed)
	}
	if err != nil && !e.Danger {
		s.forget(it)
		return errors.Join(ErrNotKept, err)
	}
	s.rouse(it)
	if err != nil {
		return errors.Join(ErrNotKept, err)
	}
	return nil
}

// place puts a sealed entry onto the disk, and danger onto the shelf beside it.
func (s *Spool) place(ctx context.Context, it *item, sealed []byte) error {
	shelved := make(chan error, 1)
	if it.entry.Danger && s.shelf != nil {
		go func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shelfPatience)
			defer cancel()
			err := s.shelf.Put(ctx, it.entry.id, sealed)
			s.mu.Lock()
			it.shelved = err == nil
			s.mu.Unlock()
			shelved <- err
		}()
	} else {
		shelved <- ErrNotKept
	}
	err := s.disk.write(it.entry.id, it.entry.Danger, sealed)
	s.mu.Lock()
	it.kept = err == nil
	s.mu.Unlock()
	if err == nil {
		return nil
	}
	if serr := <-shelved; serr != nil {
		return fmt.Errorf("spool message: %w", err)
	}
	s.log.Error("the disk takes no words of danger; they are kept on the shelf", "error", err)
	return nil
}

// know takes an entry into memory; the caller holds mu.
func (s *Spool) know(it *item) {
	s.items[it.key], s.ids[it.entry.id] = it, it
	s.persons[it.user]++
	s.change()
}

// forget lets an entry go from memory.
func (s *Spool) forget(it *item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items[it.key] != it {
		return
	}
	delete(s.items, it.key)
	delete(s.ids, it.entry.id)
	if s.persons[it.user]--; s.persons[it.user] == 0 {
		delete(s.persons, it.user)
	}
	s.change()
}

// Free ends Hold: answered says that nothing is owed to the message any more. Else it is replayed.
func (s *Spool) Free(in channel.Inbound, answered bool) {
	probe := s.item(Entry{Duty: Answer, Inbound: in})
	s.mu.Lock()
	it := s.items[probe.key]
	if it == nil || !it.held {
		s.mu.Unlock()
		return
	}
	it.held = false
	s.keptPromise(it)
	s.mu.Unlock()
	s.change()
	if answered {
		s.done(it)
		return
	}
	s.rouse(it)
}

// Owed says whether a message waits here for its real answer, since no handling of it came to one.
func (s *Spool) Owed(in channel.Inbound) bool {
	probe := s.item(Entry{Duty: Answer, Inbound: in})
	s.mu.Lock()
	defer s.mu.Unlock()
	it := s.items[probe.key]
	return it != nil && (it.owed || !it.held)
}

// done removes an entry that owes nothing any more from every place.
func (s *Spool) done(it *item) {
	s.mu.Lock()
	kept, shelved := it.kept, it.shelved
	s.mu.Unlock()
	if kept {
		if err := s.disk.remove(it.entry.id, it.entry.Danger); err != nil {
			s.log.Error("spool entry stays on the disk although it is done; it will be done again, which changes nothing", "error", err)
		}
	}
	if shelved {
		ctx, cancel := context.WithTimeout(context.Background(), shelfPatience)
		defer cancel()
		if err := s.shelf.Drop(ctx, it.entry.id); err != nil {
			s.log.Warn("spool entry stays on the shelf although it is done; it will be done again, which changes nothing", "error", err)
		}
	}
	s.forget(it)
}

// Entries returns what waits: danger first, then in the order in which it was said.
func (s *Spool) Entries() []Entry {
	var out []Entry
	for _, it := range s.waiting(func(*item) bool { return true }) {
		out = append(out, it.entry)
	}
	return out
}

func (s *Spool) waiting(which func(*item) bool) []*item {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*item
	for _, it := range s.items {
		if which(it) {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, func(a, b *item) int {
		if a.entry.Danger != b.entry.Danger {
			if a.entry.Danger {
				return -1
			}
			return 1
		}
		if a.entry.Danger && a.tries != b.tries { // what was never tried goes first
			return cmp.Compare(a.tries, b.tries)
		}
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.entry.id, b.entry.id))
	})
	return out
}

// Figures are what an operator wants to know of a spool.
type Figures struct {
	Entries int       // wait to be recorded or answered
	Danger  int       // of them, words of danger
	Bare    int       // of them, in the memory of this process alone
	Aside   int       // files that cannot be read
	Oldest  time.Time // when the oldest was said; zero where none waits
}

// Figures counts.
func (s *Spool) Figures() Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := Figures{Entries: len(s.items), Aside: s.aside}
	for _, it := range s.items {
		if it.entry.Danger {
			f.Danger++
		}
		if !it.kept && !it.shelved {
			f.Bare++
		}
		if at := it.entry.Inbound.At; f.Oldest.IsZero() || at.Before(f.Oldest) {
			f.Oldest = at
		}
	}
	return f
}

// Check writes a trial to the disk and takes it away again: a disk that is full, read-only or gone is an error, and so is
// danger that no disk has.
func (s *Spool) Check() error {
	if n := s.Figures().Bare; n > 0 {
		return fmt.Errorf("spool: %d words of danger are in the memory of this process alone: do not restart it", n)
	}
	return s.disk.try()
}
