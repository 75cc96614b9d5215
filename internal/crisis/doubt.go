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
	next.Doubted = now
	if !s.Company(now) { // another talk: its words may come again
		next.Said, next.Heard = map[string]int{}, map[Class]int{}
	}
	next.Grave = len(r.Traits) > 0
	next.learn(h, risk.Reading{})
	switch {
	case slices.Contains(h.Classes, Striking):
		next.Category = "child_harm"
	case slices.Contains(h.Classes, Cuts):
		next.Category = "self_harm"
	}
	return Turn{State: next, Say: Say{Question: Doubt, Words: h.Words}}
}

// leastExplained is how many characters of somebody's own words, without a sign of danger, answer a doubt with a no.
const leastExplained = 4

// answerDoubt takes the answer to a question after an unclear reading: yes and unclear make a case and call a human; a no is
// believed. A question to the program is answered, and the doubt waits. What begins something else of the service leaves it
// unanswered, which after a grave sign is a silence.
func answerDoubt(s State, h Heard, r risk.Reading, now time.Time) Turn {
	class := s.doubtClass(h, r)
	t := Turn{State: s.clone()}
	t.State.Heard[class]++
	quiet := func(end DoubtEnd, key string) {
		t.State.Phase, t.State.Offered, t.Doubt = Quiet, nil, end
		if key != "" {
			t.Say.Keys = []string{key}
		}
	}
	switch class {
	case NotSo:
		quiet(DoubtNo, "doubt.wrong")
		t.Pass = true
	case No, Joke, Fine, NoDeath:
		quiet(DoubtNo, "doubt.no")
		t.Pass = true
	case Human:
		quiet(DoubtLeft, "human.wish")
		t.Raise.Human = true
		if s.Grave { // somebody comes for the danger, and soon
			t.Say.Keys, t.State.Level = []string{"human"}, risk.Medium
		}
		t.silentAfterGrave()
	case Leads:
		quiet(DoubtLeft, "")
		t.Pass = true
		t.silentAfterGrave()
	case Leave:
		quiet(DoubtLeft, "doubt.leave")
		t.silentAfterGrave()
	default:
		if key := s.whileDoubting(class); key != "" && s.Heard[class] == 0 {
			t.Say.Keys, t.Say.Question = []string{key}, Doubt
			t.State.Asked[Doubt] += 2 // asked in the same turn of words no second time
			return t
		}
		t = confirmed(t.State, h, r, class, now)
	}
	return t
}

// whileDoubting is what is said to a class that answers no doubt and ends none, "" for any other: people ask, or say what they
// fear, before they answer. It is said once, and the doubt waits.
func (s State) whileDoubting(c Class) string {
	if c == Rights || !inquires(c) && !slices.Contains([]Class{Parental, Speechless, Afraid, Hostile, Hello, DontGo}, c) {
		return ""
	}
	if row := find(Any, c, s); row != nil {
		return row.Say
	}
	return ""
}

// silentAfterGrave makes a case of a question that was left open after a wish, means, a place or a deed was named.
func (t *Turn) silentAfterGrave() {
	if t.State.Grave {
		t.Raise.Level, t.Raise.Reason = risk.Medium, "话里有危险的意思，问了一句，没有回答"
	}
}

// doubtClass is what an answer to a doubt comes to: a no, a class that leaves the doubt open or ends it otherwise, Yes, or
// Unsure. A no counts before what it is said along with.
func (s State) doubtClass(h Heard, r risk.Reading) Class {
	classes := h.Classes
	if h.Chosen != nil {
		classes = []Class{h.Chosen.Class}
	}
	is := func(c Class) bool { return slices.Contains(classes, c) }
	if h.Chosen == nil && (r.Calls() || slices.ContainsFunc(classes, grave)) {
		if is(NotSo) || is(NoDeath) || is(No) { // denied and said in one: not for a program to settle
			return Unsure
		}
		return Yes
	}
	for _, c := range []Class{NotSo, NoDeath, Joke, Fine, No, Human, Extort, Yes, Some, Unsafe, Unsure, Dots} {
		if !is(c) {
			continue
		}
		switch c {
		case Extort, Some, Unsafe:
			return Yes
		case Dots:
			return Unsure
		}
		return c
	}
	for _, c := range classes {
		if c == Leads || c == Leave || s.whileDoubting(c) != "" {
			return c
		}
	}
	if r.Level.AtLeast(risk.Medium) { // still not clear
		return Unsure
	}
	if len([]rune(strings.TrimSpace(h.Text))) >= leastExplained && !s.Grave && s.Category != "runaway" { // who says where they are has not said no
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
	if r.Calls() { // said more clearly than what was asked about
		reading.Reason, reading.Category = r.Reason, r.Category
	}
	t := Begin(s, h, reading, now)
	t.Doubt = end
	t.State.Asked[Doubt] = 1
	if t.State.Phase == Thoughts && class == Yes { // just answered
		t.State.Known[Thoughts] = Some
		t.State.Asked[Thoughts] = 0
		t.State.Phase = t.State.next()
		t.State.Asked[t.State.Phase] = 1
		t.Say.Question = t.State.Phase
	}
	t.Say.Bare, t.Say.Keys = false, []string{"doubt.more"}
	if class == Yes {
		t.Say.Keys = []string{"doubt.yes"}
	}
	return t
}

// Silence says what a silence comes to, and by which key it is asked about. Texts.Wait says how long a silence must be.
func Silence(s State) (t Turn, key string) {
	t.State = s.clone()
	if s.Phase == Doubt {
		t.State.Phase, t.State.Offered = Quiet, nil
		t.Doubt = DoubtSilent
		t.silentAfterGrave()
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
