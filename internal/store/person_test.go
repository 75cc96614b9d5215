package store_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestAnAddressIsOnePersonOnEveryReplicaHoweverManyMessagesComeAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		a, b := p.Open(t, nil), p.Open(t, nil)
		const users, messages = 8, 6
		got := make([][]person.Person, users)
		var wg sync.WaitGroup
		for u := range users {
			got[u] = make([]person.Person, messages)
			for m := range messages {
				db := []*store.DB{a, b}[m%2]
				wg.Go(func() {
					who, err := db.People().Resolve(t.Context(), wechat(fmt.Sprintf("user-%d", u)))
					if err != nil {
						t.Errorf("Resolve: %v", err)
					}
					who.New = false // of whoever was first alone
					got[u][m] = who
				})
			}
		}
		wg.Wait()
		ids := map[string]bool{}
		for u := range users {
			ids[got[u][0].ID] = true
			for m := range messages {
				if diff := cmp.Diff(got[u][0], got[u][m]); diff != "" {
					t.Errorf("user %d is two people (-first +other):\n%s", u, diff)
				}
			}
		}
		if len(ids) != users {
			t.Errorf("%d users became %d people", users, len(ids))
		}
	})
}

func TestTheAliasFollowsTheAudienceAndKeepsItsNumber(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		now := noon
		clock := func() time.Time { return now }
		here, there := p.Open(t, clock), p.Open(t, clock)
		who, err := here.People().Resolve(t.Context(), wechat("u"))
		if err != nil {
			t.Fatal(err)
		}
		form := regexp.MustCompile(`^访客·(\p{Han}{2,3} \d{4,})$`)
		m := form.FindStringSubmatch(who.Alias)
		if m == nil {
			t.Fatalf("alias %q, want 访客·plant number", who.Alias)
		}
		if _, err := there.People().Resolve(t.Context(), wechat("u")); err != nil { // remembers the visitor
			t.Fatal(err)
		}
		parent, err := here.People().SetAudience(t.Context(), who.ID, person.Parent)
		if err != nil || parent.Alias != "家长·"+m[1] || parent.Audience != person.Parent {
			t.Errorf("SetAudience = %+v, %v; want the same mark", parent, err)
		}
		if got, err := here.People().Resolve(t.Context(), wechat("u")); err != nil || got != parent {
			t.Errorf("this replica still resolves %+v, %v", got, err)
		}
		now = now.Add(5 * time.Minute)
		if got, err := there.People().Resolve(t.Context(), wechat("u")); err != nil || got != parent {
			t.Errorf("after five minutes the other replica resolves %+v, %v", got, err)
		}
		if again, err := here.People().SetAudience(t.Context(), who.ID, person.Parent); err != nil || again != parent {
			t.Errorf("SetAudience again = %+v, %v; want what is known", again, err)
		}
		if _, err := here.People().SetAudience(t.Context(), "nobody", person.Parent); !errors.Is(err, person.ErrNotFound) {
			t.Errorf("SetAudience of nobody = %v, want ErrNotFound", err)
		}
	})
}

func TestTheAddressOpensForDeliveryOnly(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		want := wechat("oOpenid-of-somebody")
		who, err := db.People().Resolve(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := db.People().Address(t.Context(), who.ID); err != nil || got != want {
			t.Errorf("Address = %v, %v; want what was resolved", got, err)
		}
		if _, err := db.People().Address(t.Context(), "nobody"); !errors.Is(err, person.ErrNotFound) {
			t.Errorf("Address of nobody = %v, want ErrNotFound", err)
		}
	})
}

