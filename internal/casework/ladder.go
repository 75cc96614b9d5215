package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/rota"
)

// KindAlert is the outbox kind whose Handler is Service.Alert.
const KindAlert = "case.alert"

// Ladder is how members of staff are called to a case that waits. The zero value calls nobody: the case stands on the
// desk alone, and its history says when it was overdue.
type Ladder struct {
	Contact  func(ctx context.Context, staffID string) (notify.Contact, bool) // of a member of staff; nil: nobody is known by it
	Within   map[risk.Level]time.Duration                                     // nil: DefaultWithin
	Rungs    func(district string, at time.Time) []rota.Rung                  // nil: everybody at once
	Near     func(ctx context.Context, c Case) []notify.Contact               // who of everybody works for the case's district and account; nobody, or nil: everybody does
	Ways     map[string]notify.Notifier                                       // by name
	District func(ctx context.Context, personID string) string                // "" where it is not known; nil: never known
	Phone    func(ctx context.Context, personID string) string                // the name of the member of staff whose phone it is; nil: not known
	URL      func(caseID string) string                                       // of the case on the desk
	Desk     string                                                           // the address of the queue on the desk
}

// CallTries is how often a call is tried before it is given up, which is for about a day.
const CallTries = 800

// CallAgain is the pause after so many tries of a call: short for the first hour, for somebody waits behind it.
func CallAgain(tries int) time.Duration {
	pause := 30 * time.Second
	switch {
	case tries <= 5:
		pause = time.Second << max(tries-1, 0)
	case tries > 120:
		pause = 2 * time.Minute
	}
	return pause + rand.N(pause/4)
}

// alertPayload names a call; who is called and what it says is decided when it is made, so that a late one is true.
type alertPayload struct {
	Case  string      `json:"case"`
	Why   notify.Kind `json:"kind"`
	Waits Waits       `json:"waits"`
	Since time.Time   `json:"since"` // the wait that it belongs to
	Rung  int         `json:"rung"`
	Way   string      `json:"way"`
}

// Kind implements outbox.Job.
func (alertPayload) Kind() string { return KindAlert }

