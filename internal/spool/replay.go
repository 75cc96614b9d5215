package spool

import (
	"context"
	"encoding/json"
	"errors"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Do records or answers an entry. It must bear being run twice for one entry, also on two replicas.
type Do func(ctx context.Context, e Entry) error

// Danger has a lane of its own: neither small talk nor a slow answer holds it up. The others are shared out by person, whose
// entries are done in the order in which they were said.
const (
	lanes      = 5
	dangerLane = 0
)

func (it *item) lane() int {
	if it.entry.Danger {
		return dangerLane
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(it.user))
	return 1 + int(h.Sum32()%(lanes-1))
}

func (s *Spool) rouse(it *item) {
	select {
	case s.wake[it.lane()] <- struct{}{}:
	default:
	}
}

// The bounds of trying again.
const (
	doPatience   = 20 * time.Second // of one entry
	dangerRest   = time.Second      // the longest pause of danger
	ordinaryRest = 15 * time.Second
	dangerHands  = 8
	inARow       = 3               // so many failures one after another: a backend is away, and the others wait with them
	givesWay     = 12              // what failed so often holds up nothing that is said later
	foreignAge   = 4 * time.Second // what another replica put on the shelf is left to it for so long
)

// Replay gives every entry to do until ctx ends: at once, when one is added, and every interval while any is left. An
// entry stays until do returns nil. It reads the folder and the shelf again and again: an operator may put files back, and
// another replica may have died.
func (s *Spool) Replay(ctx context.Context, interval time.Duration, do Do) {
	var running sync.WaitGroup
	for lane := range lanes {
		running.Go(func() { s.runLane(ctx, lane, interval, do) })
	}
	running.Go(func() { s.proclaims(ctx) })
	running.Go(func() { every(ctx, interval, func() { s.takeShelved(ctx) }) }) // apart: a disk that hangs must not hold it up
	every(ctx, interval, func() { s.scan(); s.saveBare() })
	running.Wait()
	s.saveBare()
}

func every(ctx context.Context, interval time.Duration, do func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Spool) runLane(ctx context.Context, lane int, interval time.Duration, do Do) {
	ticker := time.NewTicker(min(interval, time.Second))
	defer ticker.Stop()
	var (
		running sync.WaitGroup
		hands   = make(chan struct{}, dangerHands)
	)
	defer running.Wait()
	for {
		if lane == dangerLane {
			s.dangerPass(ctx, &running, hands, do)
		} else {
			s.pass(ctx, lane, do)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.wake[lane]:
		}
	}
}

// pass goes through a lane once. A person whose entry fails waits with the later ones; after some failures in a row
// everybody does.
func (s *Spool) pass(ctx context.Context, lane int, do Do) {
	if s.listening() {
		return
	}
	failed, waits := 0, map[string]bool{}
	for _, it := range s.waiting(func(it *item) bool { return it.lane() == lane }) {
		if ctx.Err() != nil || failed == inARow {
			return
		}
		if waits[it.user] {
			continue
		}
		switch tried, err := s.once(ctx, it, do, true); {
		case errors.Is(err, ErrBehind):
			waits[it.user] = true
		case err != nil:
			failed++
			waits[it.user] = true
			s.log.Warn("spooled message still waits", "duty", string(it.entry.Duty), "tries", s.tries(it), "error", err)
		case tried:
			failed = 0
		default: // it rests, or somebody is at it
			waits[it.user] = true
		}
	}
}

// dangerPass begins the words of danger that nobody is at, and waits for none of them: what hangs or fails holds up no other.
// hands bounds how many a database that just came back is given at a time.
func (s *Spool) dangerPass(ctx context.Context, running *sync.WaitGroup, hands chan struct{}, do Do) {
	for _, it := range s.waiting(func(it *item) bool { return it.entry.Danger && it.busy == nil }) {
		select {
		case <-ctx.Done():
			return
		case hands <- struct{}{}:
		}
		running.Go(func() {
			defer func() { <-hands }()
			if _, err := s.once(ctx, it, do, true); err != nil {
				s.log.Warn("words of danger are not recorded yet", "duty", string(it.entry.Duty), "error", err)
			}
		})
	}
}

// once does an entry that nobody else is at; false where somebody is, or where it rests and rest is heeded.
func (s *Spool) once(ctx context.Context, it *item, do Do, rest bool) (tried bool, err error) {
	s.mu.Lock()
	if s.items[it.key] != it || it.held || it.busy != nil || rest && time.Now().Before(it.rests) {
		s.mu.Unlock()
		return false, nil
	}
	it.busy = make(chan struct{})
	s.mu.Unlock()
	doing, cancel := context.WithTimeout(ctx, doPatience)
	err = do(doing, it.entry)
	cancel()
	if err == nil {
		s.done(it)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil:
		if it.entry.Duty == Answer { // which takes every backend
			s.recovered()
		}
	case errors.Is(err, ErrBehind):
		it.rests = time.Now().Add(behindRest)
	default:
		s.failing.Store(true)
		it.tries++
		longest := ordinaryRest
		if it.entry.Danger {
			longest = dangerRest
		}
		it.rests = time.Now().Add(min(longest, 250*time.Millisecond<<min(it.tries, 8)))
	}
	close(it.busy)
	it.busy = nil
	return true, err
}

// Well says that a message was handled and recorded with every backend: what failed before may try again at once.
func (s *Spool) Well() {
	if s.failing.Load() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.recovered()
	}
}

// recovered lets everybody try again at once when the first message is done after failures: a backend is back. The caller
// holds mu.
func (s *Spool) recovered() {
	if !s.failing.Swap(false) {
		return
	}
	for _, it := range s.items {
		if it.tries < givesWay {
			it.rests = time.Time{}
			s.rouse(it)
		}
	}
}

