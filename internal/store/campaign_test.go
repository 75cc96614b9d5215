package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

const season = `campaigns:
  - {id: may, title: 五月, text: 五月，心里的事说一说吧, from: 2026-05-01, until: 2026-05-03, per_minute: 10, way: push}
  - {id: baby, title: 小学, text: 给小学生家长的一句话呀, audience: parent, stages: [primary], from: 2026-05-01, until: 2026-05-03, per_minute: 10, way: push}
`

// shout is a campaign on a database, with a clock that the test moves and a platform that counts who got what.
type shout struct {
	*campaign.Service
	db  *store.DB
	now time.Time

	mu     sync.Mutex
	got    map[string]int
	answer func(person string) error // of the platform; nil: it takes everything
}

func newShout(t *testing.T, db *store.DB) *shout {
	t.Helper()
	all, err := campaign.Load(fstest.MapFS{"s.yaml": {Data: []byte(season)}})
	if err != nil {
		t.Fatal(err)
	}
	s := &shout{db: db, now: time.Date(2026, 5, 1, 9, 0, 0, 0, citytime.Zone), got: map[string]int{}}
	s.Service = &campaign.Service{
		Calendar: func() *campaign.Calendar { return all }, Store: db.Campaigns(), Outbox: db.Outbox(), Clock: citytime.Clock{Now: func() time.Time { return s.now }},
		Deliver: func(_ context.Context, r outbox.Row) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.answer != nil {
				if err := s.answer(r.Person); err != nil {
					return err
				}
			}
			s.got[r.Person]++
			return nil
		},
		Stage: func(ctx context.Context, id string) (string, error) {
			vars, err := db.People().Kept(ctx, id)
			stage, _ := vars["child_stage"].(string)
			return stage, err
		},
	}
	return s
}

// agreeing makes so many people who agreed, and returns their IDs.
func (s *shout) agreeing(t *testing.T, n int) (ids []string) {
	t.Helper()
	for i := range n {
		ids = append(ids, writer(t, s.db, i))
		if err := s.Store.SetConsent(t.Context(), ids[i], true, s.now); err != nil {
			t.Fatal(err)
		}
	}
	return ids
}

func (s *shout) worker(name string) *outbox.Worker {
	return &outbox.Worker{
		Store: s.db.Outbox(), Name: name, Now: func() time.Time { return s.now }, Backoff: func(int) time.Duration { return time.Minute },
		Handlers: map[string]outbox.Handler{campaign.KindBatch: s.Batch, campaign.KindSend: s.Send},
	}
}

// minutes lets so many minutes pass, with what is due in each done.
func (s *shout) minutes(t *testing.T, n int) {
	t.Helper()
	for range n {
		if _, err := s.worker("w").RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(time.Minute)
	}
}

// fates are what is shown of the first campaign, as one line.
func (s *shout) fates(t *testing.T) string {
	t.Helper()
	all, err := s.Statuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, st := range all {
		if st.ID == "may" {
			b.WriteString(st.Run.State.Label())
			for _, r := range st.Results {
				_, _ = fmt.Fprintf(&b, " %s%d", r.Label, r.N)
			}
		}
	}
	return b.String()
}

func (s *shout) once(t *testing.T, want int) {
	t.Helper()
	if len(s.got) != want {
		t.Errorf("%d people got it, want %d", len(s.got), want)
	}
	for id, n := range s.got {
		if n != 1 {
			t.Errorf("%s got it %d times", id, n)
		}
	}
}

