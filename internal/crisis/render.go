package crisis

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// Scene is what the words depend on beside the state: whether somebody is on duty, and from when on if not.
type Scene struct {
	OnDuty bool
	From   string // "8:00"; "" where the editors' hours hold
}

// Bubble is one message of the program, with the answers that stand below it.
type Bubble struct {
	Text   string
	Offers []Offer
}

// Render puts a turn into words, and notes in the state which words were used and which answers were offered: no text is
// said twice while there is another, and what is used up is left out.
func (t *Texts) Render(turn Turn, scene Scene) ([]Bubble, State) {
	v := voice{Texts: t, s: turn.State.clone(), scene: scene, words: turn.Say.Words}
	var out []Bubble
	for _, key := range turn.Say.Keys {
		if text := v.next(key, v.say); text != "" {
			out = append(out, Bubble{Text: text})
		}
	}
	if n := len(out); n > 1 && strings.HasPrefix(turn.Say.Keys[len(turn.Say.Keys)-1], "remind") && named(out[:n-1], turn.State.Refused) { // once is enough
		out = out[:n-1]
	}
	v.s.Offered = nil
	if p := turn.Say.Question; p != "" {
		q := v.question(p)
		text := ""
		if !turn.Say.Bare {
			text = v.asks(p, q)
		}
		v.s.Offered = v.offer(p, q)
		if text == "" && len(out) > 0 {
			out[len(out)-1].Offers = v.s.Offered
		} else {
			out = append(out, Bubble{Text: text, Offers: v.s.Offered})
		}
	}
	if len(out) > 0 && out[len(out)-1].Text == "" && len(out[len(out)-1].Offers) > 0 && len(out) == 1 { // buttons alone say nothing
		out[0].Text = cmp.Or(v.next("nod", v.say), "我在。")
	}
	if v.s.Audience == Parents {
		for i := range out {
			out[i].Text = ToParent(out[i].Text)
		}
	}
	return out, v.s
}

// named says whether the numbers to call stand in what is said already: the hotline where somebody listens, and one for an
// emergency. Whoever does not want the hotline is told of one of them.
func named(said []Bubble, refused bool) bool {
	has := func(n string) bool {
		return slices.ContainsFunc(said, func(b Bubble) bool { return strings.Contains(b.Text, n) })
	}
	listens, comes := has("12356"), has("120") || has("110")
	return listens && comes || refused && (listens || comes)
}

// Silent is the nth question after a silence, "" where none is left.
func (t *Texts) Silent(s State, key string) string {
	v := voice{Texts: t, s: s}
	texts := t.say[key]
	if s.Silences-1 >= len(texts) || s.Silences < 1 {
		return ""
	}
	text := v.fill(texts[s.Silences-1])
	if s.Audience == Parents {
		text = ToParent(text)
	}
	return text
}

// voice renders one turn.
type voice struct {
	*Texts
	s     State
	scene Scene
	words string
}

// forms are the endings under which a text for these people at this hour may stand, the fittest first.
func (v *voice) forms() []string {
	var out []string
	parent, other := v.s.Audience == Parents, v.s.Subject == risk.Other
	if v.s.Phase == Doubt { // nobody was called, and nothing may sound as if
		out = append(out, "@doubt")
	}
	if v.s.Level == risk.Imminent {
		out = append(out, "@imminent")
	}
	if v.s.Young {
		out = append(out, "@young")
	}
	if !v.scene.OnDuty {
		out = append(out, "@night")
	}
	switch {
	case other && parent:
		out = append(out, "@child", "@friend")
	case other:
		out = append(out, "@friend")
	case parent:
		out = append(out, "@parent")
	}
	return append(out, "")
}

// find is the name under which a text for these people stands.
func (v *voice) find(key string, has func(name string) bool) string {
	for _, form := range v.forms() {
		if has(key + form) {
			return key + form
		}
	}
	return key
}

// lasting are the texts that are said again when all their forms are used up: silence would be worse.
func lasting(key string) bool {
	return strings.HasPrefix(key, "doubt.") || slices.Contains([]string{"leave", "wrong", "safe.end", "fine.late", "down"}, key) || strings.HasPrefix(key, "first.") || strings.HasPrefix(key, "turn.") || strings.HasPrefix(key, "remind") || key == "human" || key == "wants"
}

