package crisis

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
)

// Class is one thing that a person may say in the talk. The words that say it are the editors' (hears.yaml, heard.yaml).
type Class string

// The classes, in the order in which they are tried: worse news, a wish for a human, a correction, safety, a question to
// the program, what stands in the way, a wish to stop, and only then the answer to the question that was asked.
const (
	Place    Class = "place"    // at a height, by the water, on rails
	Deed     Class = "deed"     // swallowed, drunk, done
	Deep     Class = "deep"     // a deep wound, blood that does not stop
	Symptom  Class = "symptom"  // dizzy, sick
	Bleeding Class = "bleeding" // still bleeds a little
	Cuts     Class = "cuts"     // hurt oneself, now or lately
	Knock    Class = "knock"    // a stranger at the door, a child alone
	Attacked Class = "attacked" // somebody is hitting, or holds something to hit with
	Beaten   Class = "beaten"   // was hit, by the reader of danger
	Striking Class = "striking" // a parent about to hit
	AtHand   Class = "athand"   // what could hurt is here
	Soon     Class = "soon"     // tonight, a plan
	Wants    Class = "wants"    // to die
	MeToo    Class = "metoo"    // the teller feels so too

	Human Class = "human"

	NotSo    Class = "wrong"
	Denied   Class = "denied"   // a bare "not so" in the middle of a talk: is there no danger, or was it misheard
	Misheard Class = "misheard" // the danger stands, the answer was wrong
	Twice    Class = "twice"    // takes it back a second time
	NotMe    Class = "notme"
	Joke     Class = "joke"
	NoDeath  Class = "nodeath"
	Fine     Class = "fine"

	Down Class = "down" // away from the danger
	Gone Class = "gone" // the things are thrown away

	AskSee     Class = "asksee"
	AskTell    Class = "asktell"
	AskWhen    Class = "askwhen"
	AskRobot   Class = "askrobot"
	AskSay     Class = "asksay"
	AskGo      Class = "askgo"
	AskDo      Class = "askdo"
	AskPain    Class = "askpain"    // does it hurt, how: no method is spoken of
	AskDoor    Class = "askdoor"    // to break a locked door or not
	AskCall    Class = "askcall"    // can the program call
	AskDoctor  Class = "askdoctor"  // is a doctor needed
	AskTrust   Class = "asktrust"   // is the stranger to be believed
	AskSorry   Class = "asksorry"   // how a parent says sorry
	Overreact  Class = "overreact"  // fears to make much of little
	Guilt      Class = "guilt"      // am I bad
	Window     Class = "window"     // a window that is open or unbarred
	Came       Class = "came"       // help stands at the door
	AskPolice  Class = "askpolice"  // are the police to be called
	AskCall110 Class = "askcall110" // what to say to 110
	NoCall     Class = "nocall"     // do not call an ambulance, the police
	Sleepy     Class = "sleepy"     // may I sleep
	Jail       Class = "jail"       // will the police take me
	Extort     Class = "extort"     // somebody threatens to publish, or wants money
	Asks       Class = "asks"       // asks something that has no class of its own
	WalkedOff  Class = "walkedoff"  // whoever stood there is gone
	Dying      Class = "dying"      // shall I die of it: fears so
	Canto      Class = "canto"
	Rights     Class = "rights"
	Hush       Class = "hush"     // do not tell
	Stranger   Class = "stranger" // somebody they do not know offers to take them along

	DontGo     Class = "dontgo"
	Useless    Class = "useless"
	NoAnswer   Class = "noanswer"
	NoContact  Class = "nocontact"
	NoCredit   Class = "nocredit"
	NoDevice   Class = "nodevice"
	Speechless Class = "speechless"
	Refuse     Class = "refuse"
	Promised   Class = "promised"
	Resent     Class = "resent"
	Parental   Class = "parental"
	Shame      Class = "shame"
	Hostile    Class = "hostile"

	First Class = "first" // wants something else, or to stop, while life hangs on an answer: once, that comes first
	Leads Class = "leads" // begins something else of the service by itself
	Leave Class = "leave"

	Called    Class = "called"
	Told      Class = "told"
	Together  Class = "together"
	Alone     Class = "alone"
	Missing   Class = "missing"
	Hurt      Class = "hurt"
	Shallow   Class = "shallow"
	Cannot    Class = "cannot"
	Unsafe    Class = "unsafe"
	Far       Class = "far"
	Close     Class = "close"
	Better    Class = "better"
	Done      Class = "done"
	Afraid    Class = "afraid"
	Maybe     Class = "maybe" // probably not tonight
	Some      Class = "some"
	No        Class = "no"
	Yes       Class = "yes"
	Unsure    Class = "unsure"
	School    Class = "school"
	Home      Class = "home"
	Person    Class = "person" // names somebody
	Somewhere Class = "somewhere"
	Useful    Class = "useful"
	Rises     Class = "rises"   // graver by the reader of danger, with nothing named
	Present   Class = "present" // says that they are there, and no more
	Dots      Class = "dots"    // marks only, a sound
	Thanks    Class = "thanks"
	Hello     Class = "hello"
	Spot      Class = "spot"  // a position was sent
	Media     Class = "media" // a picture or a voice that nobody can read here

	SpotShown  Class = "spotshown"  // a position that staff see
	MediaShown Class = "mediashown" // a picture or a voice that staff get to see or hear

	Other Class = "other"

	Primary Class = "primary" // what only a primary pupil says of themselves; answers nothing
	Infant  Class = "infant"  // speaks of a baby; answers nothing
	Past    Class = "past"    // speaks of what was, not of now; answers nothing

	OwnChild Class = "ownchild" // speaks of a child of theirs; this and what follows answers nothing
	HitChild Class = "hitchild" // has hit a child
	OfMyself Class = "ofmyself" // a parent who speaks of themselves beside the child
	ToMe     Class = "tome"     // what others do to the person who writes
	Somebody Class = "somebody" // names another person
	AChild   Class = "achild"   // names a child of the family
	Reason   Class = "reason"   // says what was misheard
	Girl     Class = "girl"     // the other is a girl
	Reported Class = "reported" // gives back what a child said; answers nothing
)