func TestAKnownPersonIsResolvedWithoutTheDatabase(t *testing.T) {
	p := storetest.SQLite(t)
	db, err := store.Open(t.Context(), store.Options{URL: p.URL, Sealer: p.Sealer})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, err := db.People().Resolve(t.Context(), wechat("u"))
	if err != nil || !want.New {
		t.Fatalf("somebody new is %+v, %v", want, err)
	}
	if want, err = db.People().SetAudience(t.Context(), want.ID, person.Parent); err != nil {
		t.Fatal(err)
	}
	if _, err := db.People().Resolve(t.Context(), wechat("u")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.People().SetAudience(t.Context(), want.ID, person.Parent); err != nil { // said again, and nothing to forget
		t.Fatal(err)
	}
	want.New = false
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := db.People().Resolve(t.Context(), wechat("u")); err != nil || got != want {
		t.Errorf("with the database gone Resolve = %+v, %v; want the person from memory", got, err)
	}
	if _, err := db.People().Resolve(t.Context(), wechat("stranger")); err == nil {
		t.Error("with the database gone a stranger was resolved")
	}
}

func TestWhatIsKeptOfAPersonIsReplacedAsAWhole(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		a, err := db.People().Resolve(t.Context(), wechat("keeps"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := db.People().Resolve(t.Context(), wechat("keeps-nothing"))
		if err != nil {
			t.Fatal(err)
		}
		for _, vars := range []map[string]any{{"stage": "junior", "age": 12.0, "told": true}, {"stage": "senior"}} {
			if err := db.People().Keep(t.Context(), a.ID, vars); err != nil {
				t.Fatal(err)
			}
			got, err := db.People().Kept(t.Context(), a.ID)
			if diff := cmp.Diff(vars, got); err != nil || diff != "" {
				t.Errorf("kept (-want +got):\n%s%v", diff, err)
			}
		}
		if got, err := db.People().Kept(t.Context(), b.ID); err != nil || got != nil {
			t.Errorf("of somebody else: %v (%v)", got, err)
		}
	})
}

func TestWhoWasSpokenWithOrHoldsAnAppointmentWasMet(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		met := func(id string, want bool, what string) {
			t.Helper()
			if got, err := db.People().Met(t.Context(), id); err != nil || got != want {
				t.Errorf("%s: met %v (%v), want %v", what, got, err, want)
			}
		}
		booked, spoken := writer(t, db, 1), writer(t, db, 2)
		said := transcript.Message{ID: "00000000-0000-7000-8000-000000000001", Person: spoken, From: transcript.FromPerson, Text: "示例", At: bookingDay}
		if err := db.Messages().Append(t.Context(), said); err != nil {
			t.Fatal(err)
		}
		met(spoken, false, "who wrote and got no human answer")
		answer := transcript.Message{ID: "00000000-0000-7000-8000-000000000002", Person: spoken, From: transcript.FromStaff, Replies: []channel.Reply{{Text: "我在。"}}, At: bookingDay}
		if err := db.Messages().Append(t.Context(), answer); err != nil {
			t.Fatal(err)
		}
		met(spoken, true, "with whom a human spoke")
		met(booked, false, "a newcomer")
		s := bookingService(t, db)
		a, err := s.Book(t.Context(), booking.Wish{Key: "k", Person: booked, Slot: onePlace})
		if err != nil {
			t.Fatal(err)
		}
		met(booked, true, "who holds an appointment")
		if _, err := s.Cancel(t.Context(), booked, a.ID); err != nil {
			t.Fatal(err)
		}
		met(booked, false, "who cancelled it")
	})
}

func TestANewPersonIsMadeWithWhatIsFirstKnownOfThemOrNotAtAll(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx, who := t.Context(), wechat("new")
		p, create, err := db.People().Meet(ctx, who)
		if err != nil || create == nil || !p.New {
			t.Fatalf("a new person: %+v, %v", p, err)
		}
		failed := errors.New("what came after failed")
		err = db.InTx(ctx, func(ctx context.Context) error { return errors.Join(create(ctx), failed) })
		if !errors.Is(err, failed) || errors.Is(err, person.ErrTaken) {
			t.Fatal(err)
		}
		if found, err := db.People().Find(ctx, who); !errors.Is(err, person.ErrNotFound) {
			t.Errorf("a person stands without what was to be written with them: %+v, %v", found, err)
		}
		if err := db.InTx(ctx, create); err != nil {
			t.Fatal(err)
		}
		p.New = false
		again, create, err := db.People().Meet(ctx, who)
		if diff := cmp.Diff(p, again); err != nil || create != nil || diff != "" {
			t.Errorf("met again: %v (-first +again):\n%s", err, diff)
		}
	})
}

func TestWhoeverWasFasterMadeThePerson(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		_, create, err := db.People().Meet(t.Context(), wechat("new"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.People().Resolve(t.Context(), wechat("new")); err != nil {
			t.Fatal(err)
		}
		if err := db.InTx(t.Context(), create); !errors.Is(err, person.ErrTaken) {
			t.Errorf("a second person of one address: %v, want ErrTaken", err)
		}
	})
}