// alerts are one row for each way, so that a way that is slow or down holds no other up.
func (s *Service) alerts(ctx context.Context, c Case, kind notify.Kind) (rows []outbox.Row, err error) {
	rungs := s.rungs(ctx, c)
	if err := s.letSee(ctx, c, rungs, c.Rung); err != nil { // with no way to call anybody they find it on the desk
		return nil, err
	}
	if folded, err := s.fold(ctx, c); err != nil || folded {
		return nil, err
	}
	for _, way := range slices.Sorted(maps.Keys(s.Ladder.Ways)) {
		job := alertPayload{Case: c.ID, Why: kind, Waits: c.Waits, Since: c.WaitingSince, Rung: c.Rung, Way: way}
		key := fmt.Sprintf("alert:%s:%d:%d:%s", c.ID, c.WaitingSince.UnixMicro(), c.Rung, way)
		row, err := outbox.For(job, outbox.Row{ID: s.ID(), Key: key, RunAt: s.now(), Urgent: true})
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// stale says that a call is needless: somebody acts, or a later wait has calls of its own.
func (p alertPayload) stale(c Case) bool {
	waits := cmp.Or(p.Waits, WaitsEyes)
	return c.Status == StatusClosed || c.Waits != waits || !p.Since.Equal(c.WaitingSince) && p.Why == notify.Opened
}

// Alert is the outbox handler of one call by one way. What became of it stands in the case's history. A case that
// somebody has seen meanwhile calls nobody.
func (s *Service) Alert(ctx context.Context, r outbox.Row) error {
	p, err := outbox.Decode[alertPayload](r)
	if err != nil {
		return err
	}
	c, err := s.Store.Get(ctx, p.Case)
	if errors.Is(err, ErrNotFound) { // erased meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	if _, there := s.Ladder.Ways[p.Way]; !there || p.stale(c) {
		return nil
	}
	a, rung := s.alert(ctx, c, p)
	if err := s.letSee(ctx, c, s.rungs(ctx, c), p.Rung); err != nil { // the rota may have changed since it was asked for
		return err
	}
	return s.notify(ctx, c, p.Way, a, r.Attempts, "第 "+fmt.Sprint(p.Rung+1)+" 次 · "+p.Way+" · "+called(rung))
}

// notify makes one call by one way, and writes what became of it into the case's history, once. A call that the way held
// back is tried again, and counts in one for all that wait.
func (s *Service) notify(ctx context.Context, c Case, way string, a notify.Alert, attempts int, note string) error {
	retry, err := s.Ladder.Ways[way].Notify(ctx, a)
	if _, held := notify.HeldBack(err); held {
		if put := s.putHeld(ctx, way); put != nil {
			return errors.Join(err, put)
		}
		if !errors.Is(err, notify.ErrResting) { // its turn comes in seconds
			return err
		}
	}
	var part *notify.Partial
	switch {
	case err == nil:
		if a.Kind == notify.Opened {
			s.Metrics.alerted(way, s.now().Sub(c.WaitingSince))
		}
		return s.note(ctx, c, Step{Kind: StepAlerted, Note: note})
	case errors.As(err, &part) && (attempts <= 1 || !retry):
		if noted := s.note(ctx, c, Step{Kind: StepAlerted, Note: fmt.Sprintf("%s · %d 人里有 %d 人收到", note, part.Called, part.Told)}); noted != nil || !retry {
			return errors.Join(noted)
		}
		return err
	case retry && attempts > 1: // said once; the deadline does not wait for it
		return err
	}
	if noted := s.note(ctx, c, Step{Kind: StepAlertFailed, Note: note}); noted != nil {
		return errors.Join(err, noted)
	}
	if retry {
		return err
	}
	return &outbox.Error{Verdict: outbox.Bury, Err: err}
}

func (s *Service) note(ctx context.Context, c Case, st Step) error {
	if err := s.step(ctx, c, st); err != nil {
		return err
	}
	s.publish(ctx, c)
	return nil
}

func (s *Service) alert(ctx context.Context, c Case, p alertPayload) (notify.Alert, rota.Rung) {
	rungs := s.rungs(ctx, c)
	rung := rungs[min(max(p.Rung, 0), len(rungs)-1)]
	a := s.alertOf(ctx, c, p.Why)
	a.ID, a.Within, a.Rung, a.Call = fmt.Sprintf("%s-%d-%d", c.ID, p.Since.UnixMicro(), p.Rung), s.within(c.Level), rung.Name, rung.Call
	a.Ref = ref{Alert: &p}.String()
	return a, rung
}

// alertOf is what every alert about a case says.
func (s *Service) alertOf(ctx context.Context, c Case, kind notify.Kind) notify.Alert {
	a := notify.Alert{Kind: kind, Level: c.Level, Alias: c.Alias, At: s.now(), District: s.district(ctx, c)}
	if s.Ladder.URL != nil {
		a.URL = s.Ladder.URL(c.ID)
	}
	return a
}

// district is whose duty a case is: as it was found when the case opened.
func (s *Service) district(ctx context.Context, c Case) string {
	if c.District != "" {
		return c.District
	}
	if s.Ladder.District == nil {
		return ""
	}
	return s.Ladder.District(ctx, c.Person)
}

// holderRung is the rung of whoever has the conversation, as staff read it.
const holderRung = "接手的老师"

// rungs is the ladder of a case at this moment. Whoever has the conversation comes first.
func (s *Service) rungs(ctx context.Context, c Case) []rota.Rung {
	ladder := []rota.Rung{{Name: rota.Everybody}}
	if s.Ladder.Rungs != nil {
		ladder = s.Ladder.Rungs(s.district(ctx, c), s.now())
	}
	if len(ladder) == 1 && len(ladder[0].Call) == 0 && s.Ladder.Near != nil { // those whose work it is first, then those beyond
		if near := s.Ladder.Near(ctx, c); len(near) > 0 {
			ladder = append([]rota.Rung{{Name: rota.Everybody, Call: near}}, ladder...)
		}
	}
	if c.Waits == WaitsAnswer {
		ladder = append([]rota.Rung{{Name: holderRung, Call: s.contacts(ctx, Actor{ID: c.Assignee, Name: c.AssigneeName})}}, ladder...)
	}
	return ladder
}

// contacts are how members of staff are called; of whom nothing is known, the name is all there is.
func (s *Service) contacts(ctx context.Context, who ...Actor) []notify.Contact {
	out := make([]notify.Contact, len(who))
	for i, a := range who {
		out[i] = notify.Contact{Name: a.Name}
		if s.Ladder.Contact == nil {
			continue
		}
		if c, known := s.Ladder.Contact(ctx, a.ID); known {
			out[i] = c
		}
	}
	return out
}

func called(r rota.Rung) string {
	names := make([]string, len(r.Call))
	for i, c := range r.Call {
		names[i] = c.Name
	}
	if len(names) == 0 {
		return r.Name
	}
	return r.Name + " " + strings.Join(names, "、")
}