// next is the next form of a text that was not used, "" where there is none.
func (v *voice) next(key string, say map[string][]string) string {
	name := v.find(key, func(n string) bool { return len(say[n]) > 0 })
	texts := say[name]
	for i := v.s.Said[name]; i < len(texts); i++ {
		if v.words == "" && strings.Contains(texts[i], "{{words}}") {
			continue
		}
		v.s.Said[name] = i + 1
		return v.fill(texts[i])
	}
	if lasting(key) && len(texts) > 0 {
		v.s.Said[name]++
		return v.fill(texts[v.s.Said[name]%len(texts)])
	}
	return ""
}

// doubtForms are the questions after an unclear reading, by what it is about.
var doubtForms = map[string]string{
	"abuse": "doubt.hurt", "sexual_abuse": "doubt.hurt", "bullying": "doubt.hurt", "child_harm": "doubt.child_harm", "violence": "doubt.violence",
	"psychosis": "doubt.psychosis", "runaway": "doubt.runaway", "eating": "doubt.eating",
}

func (v *voice) question(p Phase) question {
	key := string(p)
	switch {
	case p == Doubt:
		key = cmp.Or(doubtForms[v.s.Category], key)
	case p == Thoughts && v.s.Heard[Wants] > 0:
		key = "thoughts.said"
	case p == Stay && v.s.Situation == Body && v.s.Heard[Came] > 0:
		key = "stay.came"
	case p == Stay && (v.s.hangs() || v.s.Situation == Body):
		key = "stay.now." + string(v.s.Situation)
		if len(v.questions[key].Ask) == 0 {
			key = "stay.now"
		}
	}
	return v.questions[v.find(key, func(n string) bool { return len(v.questions[n].Ask) > 0 })]
}

// asks are the words of a question. Asked once more when there are no other words, its answers alone stand there: nobody
// is asked in the same words twice. Company is never without words.
func (v *voice) asks(p Phase, q question) string {
	n := max(0, v.s.Asked[p]-1)
	if p == Stay {
		return v.fill(q.Ask[n%len(q.Ask)])
	}
	if n >= len(q.Ask) {
		return ""
	}
	return v.fill(q.Ask[n])
}

func (v *voice) offer(p Phase, q question) []Offer {
	var out []Offer
	for _, a := range q.Choices {
		out = append(out, Offer{ID: offerID(p, a.Is), Label: v.fill(a.Label), Phase: p, Class: a.Is})
	}
	for _, a := range v.exits {
		out = append(out, Offer{ID: offerID("", a.Is), Label: a.Label, Phase: p, Class: a.Is})
	}
	return out
}

func (v *voice) fill(text string) string {
	if !strings.Contains(text, "{{") {
		return text
	}
	return strings.NewReplacer("{{coming}}", v.coming(), "{{within}}", v.within(), "{{from}}", v.crisis.when(v.scene), "{{ta}}", cmp.Or(v.s.Ta, "他"), "{{words}}", v.words).Replace(text)
}

// coming says when somebody will write: what the ladder of the level promises, or from when on somebody is there.
func (v *voice) coming() string {
	text := v.crisis.Coming.Medium
	switch {
	case !v.scene.OnDuty:
		text = v.crisis.Coming.Off
	case v.s.Level == risk.Imminent:
		text = v.crisis.Coming.Imminent
	case v.s.Level == risk.High:
		text = v.crisis.Coming.High
	}
	return strings.ReplaceAll(text, "{{from}}", v.crisis.when(v.scene))
}

// within is how soon somebody writes while somebody is on duty, by the ladder of the level.
func (v *voice) within() string {
	switch v.s.Level {
	case risk.Imminent:
		return v.crisis.Within.Imminent
	case risk.High:
		return v.crisis.Within.High
	}
	return v.crisis.Within.Medium
}

// ToParent turns the words to a young person into those to a parent. What stands in quotation marks is for the parent
// to say to somebody else, and stays.
func ToParent(text string) string {
	var b strings.Builder
	quoted := 0
	for _, r := range text {
		switch {
		case r == '“':
			quoted++
		case r == '”' && quoted > 0:
			quoted--
		case r == '你' && quoted == 0:
			r = '您'
		}
		b.WriteRune(r)
	}
	return b.String()
}
