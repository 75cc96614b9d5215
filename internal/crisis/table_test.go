package crisis

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// night is three in the morning in Guangzhou.
var night = time.Date(2026, 3, 2, 19, 0, 0, 0, time.UTC)

func shipped(t testing.TB) *Texts {
	t.Helper()
	texts, err := Load(os.DirFS("../../dialogs"))
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func reading(level risk.Level) risk.Reading {
	return risk.Reading{Level: level, Subject: risk.Self, Reason: "示例"}
}

// phases are all questions of all tracks, and company.
func phases() []Phase {
	seen := map[Phase]bool{Stay: true}
	for _, track := range tracks {
		for _, p := range track.questions() {
			seen[p] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// at is a talk that waits at a phase.
func at(p Phase, s Situation, subject risk.Subject) State {
	return State{Phase: p, Situation: s, Subject: subject, Level: risk.High, Since: night, Asked: map[Phase]int{p: 1}}
}

func TestEveryClassIsMetInEveryPhaseOfEverySituation(t *testing.T) {
	texts := shipped(t)
	for situation := range tracks {
		for _, subject := range []risk.Subject{risk.Self, risk.Other} {
			for _, p := range phases() {
				for _, c := range order {
					turn := Step(at(p, situation, subject), Heard{Classes: []Class{c}, Text: "……"}, risk.Reading{Level: risk.None}, night)
					if turn.Pass && c == Leads {
						continue
					}
					bubbles, s := texts.Render(turn, Scene{})
					if len(bubbles) == 0 || bubbles[0].Text == "" {
						t.Errorf("%s, %s, %s: %q is met with silence", situation, subject, p, c)
					}
					if s.Phase == Closed {
						continue
					}
					if bubbles, _ = texts.Render(Step(s, Heard{Classes: []Class{c}, Text: "……"}, risk.Reading{Level: risk.None}, night), Scene{}); len(bubbles) == 0 || bubbles[0].Text == "" {
						t.Errorf("%s, %s, %s: %q said again is met with silence", situation, subject, p, c)
					}
					if turn.State.Phase == Quiet {
						t.Errorf("%s, %s, %s: %q loses the talk", situation, subject, p, c)
					}
				}
			}
		}
	}
}

func TestNoPhaseIsATrap(t *testing.T) {
	for situation := range tracks {
		for _, p := range phases() {
			s := at(p, situation, risk.Self)
			for n := 0; s.Phase != Stay && s.Phase != Closed; n++ {
				if n > 40 {
					t.Errorf("%s, %s: forty answers that say nothing lead nowhere (at %s)", situation, p, s.Phase)
					break
				}
				s = Step(s, Heard{Text: "那个", Classes: []Class{Other}}, risk.Reading{Level: risk.None}, night).State
			}
			for _, way := range []struct {
				class Class
				ends  func(Turn) bool
			}{
				{Leave, func(t Turn) bool {
					if t.State.hangs() { // once, what life hangs on comes first
						t = Step(t.State, Heard{Classes: []Class{Leave}}, risk.Reading{Level: risk.None}, night)
					}
					return t.State.Phase == Closed && t.Raise.Mark == Stops
				}},
				{NotSo, func(t Turn) bool { return t.State.Phase == Closed && t.Raise.Mark == IsWrong && t.State.Level == "" }},
				{Human, func(t Turn) bool { return t.Raise.Human }},
			} {
				if turn := Step(at(p, situation, risk.Self), Heard{Classes: []Class{way.class}}, risk.Reading{Level: risk.None}, night); !way.ends(turn) {
					t.Errorf("%s, %s: %q is no way out: %+v", situation, p, way.class, turn)
				}
			}
		}
	}
}

func TestWorseNewsRaisesFromEverywhere(t *testing.T) {
	for _, news := range []struct {
		trait risk.Trait
		turns Situation
	}{{risk.Place, Height}, {risk.Act, Body}, {risk.Symptom, Body}, {risk.Means, Planned}, {risk.Time, Planned}} {
		for situation := range tracks {
			if situation == news.turns || situation == Cut && news.trait == risk.Act {
				continue
			}
			for _, p := range phases() {
				r := risk.Reading{Level: risk.Imminent, Subject: risk.Self, Traits: []risk.Trait{news.trait}, Reason: "示例"}
				turn := Step(at(p, situation, risk.Self), Heard{Text: "……"}, r, night)
				if turn.Raise.Level != risk.Imminent || turn.State.Level != risk.Imminent {
					t.Errorf("%s, %s: %s raises to %q, the talk is %q", situation, p, news.trait, turn.Raise.Level, turn.State.Level)
				}
				if news.trait == risk.Symptom && (shakes(situation) || beaten(situation)) {
					continue // fear, or a blow
				}
				if has(p, classOf(news.trait)) {
					continue // the question that was asked answers it by itself
				}
				if news.turns == Planned && at(p, situation, risk.Self).hangs() {
					continue // life hangs on something already, and that comes first
				}
				if turn.State.Situation != news.turns {
					t.Errorf("%s, %s: after %s the advice is for %q, want %q", situation, p, news.trait, turn.State.Situation, news.turns)
				}
			}
		}
	}
}

func classOf(t risk.Trait) Class {
	return map[risk.Trait]Class{risk.Place: Place, risk.Act: Deed, risk.Symptom: Symptom, risk.Means: AtHand, risk.Time: Soon}[t]
}

func TestAMessageThatCallsAHumanAlwaysReachesTheCase(t *testing.T) {
	for situation := range tracks {
		for _, p := range phases() {
			for _, c := range order {
				for _, level := range []risk.Level{risk.Medium, risk.High, risk.Imminent} {
					r := risk.Reading{Level: level, Subject: risk.Self, Reason: "示例"}
					if turn := Step(at(p, situation, risk.Self), Heard{Classes: []Class{c}}, r, night); !turn.Raise.Level.AtLeast(level) {
						t.Fatalf("%s, %s, %q: a reading of %s raises to %q", situation, p, c, level, turn.Raise.Level)
					}
				}
			}
		}
	}
}

func TestNothingButWorseNewsRaisesToImminentFromAQuestionThatWasNotAsked(t *testing.T) {
	for _, row := range table {
		if row.In == Any && row.Up == risk.Imminent && !grave(row.On) && row.On != Unsafe && row.On != Missing {
			t.Errorf("%q raises to imminent from everywhere", row.On)
		}
		if row.Up != "" && row.Why == "" {
			t.Errorf("%s, %q: staff are not told why it is raised", row.In, row.On)
		}
	}
}

// TestATalkSaysNothingTwiceWhateverComes walks through random talks and reads what is said aloud.
func TestATalkSaysNothingTwiceWhateverComes(t *testing.T) {
	texts := shipped(t)
	mayRepeat, heads := again(texts)
	rapid.Check(t, func(t *rapid.T) {
		r := risk.Reading{Level: rapid.SampledFrom([]risk.Level{risk.Medium, risk.High, risk.Imminent}).Draw(t, "level"), Subject: rapid.SampledFrom([]risk.Subject{risk.Self, risk.Other}).Draw(t, "subject"),
			Category: rapid.SampledFrom([]string{"suicide", "self_harm", "overdose", "abuse", "bullying", "child_harm", "burnout", "psychosis", "runaway", "violence"}).Draw(t, "category")}
		s := State{Audience: rapid.SampledFrom([]Audience{Anyone, Parents, Students}).Draw(t, "audience")}
		turn := Begin(s, Heard{}, r, night)
		said := map[string]int{}
		var level risk.Level
		for n := range 25 {
			scene := Scene{OnDuty: rapid.Bool().Draw(t, "on duty")}
			bubbles, state := texts.Render(turn, scene)
			if len(bubbles) == 0 && !turn.Pass {
				t.Fatalf("turn %d is silent: %+v", n, turn)
			}
			whole := ""
			for _, b := range bubbles {
				whole += b.Text
				if strings.Contains(b.Text, "{{") {
					t.Errorf("not filled in: %s", b.Text)
				}
				for _, line := range strings.Split(b.Text, "\n") {
					if line != "" && len([]rune(line)) > 8 && !mayRepeat[line] && !slices.ContainsFunc(heads, func(h string) bool { return strings.HasPrefix(line, h) }) {
						said[line]++
						if said[line] > 1 {
							t.Errorf("said twice: %s", line)
						}
					}
				}
			}
			if len(whole) > maxReplyBytes {
				t.Errorf("%d bytes at once: %s", len(whole), whole)
			}
			if state.Level.Rank() < level.Rank() && state.Phase != Closed {
				t.Errorf("the level fell from %s to %s", level, state.Level)
			}
			level = state.Level
			if state.Phase == Closed || state.Phase == Paused {
				return
			}
			if len(state.Offered) < 3 {
				t.Errorf("turn %d offers no way out: %v", n, state.Offered)
			}
			heard := Heard{Classes: []Class{rapid.SampledFrom(order).Draw(t, "class")}, Text: "随便"}
			if rapid.IntRange(0, 2).Draw(t, "choose") == 0 && len(state.Offered) > 0 {
				o := rapid.SampledFrom(state.Offered).Draw(t, "offer")
				heard = Heard{Chosen: &o}
			}
			now := risk.Reading{Level: risk.None}
			if rapid.IntRange(0, 3).Draw(t, "danger") == 0 {
				now = risk.Reading{Level: rapid.SampledFrom([]risk.Level{risk.Medium, risk.High, risk.Imminent}).Draw(t, "level now"), Subject: state.Subject, Category: "suicide", Reason: "示例"}
			}
			turn = Step(state, heard, now, night)
			if now.Calls() && heard.Chosen == nil {
				if next, _ := texts.Render(turn, scene); !named(next, turn.State.Refused) {
					t.Errorf("danger is answered without the numbers to call: %+v", next)
				}
			}
		}
	})
}

// again are the lines that may come again, see lasting, and how those begin that say when somebody comes.
func again(t *Texts) (lines map[string]bool, heads []string) {
	lines = map[string]bool{}
	add := func(text string) {
		text = strings.ReplaceAll(text, "{{ta}}", "他")
		for _, line := range strings.Split(text, "\n") {
			lines[line], lines[ToParent(line)] = true, true
			if head, _, found := strings.Cut(line, "{{"); found && head != "" {
				heads = append(heads, head, ToParent(head))
			}
		}
	}
	for key, texts := range t.say {
		if base, _, _ := strings.Cut(key, "@"); lasting(base) {
			for _, text := range texts {
				add(text)
			}
		}
	}
	for name, q := range t.questions {
		if phaseOf(name) == Stay {
			for _, text := range q.Ask {
				add(text)
			}
		}
	}
	c := t.crisis.Coming
	for _, text := range []string{c.Imminent, c.High, c.Medium, c.Off} {
		add(text)
	}
	return lines, heads
}

func TestStepChangesNothingOfTheStateItIsGiven(t *testing.T) {
	s := at(Here, Wish, risk.Self)
	s.Known, s.Heard, s.Said = map[Phase]Class{}, map[Class]int{}, map[string]int{}
	before := fmt.Sprintf("%+v", s)
	texts := shipped(t)
	turn := Step(s, Heard{Classes: []Class{Alone}}, risk.Reading{Level: risk.None}, night)
	texts.Render(turn, Scene{})
	if after := fmt.Sprintf("%+v", s); after != before {
		t.Errorf("the state was written to:\n%s\n%s", before, after)
	}
}
