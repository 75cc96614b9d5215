package casework_test

import (
	"errors"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func TestWhatAPersonLetUsKnowStandsInTheirOpenCase(t *testing.T) {
	for _, kind := range []casework.StepKind{casework.StepSilent, casework.StepSaidSafe, casework.StepSaidGone, casework.StepSaidWrong, casework.StepSaidStop, casework.StepSaidRevoked, casework.StepUnfollowed, casework.StepFollowed} {
		t.Run(string(kind), func(t *testing.T) {
			r := newRoom(t)
			c := r.raise(t, risk.High, "1")
			if err := r.Told(t.Context(), c.ID, kind, "示例", string(kind)); err != nil {
				t.Fatal(err)
			}
			steps, err := r.Steps(t.Context(), c.ID)
			if err != nil || len(steps) != 2 || steps[1].Kind != kind || steps[1].Note != "示例" || steps[1].By != "" {
				t.Errorf("the steps are %+v (%v), want the note of the program", steps, err)
			}
			if got := must(t)(r.Get(t.Context(), c.ID)); got.Level != risk.High || !got.AcknowledgedAt.IsZero() {
				t.Errorf("the case is %+v, want it as it was: what a person says of themselves calms no case", got)
			}
		})
	}
	r := newRoom(t)
	if err := r.Told(t.Context(), r.raise(t, risk.Low, "1").ID, casework.StepClosed, "", "k"); !errors.Is(err, casework.ErrKind) {
		t.Errorf("a step of staff: %v, want ErrKind", err)
	}
}
