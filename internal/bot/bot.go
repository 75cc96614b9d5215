// Package bot is the one place that says what happens to an inbound message: seen before, the recorded reply; danger,
// the crisis answer and a case; a counsellor has the conversation, relay and silence; else the dialog. It knows neither
// a platform nor a database: it is handed both. It never lets a failing backend swallow a cry for help: see degrade.go.
// Start reading at Handle.
package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/crisis"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/hanzi"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/spool"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Sealer seals session state and names people without naming them.
type Sealer interface {
	spool.Sealer
	// SealFor seals under the key of a person, which is destroyed with them; see seal.Sealer.
	SealFor(personID string, plain []byte, aad string) ([]byte, error)
}

// Cases is what the bot needs of casework.
type Cases interface {
	Raise(ctx context.Context, s casework.Signal) (casework.Case, error)
	TalkingWith(ctx context.Context, personID string) (caseID string, err error)
	// Stands returns the ID of the person's open case, "" where there is none, and whether staff have the conversation.
	Stands(ctx context.Context, personID string) (caseID string, talking bool, err error)
	// Holder returns the ID of the member of staff who has the person's conversation, "" where nobody does.
	Holder(ctx context.Context, personID string) (staffID string, err error)
	// OpenCase returns the ID of the person's open case, "" where there is none.
	OpenCase(ctx context.Context, personID string) (string, error)
	PersonSaid(ctx context.Context, personID, caseID string) error
	// Told notes in an open case what the person said, or did not say.
	Told(ctx context.Context, caseID string, kind casework.StepKind, note, key string) error
	// Ask records a question after an unclear reading, Answered what came of the person's latest.
	Ask(ctx context.Context, a casework.Asked) error
	Answered(ctx context.Context, personID string, a casework.AskedAnswer) error
	// Waiting returns the question that waits for the person's answer.
	Waiting(ctx context.Context, personID string) (casework.Asked, bool, error)
	// Unanswered ends a question that nobody answered, and raises the signal; false where it waits no more.
	Unanswered(ctx context.Context, personID, key string, sig *casework.Signal) (waited bool, err error)
}

// Log takes messages that may be written behind.
type Log interface {
	Add(ms ...transcript.Message)
}

// Outbox is what the bot needs of the outbox.
type Outbox interface {
	outbox.Queue
	// Unpark hands out what waits for the person's next contact, under a lease; Done ends it.
	Unpark(ctx context.Context, worker, personID string, now time.Time, lease time.Duration) ([]outbox.Row, error)
	Done(ctx context.Context, worker, id string) error
	outbox.Releaser
	outbox.Gatherer
}

// Bot handles messages. New makes one; nothing of it changes after the first message.
type Bot struct{ Options }

// Options are what a Bot is made of. All but those with a default must be given.
type Options struct {
	Content    func() *content.Bundle
	ContentOf  func(account string) *content.Bundle // what is said to whoever comes by an account; default Content for all
	Flows      func(version string) *dialog.Set     // of an earlier version, nil where it is kept no longer; default the running ones always
	Commands   map[string]dialog.Command
	Sessions   session.Store
	People     person.Directory
	Cases      Cases
	Transcript transcript.Store
	Log        Log
	Outbox     Outbox
	Media      Media
	Bus        live.Bus
	Spool      *spool.Spool
	Sealer     Sealer
	Senders    func(channelName, account string) channel.Sender // nil where there is none
	InTx       func(ctx context.Context, f func(ctx context.Context) error) error
	// Once runs f in a transaction and records what it came to under key beside what it did; under a known key it returns that.
	Once      func(ctx context.Context, personID, key string, f func(ctx context.Context) ([]byte, error)) ([]byte, error)
	Slog      *slog.Logger
	Metrics   *Metrics
	Replica   string                                                                             // names this replica in leases; default random
	Duty      func(at time.Time) (Duty, bool)                                                    // who is there by the rota; default the editors' hours
	Trace     func(person string, trace []dialog.Trace)                                          // default none; preview and coverage
	Met       func(ctx context.Context, personID string) (bool, error)                           // whether a human has spoken with them, or they hold an appointment; default never
	Room      func(ctx context.Context, s Stranger) (room bool, origin string)                   // whether a stranger has a place among known people, else where they are counted with others; default: by time alone
	Children  func(ctx context.Context, personID string) ([]family.Child, error)                 // whom a parent agreed to have remembered; default nobody
	Now       func() time.Time                                                                   // default time.Now
	NewID     func() string                                                                      // default UUIDv7
	Alarm     func(about string, in channel.Inbound, level risk.Level)                           // calls staff without any backend, and never waits; default nobody
	Unrated   func(ctx context.Context, appointmentID string) (bool, error)                      // whether an appointment may still be asked of; default always
	Missed    func(personID, text string, at time.Time)                                          // hears of texts that nothing matched, and never waits; default nobody
	Erase     func(ctx context.Context, personID, by string) error                               // removes a person who took back their consent on the platform; default: kept, with an error
	Agreed    func(ctx context.Context, personID, key string, cs []channel.Consent) error        // writes down what a person agreed to get as notices; default nobody does
	Knock     func(ctx context.Context, personID, delivery string, k channel.Knock) error        // sends a notice that something waits, where a person agreed to it; default nobody does
	Known     func(ctx context.Context, personID, key string) error                              // hears, in its transaction, that a person said who they are, or follows again; default nobody does
	Consented func(ctx context.Context, personID, audience, purpose, shown string) (bool, error) // whether something may be kept for a purpose, agreed to now where the words of a version were shown; default always
	Patience  time.Duration                                                                      // how long danger waits for the backends; default 2.5 s
}