func TestACampaignThatIsKilledBetweenBatchesReachesEverybodyOnceWithTwoReplicas(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		s := newShout(t, db)
		s.agreeing(t, 34)
		for range 3 { // a double tap
			if err := s.Start(t.Context(), "may", "示例"); err != nil {
				t.Fatal(err)
			}
		}
		// Killed in the middle of a batch: its transaction is undone, and the row is there when its lease ends.
		rows, err := db.Outbox().Claim(t.Context(), "killed", s.now, time.Minute, 1)
		if err != nil || len(rows) != 1 {
			t.Fatalf("claimed %d rows, %v", len(rows), err)
		}
		died := errors.New("killed")
		err = db.InTx(t.Context(), func(ctx context.Context) error {
			if err := s.Batch(ctx, rows[0]); err != nil {
				return err
			}
			return died
		})
		if !errors.Is(err, died) {
			t.Fatal(err)
		}
		// Killed after a batch, before its row was done: it is run again and finds itself done.
		if err := s.Batch(t.Context(), rows[0]); err != nil {
			t.Fatal(err)
		}
		s.now = s.now.Add(2 * time.Minute)
		for s.now.Before(time.Date(2026, 5, 1, 9, 12, 0, 0, citytime.Zone)) { // two replicas beside each other
			var wg sync.WaitGroup
			for _, name := range []string{"one", "two"} {
				wg.Go(func() {
					if _, err := s.worker(name).RunDue(context.WithoutCancel(t.Context())); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			s.now = s.now.Add(time.Minute)
		}
		s.once(t, 34)
		if got := s.fates(t); got != "发完了 送到了34" {
			t.Errorf("the result is %q", got)
		}
	})
}

func TestNoMoreThanTheQuotaGoesOutInAMinuteNobodyAtNightAndPausedMeansPaused(t *testing.T) {
	s := newShout(t, storetest.SQLite(t).Open(t, nil))
	s.agreeing(t, 25)
	s.now = time.Date(2026, 4, 30, 23, 0, 0, 0, citytime.Zone)
	if err := s.Start(t.Context(), "may", "示例"); err != nil {
		t.Fatal(err)
	}
	s.minutes(t, 1)
	s.now = time.Date(2026, 5, 1, 7, 59, 0, 0, citytime.Zone)
	s.minutes(t, 1)
	s.once(t, 0)
	s.minutes(t, 1) // eight o'clock
	s.once(t, 10)
	if err := s.Pause(t.Context(), "may", "示例", "示例暂停"); err != nil {
		t.Fatal(err)
	}
	s.minutes(t, 3)
	s.once(t, 10)
	if err := s.Resume(t.Context(), "may", "示例"); err != nil {
		t.Fatal(err)
	}
	s.minutes(t, 3)
	s.once(t, 25)
	s.now = time.Date(2026, 5, 4, 9, 0, 0, 0, citytime.Zone)
	if err := s.Pause(t.Context(), "may", "示例", "示例"); err != nil {
		t.Fatal(err)
	}
	if err := s.Resume(t.Context(), "may", "示例"); !errors.Is(err, campaign.ErrDays) {
		t.Errorf("after its last day it goes on: %v", err)
	}
}

func TestWhenTheQuotaIsUsedUpItPausesAndGoesOnWhereItStopped(t *testing.T) {
	s := newShout(t, storetest.SQLite(t).Open(t, nil))
	s.agreeing(t, 12)
	s.answer = func(string) error {
		if len(s.got) < 4 {
			return nil
		}
		return &channel.PushError{Verdict: channel.PushRetry, Code: 45009, Err: errors.New("quota")}
	}
	if err := s.Start(t.Context(), "may", "示例"); err != nil {
		t.Fatal(err)
	}
	s.minutes(t, 3)
	if got := s.fates(t); got != "暂停了 送到了4 暂停时留下6" {
		t.Errorf("with the quota used up: %q", got)
	}
	s.answer = nil
	s.now = time.Date(2026, 5, 2, 9, 0, 0, 0, citytime.Zone)
	if err := s.Resume(t.Context(), "may", "示例"); err != nil {
		t.Fatal(err)
	}
	s.minutes(t, 3)
	s.once(t, 12)
	if got := s.fates(t); got != "发完了 送到了12" {
		t.Errorf("afterwards: %q", got)
	}
}

func TestACopyThatMayHaveGoneOutIsNotSentAgainAndOneThatDidNotIs(t *testing.T) {
	s := newShout(t, storetest.SQLite(t).Open(t, nil))
	ids := s.agreeing(t, 7)
	tries := map[string]int{}
	s.answer = func(p string) error {
		tries[p]++
		park := func(code int) error {
			return &outbox.Error{Verdict: outbox.Park, Err: &channel.PushError{Verdict: channel.PushPark, Code: code, Err: errors.New("no")}}
		}
		switch p {
		case ids[0]:
			if tries[p] == 1 {
				panic("killed while it was being sent")
			}
		case ids[1]:
			if tries[p] == 1 {
				return &channel.PushError{Verdict: channel.PushRetry, Code: -1, Err: errors.New("busy")}
			}
		case ids[2]:
			return park(45015)
		case ids[3]:
			return park(43101)
		case ids[4]:
			return park(43004)
		case ids[5]:
			if tries[p] == 1 { // the platform never heard of it
				return fmt.Errorf("find the address: %w", context.DeadlineExceeded)
			}
		case ids[6]:
			return &channel.PushError{Verdict: channel.PushRetry, Err: context.DeadlineExceeded}
		}
		return nil
	}
	if err := s.Start(t.Context(), "may", "示例"); err != nil {
		t.Fatal(err)
	}
	s.minutes(t, 4)
	if got := s.fates(t); got != "发完了 送到了2 等对方下次来1 对方不收通知1 不再关注1 说不准（发到一半程序停了）2" {
		t.Errorf("the result is %q", got)
	}
	if tries[ids[0]] != 1 || tries[ids[1]] != 2 || tries[ids[5]] != 2 || tries[ids[6]] != 1 {
		t.Errorf("tried %v", tries)
	}
	rows, err := s.db.Outbox().Unpark(t.Context(), "bot", ids[2], s.now, time.Minute) // they come by
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows wait, %v", len(rows), err)
	}
	if err := s.db.Outbox().Done(t.Context(), "bot", rows[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := s.fates(t); !strings.Contains(got, "对方来时带到了1") || strings.Contains(got, "等对方下次来") {
		t.Errorf("after they came by: %q", got)
	}
	for _, id := range []string{ids[3], ids[4]} {
		if rows, err := s.db.Outbox().Unpark(t.Context(), "bot", id, s.now, time.Minute); err != nil || len(rows) != 0 {
			t.Errorf("something waits for whoever refused or left: %d, %v", len(rows), err)
		}
	}
}

func TestOnlyWhoeverAgreedAndIsMeantIsTold(t *testing.T) {
	s := newShout(t, storetest.SQLite(t).Open(t, nil))
	ids := s.agreeing(t, 5)
	stranger := writer(t, s.db, 99)
	for _, id := range ids[:4] {
		if _, err := s.db.People().SetAudience(t.Context(), id, person.Parent); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range ids {
		if err := s.db.People().Keep(t.Context(), id, map[string]any{"child_stage": map[bool]string{true: "junior", false: "primary"}[id == ids[1]]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Start(t.Context(), "baby", "示例"); err != nil {
		t.Fatal(err)
	}
	rows, err := s.db.Outbox().Claim(t.Context(), "w", s.now, time.Minute, 1)
	if err != nil || len(rows) != 1 || s.Batch(t.Context(), rows[0]) != nil {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if err := s.Store.SetConsent(t.Context(), ids[2], false, s.now); err != nil { // 退订, while the copy is on its way
		t.Fatal(err)
	}
	if _, err := s.db.Rights().Erase(t.Context(), ids[3], "test"); err != nil {
		t.Fatal(err)
	}
	s.minutes(t, 3)
	if s.once(t, 1); s.got[ids[0]] != 1 || s.got[stranger] != 0 {
		t.Errorf("told: %v", s.got)
	}
	record, err := s.db.Rights().Export(t.Context(), ids[0])
	if err != nil || !strings.Contains(fmt.Sprint(record.Sections), "同意收通知") || !strings.Contains(fmt.Sprint(record.Sections), "baby") {
		t.Errorf("the record lacks the consent or the campaign: %v", err)
	}
}