func (s *Spool) tries(it *item) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return it.tries
}

// Settle does at once what a person said before the given order, so that what they say now is heard after it.
func (s *Spool) Settle(ctx context.Context, user, before string, do Do) error {
	for _, it := range s.before(user, before) {
		if it.entry.Duty == Answer && !it.entry.Danger && s.listening() {
			return ErrBehind
		}
		for {
			s.mu.Lock()
			busy, there := it.busy, s.items[it.key] == it
			s.mu.Unlock()
			if !there {
				break
			}
			if busy != nil {
				select {
				case <-busy:
					continue
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if _, err := s.once(ctx, it, do, false); err != nil && s.tries(it) < givesWay {
				return err
			}
			break
		}
	}
	return nil
}

// Holds says whether something that a person said before the given order waits here.
func (s *Spool) Holds(user, order string) bool { return len(s.before(user, order)) > 0 }

// before returns what waits of a person and was said before the given order, the oldest first; a repeated message comes after
// its own session.
func (s *Spool) before(user, order string) []*item {
	s.mu.Lock()
	n := s.persons[user]
	s.mu.Unlock()
	if n == 0 {
		return nil
	}
	return s.waiting(func(it *item) bool {
		return it.user == user && !it.held && (it.order < order || it.order == order && it.entry.Duty == Settle)
	})
}

// scan takes up files that this process does not know: those of its last life, and those that an operator put there. A file
// that cannot be read is set aside and reported, and holds up nothing.
func (s *Spool) scan() {
	names, err := s.disk.list()
	if err != nil {
		s.log.Error("spool cannot be read", "error", err)
		return
	}
	for _, name := range names {
		id := strings.TrimPrefix(name, dangerMark)
		s.mu.Lock()
		_, known := s.ids[id]
		s.mu.Unlock()
		if !known {
			s.takeUp(name, id)
		}
	}
	n := s.disk.asides()
	s.mu.Lock()
	s.aside = n
	s.mu.Unlock()
}

func (s *Spool) takeUp(name, id string) {
	sealed, err := os.ReadFile(filepath.Join(s.disk.dir, name+suffix))
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) { // done meanwhile
			s.log.Error("spool file cannot be read from the disk; trying again", "file", name, "error", err)
		}
		return
	}
	e, err := s.openEntry(sealed, id)
	if err != nil {
		aside := s.disk.setAside(name)
		s.log.Error("SPOOL FILE SET ASIDE: somebody's words are in it and nobody can read them; find the key that it was sealed with, and put it back into the spool", "file", name, "error", err, "not_moved", aside)
		return
	}
	danger := strings.HasPrefix(name, dangerMark)
	if e.Danger != danger { // of an earlier version, or renamed: the name says which file it is
		e.Danger = danger
	}
	it := s.item(e)
	it.kept = true
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.ids[id]; known {
		return
	}
	if _, twin := s.items[it.key]; twin { // the same words twice on the disk: one is enough
		_ = s.disk.remove(id, danger)
		return
	}
	s.know(it)
	s.rouse(it)
}

func (s *Spool) openEntry(sealed []byte, id string) (Entry, error) {
	plain, err := s.sealer.Open(sealed, aad)
	if err != nil {
		return Entry{}, err
	}
	var e Entry
	if err := json.Unmarshal(plain, &e); err != nil {
		return Entry{}, errors.New("it holds no message") // the cause may quote it
	}
	if _, err := uuid.Parse(id); err != nil {
		return Entry{}, errors.New("its name is none of ours")
	}
	e.id = id
	return e, nil
}

// saveBare tries again to bring onto the disk what is in memory alone.
func (s *Spool) saveBare() {
	for _, it := range s.waiting(func(it *item) bool { return it.entry.Danger && !it.kept }) {
		plain, err := json.Marshal(it.entry)
		if err != nil {
			continue
		}
		sealed, err := s.sealer.Seal(plain, aad)
		if err == nil {
			err = s.disk.write(it.entry.id, true, sealed)
		}
		s.mu.Lock()
		it.kept = err == nil
		gone := s.items[it.key] != it
		s.mu.Unlock()
		if gone {
			_ = s.disk.remove(it.entry.id, true)
		}
		if err != nil {
			s.log.Error("WORDS OF DANGER ARE NOT ON THE DISK: make room, and do not restart this process before", "shelved", it.shelved, "error", err)
			return
		}
	}
}

// takeShelved takes up danger that another replica put on the shelf and has not done: it may be dead.
func (s *Spool) takeShelved(ctx context.Context) {
	if s.shelf == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, shelfPatience)
	defer cancel()
	all, err := s.shelf.All(ctx)
	if err != nil {
		return // its own alarm is that the backend is away
	}
	for id, sealed := range all {
		s.mu.Lock()
		_, known := s.ids[id]
		s.mu.Unlock()
		if known || age(id) < foreignAge {
			continue
		}
		e, err := s.openEntry(sealed, id)
		if err != nil {
			s.log.Error("words of danger on the shelf cannot be read", "entry", id, "error", err)
			continue
		}
		it := s.item(e)
		it.shelved = true
		s.mu.Lock()
		if _, twin := s.items[it.key]; !twin {
			s.know(it)
			s.rouse(it)
		}
		s.mu.Unlock()
	}
}

// age is how long ago an ID was made.
func age(id string) time.Duration {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 {
		return foreignAge
	}
	sec, nsec := u.Time().UnixTime()
	return time.Since(time.Unix(sec, nsec))
}
