package casework_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

func form(key string) casework.ReferralForm {
	return casework.ReferralForm{Kind: casework.ToStation, Place: "示例·天河社工站", Why: "当面谈一谈", Known: "家长陪同", Contact: "示例老师 020-0000-0001", Key: key}
}

func move(id string, to casework.ReferralStatus) casework.ReferralMove {
	return casework.ReferralMove{Referral: id, To: to, Note: "示例：电话里说好了", Key: string(to)}
}

func TestAReferralIsTrackedUntilTheOtherSideAnswers(t *testing.T) {
	r := newRoom(t)
	ctx := t.Context()
	c := r.raise(t, risk.Medium, "1")
	must(t)(r.Refer(ctx, c.ID, lan, form("f")))
	must(t)(r.Refer(ctx, c.ID, lan, form("f"))) // a double click
	f, err := r.File(storetest.Acts(ctx), c.ID)
	if err != nil || len(f.Referrals) != 1 {
		t.Fatalf("%d referrals (%v), want one", len(f.Referrals), err)
	}
	got := f.Referrals[0]
	want := casework.Referral{ReferralForm: form(""), ID: got.ID, Case: c.ID, Status: casework.ReferralOpen, MadeBy: lan.Name, MadeAt: r.clock, ChangedAt: r.clock}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the referral (-want +got):\n%s", diff)
	}
	if _, err := r.MoveReferral(ctx, c.ID, lan, move(got.ID, casework.ReferralConfirmed)); !errors.Is(err, casework.ErrReferralMove) {
		t.Errorf("confirmed before it was sent: %v, want ErrReferralMove", err)
	}
	r.clock = r.clock.Add(time.Hour)
	must(t)(r.MoveReferral(ctx, c.ID, lan, move(got.ID, casework.ReferralSent)))
	if _, err := r.Close(ctx, c.ID, lan, closing("已转介")); !errors.Is(err, casework.ErrReferralWaits) {
		t.Errorf("closing while the other side has not answered: %v, want ErrReferralWaits", err)
	}
	r.clock = r.clock.Add(time.Hour)
	must(t)(r.MoveReferral(ctx, c.ID, mei, move(got.ID, casework.ReferralConfirmed)))
	must(t)(r.Close(ctx, c.ID, lan, closing("已转介")))
	wantTrail := []string{"opened medium", "referral staff-lan open", "referral staff-lan sent", "referral staff-mei confirmed", "closed staff-lan safe"}
	if diff := cmp.Diff(wantTrail, r.trail(t, c.ID)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	one, err := r.Referral(ctx, c.ID, got.ID)
	if err != nil || one.Status != casework.ReferralConfirmed || !one.ChangedAt.Equal(r.clock) {
		t.Errorf("it stands at %s since %v (%v)", one.Status, one.ChangedAt, err)
	}
}

func TestAReferralThatCannotBeMadeIsRefused(t *testing.T) {
	r := newRoom(t)
	c := r.raise(t, risk.Medium, "1")
	other := casework.Actor{ID: "x", Name: "示例"}
	nowhere, noKind, noContact := form("a"), form("b"), form("c")
	nowhere.Place, noKind.Kind, noContact.Contact = " ", "moon", ""
	for name, tt := range map[string]struct{ err, want error }{
		"nowhere":                  {errOf(r.Refer(t.Context(), c.ID, lan, nowhere)), casework.ErrEmpty},
		"of no kind":               {errOf(r.Refer(t.Context(), c.ID, lan, noKind)), casework.ErrReferralKind},
		"without whom to call":     {errOf(r.Refer(t.Context(), c.ID, lan, noContact)), casework.ErrEmpty},
		"that nobody made":         {errOf(r.MoveReferral(t.Context(), c.ID, other, move("none", casework.ReferralSent))), casework.ErrNoReferral},
		"of a case that is closed": {errOf(r.Refer(t.Context(), r.closed(t), lan, form("d"))), casework.ErrClosed},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("a referral %s: %v, want %v", name, tt.err, tt.want)
		}
	}
}

// closed closes the person's case and returns its ID.
func (r *room) closed(t *testing.T) string {
	t.Helper()
	id, err := r.OpenCase(t.Context(), r.person)
	if err != nil {
		t.Fatal(err)
	}
	must(t)(r.Record(t.Context(), id, lan, casework.Entry{Kind: casework.StepContacted, Note: "示例：接通了", Key: "reached-" + id}))
	must(t)(r.Close(t.Context(), id, lan, closing("平安")))
	return id
}