// order is the order in which the classes of a message are tried.
var order = []Class{
	Knock, Attacked, Beaten, Striking, Deep, Deed, Symptom, Place, AtHand, Soon, Cuts, Wants, Bleeding, MeToo,
	Human,
	NotSo, Denied, Misheard, NotMe, Twice, Joke, NoDeath, Fine,
	Down, Gone,
	Rights, AskPolice, AskCall110, NoCall, Sleepy, AskDoor, AskCall, AskDoctor, AskTrust, AskSorry, Overreact, Guilt, Window, Came, WalkedOff, Dying, AskSee, AskTell, AskWhen, AskRobot, AskSay, AskGo, AskDo, AskPain, Jail, Extort, Canto, Stranger, Asks, Hush,
	DontGo, Useless, NoAnswer, NoContact, NoCredit, NoDevice, Speechless, Refuse, Promised, Resent, Parental, Shame, Hostile,
	First, Leads, Leave,
	Called, Told, Together, Alone, Missing, Hurt, Shallow, Cannot, Unsafe, Far, Close, Better, Done, Afraid, Maybe, Some, No, Yes, Unsure, School, Home, Person, Somewhere, Useful,
	Rises, Present, Dots, Thanks, Hello, Spot, Media, SpotShown, MediaShown, Other, Primary, Infant, Past, OwnChild, HitChild, OfMyself, ToMe, Somebody, AChild, Reason, Girl, Reported,
}

// Classes are the names of all classes, for schemas.
func Classes() []string {
	out := make([]string, len(order))
	for i, c := range order {
		out[i] = string(c)
	}
	slices.Sort(out)
	return out
}

// inquires says whether a class is a question to the program.
func inquires(c Class) bool {
	return slices.Index(order, c) >= slices.Index(order, Rights) && slices.Index(order, c) <= slices.Index(order, Hush)
}

// answers says whether a class may answer a question, and not only tells of whom or when is spoken.
func answers(c Class) bool { return slices.Index(order, c) < slices.Index(order, Primary) }

// grave are the classes that are worse news by their words alone, whatever the reader of danger makes of them.
func grave(c Class) bool {
	return slices.Index(order, c) <= slices.Index(order, MeToo)
}

