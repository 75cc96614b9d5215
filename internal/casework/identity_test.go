package casework_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func plea(key string) casework.Plea {
	return casework.Plea{Reason: "示例：警方正在找 TA", Key: key}
}

// TestAnIdentityOpensForTwoPeopleInImminentDangerAlone walks every way in that must stay shut, and the one that opens.
func TestAnIdentityOpensForTwoPeopleInImminentDangerAlone(t *testing.T) {
	yun := casework.Actor{ID: "staff-yun", Name: "示例·云老师"}
	tests := []struct {
		name  string
		level risk.Level
		after time.Duration // between asking and agreeing
		agree casework.Actor
		look  casework.Actor
		wait  time.Duration // between agreeing and looking
		err   error         // of agreeing
		sees  bool
	}{
		{"two people agree, whoever asked looks", risk.Imminent, time.Minute, mei, lan, time.Minute, nil, true},
		{"two people agree, whoever asked looks late", risk.Imminent, time.Minute, mei, lan, 9 * time.Minute, nil, true},
		{"two people agree, who agreed looks", risk.Imminent, time.Minute, mei, mei, time.Minute, nil, false},
		{"one person agrees with themselves", risk.Imminent, time.Minute, lan, lan, time.Minute, casework.ErrSecondPerson, false},
		{"a third one looks", risk.Imminent, time.Minute, mei, yun, time.Minute, nil, false},
		{"it was ten minutes ago", risk.Imminent, time.Minute, mei, lan, 10 * time.Minute, nil, false},
		{"the request was half an hour old", risk.Imminent, 30 * time.Minute, mei, lan, time.Minute, casework.ErrNotAsked, false},
		{"the danger is high", risk.High, time.Minute, mei, lan, time.Minute, casework.ErrNotImminent, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRoom(t)
			r.Address = r.db.People().Address
			ctx := t.Context()
			c := r.raise(t, tt.level, "1")
			if _, err := r.OpenIdentity(storetest.Acts(ctx), c.ID, mei, plea("early")); !errors.Is(err, casework.ErrNotAsked) && !errors.Is(err, casework.ErrNotImminent) {
				t.Errorf("it opens without being asked for: %v", err)
			}
			if _, err := r.AskIdentity(storetest.Acts(ctx), c.ID, lan, casework.Plea{Key: "empty"}); !errors.Is(err, casework.ErrEmpty) {
				t.Errorf("asked for without a reason: %v, want ErrEmpty", err)
			}
			_, _ = r.AskIdentity(storetest.Acts(ctx), c.ID, lan, plea("ask"))
			if to, _, err := r.Identity(storetest.Acts(ctx), c.ID, lan, audit.OpenIdentity); !errors.Is(err, casework.ErrSealed) || to != (channel.Address{}) {
				t.Errorf("who asked sees it at once: %v", err)
			}
			r.clock = r.clock.Add(tt.after)
			if err := errOf(r.OpenIdentity(storetest.Acts(ctx), c.ID, tt.agree, plea("open"))); !errors.Is(err, tt.err) {
				t.Errorf("agreeing: %v, want %v", err, tt.err)
			}
			r.clock = r.clock.Add(tt.wait)
			to, until, err := r.Identity(storetest.Acts(ctx), c.ID, tt.look, audit.OpenIdentity)
			if want := r.clock.Add(casework.IdentityShown - tt.wait); tt.sees && (err != nil || to.User != "somebody" || !until.Equal(want)) {
				t.Errorf("%s does not see it (%v), or until %v and not %v", tt.look.Name, err, until, want)
			}
			if !tt.sees && (!errors.Is(err, casework.ErrSealed) || to.User != "") {
				t.Errorf("%s sees it: %v", tt.look.Name, err)
			}
		})
	}
}

func TestAnIdentityIsSealedAgainOnceTheDangerIsOver(t *testing.T) {
	r := newRoom(t)
	r.Address = func(context.Context, string) (channel.Address, error) { return channel.Address{User: "u"}, nil }
	ctx := t.Context()
	c := r.raise(t, risk.Imminent, "1")
	must(t)(r.AskIdentity(storetest.Acts(ctx), c.ID, lan, plea("ask")))
	must(t)(r.OpenIdentity(storetest.Acts(ctx), c.ID, mei, plea("open")))
	must(t)(r.Review(ctx, c.ID, mei, agree("r")))
	must(t)(r.SetLevel(ctx, c.ID, lan, lower(risk.High, "down")))
	if _, _, err := r.Identity(storetest.Acts(ctx), c.ID, lan, audit.OpenIdentity); !errors.Is(err, casework.ErrSealed) {
		t.Errorf("after the level went down: %v, want ErrSealed", err)
	}
	steps, err := r.Steps(ctx, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]casework.StepKind{1: casework.StepIdentityAsked, 2: casework.StepIdentityOpened} {
		if steps[i].Kind != want || steps[i].By == "" || steps[i].Note == "" {
			t.Errorf("step %d is %+v, want %s with who and why", i, steps[i], want)
		}
	}
}