// Duty says whether somebody is on duty, and from when on otherwise.
type Duty struct {
	On   bool
	From string // "8:00" or "明天 8:00"; only where On is false
}

// scene is what the words of the talk after danger depend on: whether somebody is there.
func (b *Bot) scene(bundle *content.Bundle, now time.Time) crisis.Scene {
	if b.Duty != nil {
		if d, known := b.Duty(now); known {
			return crisis.Scene{OnDuty: d.On, From: d.From}
		}
	}
	return crisis.Scene{OnDuty: bundle.Talk.OnDuty(now)}
}

// New refuses a bot that would fail at its first message, naming everything that is missing, and fills in the defaults.
func New(o Options) (*Bot, error) {
	if missing := o.missing(); len(missing) > 0 {
		return nil, fmt.Errorf("make the bot: %s not given", strings.Join(missing, ", "))
	}
	if o.ContentOf == nil {
		o.ContentOf = func(string) *content.Bundle { return o.Content() }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if o.Replica == "" {
		o.Replica = uuid.NewString()
	}
	if o.Patience == 0 {
		o.Patience = 2500 * time.Millisecond
	}
	if o.Slog == nil {
		o.Slog = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	return &Bot{o}, nil
}

// missing names what has no default and was not given.
func (o Options) missing() (names []string) {
	for _, seam := range []struct {
		name  string
		given bool
	}{
		{"Content", o.Content != nil}, {"Commands", o.Commands != nil}, {"Sessions", o.Sessions != nil}, {"People", o.People != nil},
		{"Cases", o.Cases != nil}, {"Transcript", o.Transcript != nil}, {"Log", o.Log != nil}, {"Outbox", o.Outbox != nil},
		{"Media", o.Media != nil}, {"Bus", o.Bus != nil}, {"Spool", o.Spool != nil}, {"Sealer", o.Sealer != nil},
		{"Senders", o.Senders != nil}, {"InTx", o.InTx != nil}, {"Once", o.Once != nil},
	} {
		if !seam.given {
			names = append(names, seam.name)
		}
	}
	return names
}

// Handle answers one message, whatever is away: what cannot be done now is kept, and done later. It takes its place among the
// person's messages at once, before it is read.
func (b *Bot) Handle(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
	started := b.Now()
	in = b.known(in)
	place := b.Sessions.Enter(b.Sealer.Index(in.Address), in.Order())
	bundle := b.ContentOf(in.Account)
	reading := b.readIn(bundle, risk.Talk{}, in) // before anything else, without any database
	replies, outcome := b.handle(ctx, task{bundle: bundle, in: in, reading: reading, place: place, live: true})
	b.Metrics.handled(in, outcome, reading.Level, b.Now().Sub(started))
	return replies, nil
}

// known gives a message what every one must have to be told from others: an ID, and a time.
func (b *Bot) known(in channel.Inbound) channel.Inbound {
	if in.ID == "" {
		in.ID = b.NewID()
	}
	if in.At.IsZero() {
		in.At = b.Now()
	}
	return in
}

// task is a message that is to be handled.
type task struct {
	bundle  *content.Bundle
	in      channel.Inbound
	reading risk.Reading
	place   *session.Place
	live    bool // somebody waits for the answer, and what they said before goes first
}

// ruleUnread marks a message that could not be read.
const ruleUnread = "unread"

// ruleFace marks a message that is a face that cries.
const ruleFace = "face"

// readIn reads a message for danger, in the talk that it belongs to. A reader that breaks down has not shown that there is
// none.
func (b *Bot) readIn(bundle *content.Bundle, talk risk.Talk, in channel.Inbound) (r risk.Reading) {
	defer func() {
		if p := recover(); p != nil {
			b.panicked("reading for danger", p)
			r = risk.Reading{Level: risk.Medium, Subject: risk.Unknown, Rule: ruleUnread, Reason: "这句话没能读懂，按可能有危险处理"}
		}
	}()
	said := written(in)
	r = bundle.Judge.ReadIn(talk, said)
	if decoded := hanzi.Decoded(said); decoded != said {
		if b := bundle.Judge.ReadIn(talk, decoded); b.Level.Rank() > r.Level.Rank() || b.Calls() && !r.Calls() {
			r = b
		}
	}
	if r.Level == risk.None && hanzi.FacesAlone(in.Text) == hanzi.FaceCrying {
		r = risk.Reading{Level: risk.Low, Subject: risk.Self, Rule: ruleFace, Reason: "发来哭或难过的表情"}
	}
	// A text that only names a place and a day to go there holds no danger: the learned reader alone found it, by chance.
	if r.Rule == risk.RuleLearned && talk == (risk.Talk{}) && bundle.Stations != nil && bundle.Stations.Errand(said, b.Now()) {
		r = risk.Reading{Level: risk.None, Subject: risk.Unknown}
	}
	return r
}

// Read reads a text for danger that came by another way than a message: what somebody wrote on a page. A page must not
// hear what the conversation would not.
func (b *Bot) Read(text string) risk.Reading {
	return b.readIn(b.Content(), risk.Talk{}, channel.Inbound{Kind: channel.KindText, Text: text})
}

// written is everything in a message that a person may have put into words: what they wrote, the recognised text of a
// voice, the title of a link, and what they call a place. A face that cries says so.
func written(in channel.Inbound) string {
	if hanzi.FacesAlone(in.Text) == hanzi.FaceCrying {
		return hanzi.FaceCrying.Words()
	}
	if in.Kind == channel.KindLocation && in.Location != nil && in.Location.Label != "" {
		return strings.TrimSpace(in.Text + "\n" + in.Location.Label)
	}
	return in.Text
}

// panicked logs a panic without its value, which may quote what a person wrote.
func (b *Bot) panicked(doing string, p any) {
	b.Slog.Error("panicked", "doing", doing, "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
}

// result is what a turn came to.
type result struct {
	replies []channel.Reply
	outcome string
	err     error
}

func (b *Bot) handle(ctx context.Context, t task) ([]channel.Reply, string) {
	if !t.reading.Calls() {
		r := b.turn(ctx, t)
		if r.err != nil {
			return b.degrade(ctx, t.in, t.reading, r.err)
		}
		return r.replies, r.outcome
	}
	// Danger: the answer must not wait for a backend that hangs. The turn goes on by itself; if it ends after all, its
	// record and the spooled one meet under the same idempotency key.
	done := make(chan result, 1)
	limited, cancel := context.WithTimeout(ctx, b.Patience)
	defer cancel() // here and not at the end of the turn: a cancelled turn could not be told from one that took too long
	go func() { done <- b.turn(limited, t) }()
	select {
	case r := <-done:
		if r.err == nil {
			return r.replies, r.outcome
		}
		return b.degrade(ctx, t.in, t.reading, r.err)
	case <-limited.Done():
		return b.degrade(ctx, t.in, t.reading, fmt.Errorf("backends took longer than %s: %w", b.Patience, limited.Err()))
	}
}

// turn handles a message with every backend at hand: one turn of one person. A panic is a turn that failed: danger is
// answered all the same.
func (b *Bot) turn(ctx context.Context, t task) (res result) {
	defer t.place.Leave()
	var turn session.Turn
	defer func() {
		if p := recover(); p != nil {
			b.panicked("handling a message", p)
			if turn.User != "" {
				b.abort(ctx, turn)
			}
			res = result{err: errPanicked}
		}
	}()
	if err := b.settle(ctx, t); err != nil {
		return result{err: err}
	}
	var err error
	turn, err = b.Sessions.Begin(ctx, t.place, t.in.ID)
	if err != nil {
		return result{err: err}
	}
	if turn.Seen {
		replies, err := b.openReplies(turn)
		return result{replies: replies, outcome: "repeated", err: err}
	}
	return b.work(ctx, turn, t)
}

// settle does what the person said before and what could not be done then. Meanwhile the message keeps its place, so that
// another replica does not go on with what was said after it.
func (b *Bot) settle(ctx context.Context, t task) error {
	user := b.Sealer.Index(t.in.Address)
	if !t.live || !b.Spool.Holds(user, t.in.Order()) {
		return nil
	}
	defer session.Announced(ctx, b.Sessions, t.place)()
	if err := b.Spool.Settle(ctx, user, t.in.Order(), b.Replay); err != nil {
		return fmt.Errorf("do first what was said before: %w", err)
	}
	return nil
}

// work does what a turn is for, for as long as the turn is ours.
func (b *Bot) work(ctx context.Context, turn session.Turn, t task) result {
	working, stop := session.Keep(ctx, b.Sessions, turn)
	defer stop()
	if automatic(t.in) {
		err := b.report(working, t.in)
		stop()
		return b.reported(ctx, turn, t.in, err)
	}
	x := &exchange{b: b, in: t.in, reading: t.reading, bundle: t.bundle, now: b.Now(), user: turn.User, alone: t.live && !turn.Waited}
	replies, err := x.run(working, turn.State)
	if errors.Is(err, person.ErrTaken) { // nothing was written: with the person that somebody else made
		x = &exchange{b: b, in: t.in, reading: t.reading, bundle: t.bundle, now: b.Now(), user: turn.User, alone: x.alone}
		replies, err = x.run(working, turn.State)
	}
	stop()
	if err != nil {
		if t.live && !t.reading.Calls() && !automatic(t.in) { // it is going to be put off, and goes before what is said next
			b.Spool.Proclaim(ctx, t.in)
		}
		b.abort(ctx, turn)
		return result{err: err}
	}
	err = b.commit(ctx, turn, x.state, replies)
	if err == nil && t.live && x.written {
		b.Spool.Well()
	}
	if err != nil {
		b.abort(ctx, turn)
		if errors.Is(err, session.ErrLost) {
			return result{err: err}
		}
		// What was done is done, and what it came to is true: say so, and save the session once that can be.
		b.Slog.Error("a session could not be saved; it is kept and saved later", "channel", t.in.Address, "error", err)
		if x.erased {
			return result{replies: replies, outcome: x.outcome}
		}
		if err := b.saveLater(ctx, turn, x, replies); err != nil {
			b.Slog.Error("the session is lost: the person goes on from where they were", "channel", t.in.Address, "error", err)
		}
	}
	x.after(ctx)
	return result{replies: replies, outcome: x.outcome}
}

var errPanicked = errors.New("a message could not be handled because of a defect; the log has the place")

func (b *Bot) abort(ctx context.Context, turn session.Turn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := b.Sessions.Abort(ctx, turn); err != nil {
		b.Slog.Warn("turn not given back; it ends by itself", "error", err)
	}
}

func (b *Bot) commit(ctx context.Context, turn session.Turn, st State, replies []channel.Reply) error {
	var state []byte
	if st.Person != "" { // nothing is left of someone who was erased
		var err error
		if state, err = b.sealState(&st, turn.User); err != nil {
			return fmt.Errorf("save session: %w", err)
		}
	}
	recorded, err := b.sealReplies(replies, turn.User, st.Person)
	if err != nil {
		return fmt.Errorf("record reply: %w", err)
	}
	return b.Sessions.Commit(ctx, turn, state, recorded)
}

// key is the root of a message's idempotency keys. It holds the person's keyed hash, so that two users' equal IDs stay apart.
func (b *Bot) key(in channel.Inbound) string { return b.keyOf(b.Sealer.Index(in.Address), in) }

func (b *Bot) keyOf(user string, in channel.Inbound) string {
	id := in.ID
	if id == "" {
		id = b.NewID()
	}
	return user[:16] + ":" + id
}

// State returns what the session remembers of whoever is at an address, for showing.
func (b *Bot) State(ctx context.Context, a channel.Address) (State, error) {
	turn, err := b.Sessions.Begin(ctx, b.Sessions.Enter(b.Sealer.Index(a), session.First), "")
	if err != nil {
		return State{}, err
	}
	b.abort(ctx, turn)
	var st State
	if len(turn.State) > 0 {
		st, err = b.openState(turn.State, turn.User)
	}
	return st, err
}