// hearing is the words of one class, folded.
type hearing struct {
	class  Class
	words  []string // anywhere in the text; "…" stands for up to gap characters
	exact  []string // the whole text
	unless []string // words that take it back
}

// gap is how many characters "…" stands for at most.
const gap = 6

func (h hearing) in(folded string) bool {
	if slices.Contains(h.exact, folded) {
		return true
	}
	holds := func(w string) bool { return contains(folded, w) }
	return slices.ContainsFunc(h.words, holds) && !slices.ContainsFunc(h.unless, holds)
}

// contains tells whether a text holds a word; the parts around "…" may stand up to gap characters apart.
func contains(text, word string) bool {
	head, rest, parted := strings.Cut(word, "…")
	if !parted {
		return strings.Contains(text, word)
	}
	for from := 0; ; {
		at := strings.Index(text[from:], head)
		if at < 0 {
			return false
		}
		after := text[from+at+len(head):]
		if near := after[:prefix(after, gap+utf8.RuneCountInString(rest))]; contains(near, rest) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[from+at:])
		from += at + size
	}
}

// prefix is how many bytes the first n characters have.
func prefix(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// Offers says whether a tap is on an answer of the talk.
func (t *Texts) Offers(id string) bool {
	_, known := t.offers[id]
	return known
}

// Message is a message as it came, as far as the talk cares.
type Message struct {
	Text     string
	Tapped   string // the ID of a choice, "" where the person wrote
	Place    bool   // a position
	Media    bool   // a picture, a video, a voice without words
	Shown    bool   // which staff get to see or hear
	Leads    bool   // it begins something else of the service by itself
	Quotable bool   // no sign of danger stands in it: its words may be given back
}

// Hear says what a message says, for the talk as it stands.
func (t *Texts) Hear(s State, m Message) Heard {
	h := Heard{Text: m.Text, Chosen: t.chosen(s, m)}
	switch {
	case m.Place && m.Shown:
		h.Classes = append(h.Classes, SpotShown)
	case m.Place:
		h.Classes = append(h.Classes, Spot)
	case m.Media && m.Shown:
		h.Classes = append(h.Classes, MediaShown)
	case m.Media:
		h.Classes = append(h.Classes, Media)
	}
	folded := t.fold(m.Text)
	head := ""
	if clauses := strings.FieldsFunc(m.Text, parting); len(clauses) > 1 {
		head = t.fold(clauses[0])
	}
	for _, hearing := range t.hears {
		// a short answer that stands before something else is that answer
		if hearing.in(folded) || slices.Contains([]Class{No, NotSo, Alone, Called}, hearing.class) && slices.Contains(hearing.exact, head) {
			h.Classes = append(h.Classes, hearing.class)
		}
	}
	asks := slices.Contains(h.Classes, Asks)
	h.Classes = slices.DeleteFunc(h.Classes, func(c Class) bool { return c == Asks })
	sure := sureOfAll
	switch {
	case slices.ContainsFunc(h.Classes, answers): // a word that counts for sure tells more than that it is a question
		sure, asks = sureBeside, false
	case asks: // better no answer than one to another question
		sure = sureOfClause
	}
	if m.Tapped == "" && h.Chosen == nil {
		alike := t.alike(s, m.Text, sure)
		if asks { // a question is no answer
			alike = slices.DeleteFunc(alike, func(c Class) bool { return !inquires(c) })
		}
		h.Classes = append(h.Classes, alike...)
	}
	if asks && !slices.ContainsFunc(h.Classes, inquires) {
		h.Classes = append(h.Classes, Asks)
	}
	if folded == "" && m.Text != "" {
		h.Classes = append(h.Classes, Dots)
	}
	if m.Leads && h.Chosen == nil {
		h.Classes = append(h.Classes, Leads)
	}
	if s.Audience == Students {
		h.Classes = slices.DeleteFunc(h.Classes, func(c Class) bool { return c == Striking })
	}
	if s.Audience == Parents {
		h.Classes = slices.DeleteFunc(h.Classes, func(c Class) bool { return c == Knock })
	}
	slices.SortStableFunc(h.Classes, func(a, b Class) int { return slices.Index(order, a) - slices.Index(order, b) })
	h.Classes = slices.Compact(h.Classes)
	he, she := strings.Count(m.Text, "他"), strings.Count(m.Text, "她")
	if he+she == 0 && slices.Contains(h.Classes, Girl) {
		she++
	}
	switch {
	case m.Tapped != "": // our words
	case she > he:
		h.Ta = "她"
	case he > she:
		h.Ta = "他"
	}
	if m.Quotable && h.Chosen == nil {
		h.Words = quote(m.Text, h.Classes)
	}
	return h
}

// How sure a likeness must be: of a whole message, of one beside a word that counts for sure, and of one clause of several.
const (
	sureOfAll    = 0.25
	sureBeside   = 0.7
	sureOfClause = 0.6
	sureOfDeed   = 0.8 // of a deed that was not asked about, or that the danger is another's
)

// alike are the classes that a message, or a clause of it, is like by the examples. Worse news is not taken from a likeness,
// but where it answers the question that was asked.
func (t *Texts) alike(s State, text string, sureAll float64) []Class {
	var out []Class
	add := func(part string, sure float64) {
		c, p := t.like.of(t.fold(part))
		if p >= sure && c != Other && (!grave(c) || has(s.Phase, c)) && (!settles(c) || !open(part) && (has(s.Phase, c) || p >= sureOfDeed)) && (c != NotMe || p >= sureOfDeed) {
			out = append(out, c)
		}
	}
	add(text, sureAll)
	clauses := strings.FieldsFunc(text, parting)
	for _, clause := range clauses[:min(len(clauses), mostClauses)] {
		if len(clauses) > 1 && strings.IndexFunc(clause, func(r rune) bool { return unicode.Is(unicode.Han, r) }) >= 0 {
			add(clause, sureOfClause)
		}
	}
	return out
}

// settles says whether a class says that something is done that life may hang on: it is never taken from a likeness of words
// that ask, fear or deny.
func settles(c Class) bool {
	return slices.Contains([]Class{Called, Came, Told, Far, Down, Gone, Done, Together, Yes, Better}, c)
}

// open says whether words ask, fear or deny.
func open(text string) bool {
	for _, w := range []string{"不", "没", "別", "别", "吗", "？", "?", "怕", "怎么", "要是", "如果", "万一", "唔", "冇", "未", "惊"} {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// mostClauses bounds the work on one message.
const mostClauses = 12

// parting tells whether a character ends a clause; many people type a space for a comma.
func parting(r rune) bool { return strings.ContainsRune("，,。.！!？?；;、\n\r\t ~～…　", r) }

// has tells whether a phase has a row of its own for a class.
func has(in Phase, c Class) bool {
	return slices.ContainsFunc(table, func(r Row) bool { return r.In == in && r.On == c })
}

// chosen is the offered answer that a tap, a number or a label means. A tap on an older question means that question's
// answer; a number means the question that waits.
func (t *Texts) chosen(s State, m Message) *Offer {
	if m.Tapped != "" {
		if o, known := t.offers[m.Tapped]; known {
			if exit(o.Class) {
				o.Phase = s.Phase
			}
			return &o
		}
		return nil
	}
	folded := hanzi.Fold(m.Text)
	n := hanzi.Ordinal(folded)
	for i, o := range s.Offered {
		if n == i+1 || hanzi.Fold(o.Label) == folded {
			return &o
		}
	}
	return nil
}

// The measures of words that may be given back: long enough to say something, short enough to be read in a bubble.
const (
	leastQuoted = 3
	mostQuoted  = 18
)

// quote picks the clause of a person's words that can be given back to them: whole, short, no question, no curse. "" where
// none is.
func quote(text string, classes []Class) string {
	if slices.ContainsFunc(classes, func(c Class) bool { return c == Hostile || c == Leave || c == Dots || c == Human }) {
		return ""
	}
	best := ""
	for _, clause := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("，,。.！!；;\n\r ~～…", r) }) {
		clause = strings.TrimSpace(clause)
		n := utf8.RuneCountInString(clause)
		if n < leastQuoted || n > mostQuoted || strings.ContainsAny(clause, "？?“”\"<>你您0123456789") || strings.HasSuffix(clause, "吗") || strings.HasSuffix(clause, "呢") {
			continue
		}
		if n > utf8.RuneCountInString(best) {
			best = clause
		}
	}
	return best
}
