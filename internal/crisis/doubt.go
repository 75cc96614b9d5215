package crisis

import (
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Ask puts one plain question after a reading that is not sure. What the person was doing waits, and goes on after a no.
func Ask(s State, h Heard, r risk.Reading, now time.Time) Turn {
	subject, audience := s.about(h, r)
	next := s.clone()
	next.Phase, next.Level, next.Subject, next.Audience, next.Category = Doubt, "", subject, audience, r.Category
	next.Situation, next.Since = "", time.Time{}
	next.Known, next.Asked = map[Phase]Class{}, map[Phase]int{}
	next.Doubted, next.Doubts = now, s.Doubts+1
	next.Grave = len(r.Traits) > 0
	next.learn(h, risk.Reading{})
	if slices.Contains(h.Classes, Striking) {
		next.Category = "child_harm"
	}
	return Turn{State: next, Say: Say{Question: Doubt, Words: h.Words}}
}

// leastExplained is how many characters of somebody's own words, without a sign of danger, answer a doubt with a no.
const leastExplained = 4

// answerDoubt takes the answer to a question after an unclear reading: yes and unclear make a case and call a human; a no is
// believed. What begins something else of the service leaves the question unanswered, which after a grave sign is a silence.
func answerDoubt(s State, h Heard, r risk.Reading, now time.Time) Turn {
	class := doubtClass(h, r)
	t := Turn{State: s.clone()}
	t.State.Turns++
	t.State.Heard[class]++
	switch class {
	case No, Joke, Fine, NotSo, NoDeath:
		t.State.Phase, t.State.Offered = Quiet, nil
		t.Say.Keys, t.Doubt, t.Pass = []string{"doubt.no"}, DoubtNo, true
		if class == NotSo {
			t.Say.Keys = []string{"doubt.wrong"}
		}
	case Human:
		t.State.Phase, t.State.Offered = Quiet, nil
		t.Say.Keys, t.Doubt, t.Raise.Human = []string{"human"}, DoubtLeft, true
		t.silentAfterGrave()
	case Leads, Leave:
		t.State.Phase, t.State.Offered = Quiet, nil
		t.Doubt, t.Pass = DoubtLeft, class == Leads
		if class == Leave {
			t.Say.Keys = []string{"doubt.leave"}
		}
		t.silentAfterGrave()
	default:
		t = confirmed(t.State, h, r, class, now)
	}
	return t
}

// silentAfterGrave makes a case of a question that was left open after a wish, means, a place or a deed was named.
func (t *Turn) silentAfterGrave() {
	if t.State.Grave && !t.Raise.Human {
		t.Raise.Level, t.Raise.Reason = risk.Medium, "话里有危险的意思，问了一句，没有回答"
	}
}

// doubtClass is what an answer to a doubt comes to: No, a class that answers it otherwise, Yes, or Unsure.
func doubtClass(h Heard, r risk.Reading) Class {
	classes := h.Classes
	if h.Chosen != nil {
		classes = []Class{h.Chosen.Class}
	}
	if r.Level.AtLeast(risk.Medium) && h.Chosen == nil {
		return Yes
	}
	for _, c := range classes {
		switch {
		case c == No || c == Joke || c == Fine || c == NotSo || c == NoDeath || c == Human || c == Leads || c == Leave:
			return c
		case c == Yes || c == Some || c == Wants || c == Unsafe || grave(c):
			return Yes
		case c == Unsure || c == Dots:
			return Unsure
		}
	}
	if len([]rune(strings.TrimSpace(h.Text))) >= leastExplained && !r.Level.AtLeast(risk.Medium) {
		return No // explained in their own words, without a sign of danger
	}
	return Unsure
}

// confirmed begins the talk after a doubt that was confirmed, or not cleared.
func confirmed(s State, h Heard, r risk.Reading, class Class, now time.Time) Turn {
	level := risk.Medium
	if r.Calls() {
		level = r.Level
	}
	reading := risk.Reading{Level: level, Subject: s.Subject, Category: s.Category, Traits: r.Traits, Reason: "问了一句，没有说清"}
	end := DoubtUnclear
	if class == Yes {
		reading.Reason, end = "问了一句，说有", DoubtYes
	}
	if r.Calls() {
		reading.Reason = r.Reason
	}
	t := Begin(s, h, reading, now)
	t.Doubt = end
	t.State.Asked[Doubt] = 1
	if t.State.Phase == Thoughts && class == Yes { // just answered
		t.State.Known[Thoughts] = Some
		t.Say.Bare = false
		t.State.Asked[Thoughts] = 0
		t.State.Phase = t.State.next()
		t.State.Asked[t.State.Phase] = 1
		t.Say.Question = t.State.Phase
		t.Say.Keys = []string{"doubt.yes"}
	} else {
		t.Say.Keys = []string{"doubt.more"}
		t.Say.Bare = false
	}
	return t
}

// Silence says what a silence of a length comes to. After returns how long the program waits before it takes a silence for
// one: it depends on how urgent the danger is.
func Silence(s State) (t Turn, key string) {
	t.State = s.clone()
	if s.Phase == Doubt {
		t.State.Phase, t.State.Offered = Quiet, nil
		t.Doubt = DoubtSilent
		if s.Grave {
			t.Raise = Raise{Level: risk.Medium, Reason: "话里有危险的意思，问了一句，没有回答"}
		}
		return t, ""
	}
	t.State.Silences++
	key = "silence"
	if s.Level == risk.Imminent {
		key = "silence.now"
	}
	return t, key
}

// Welcome meets whoever was in danger and comes back hours or days later with nothing else in mind.
func Welcome(s State, now time.Time) Turn {
	next := s.clone()
	next.Situation, next.Phase, next.Since, next.Level = Back, Return, now, risk.High // asked anew whether it is imminent
	next.Known, next.Asked = map[Phase]Class{}, map[Phase]int{Return: 1}
	t := Turn{State: next, Say: Say{Keys: []string{"back.met"}, Question: Return}}
	if !s.Met {
		t.Say.Keys = []string{"back.waited"}
		t.Raise = Raise{Level: risk.Medium, Reason: "说过危险的话，隔了一阵又回来，还没有老师和他说上话"}
	}
	return t
}

// Returns says whether somebody who was in danger some hours or days ago is met by it first.
func (s State) Returns(now time.Time) bool {
	away := now.Sub(s.Since)
	return !s.Since.IsZero() && away >= StayFor && away <= BackWithin && s.Level.AtLeast(risk.High) && s.Phase != Closed
}
