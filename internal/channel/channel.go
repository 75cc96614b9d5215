// Package channel holds the neutral words that the assistant speaks with every messaging platform:
// an Inbound message, a Reply, a Choice, the Capabilities of an account, and the Sender that pushes
// a reply without being asked. Its sub-packages (wechat, web, term) translate between these and their
// platform; nothing here knows a platform, and no sub-package is known to the dialog or the domains.
package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// UserKey is the platform's own name for a user (a WeChat openid, a web chat cookie). It is secret: it
// prints as [sealed] everywhere but in Reveal, which only channels, the seal and the spool call.
type UserKey string

// Reveal returns the key in clear.
func (k UserKey) Reveal() string { return string(k) }

// String hides the key from fmt.
func (UserKey) String() string { return "[sealed]" }

// GoString hides the key from %#v.
func (UserKey) GoString() string { return "[sealed]" }

// LogValue hides the key from slog.
func (UserKey) LogValue() slog.Value { return slog.StringValue("[sealed]") }

// Address says where a user can be reached: the channel ("wechat", "web", "term"), the account on it,
// and the user's key there. One openid says nothing about another account's.
type Address struct {
	Channel string  `json:"channel"`
	Account string  `json:"account"`
	User    UserKey `json:"user"`
}

// LogValue shows the channel and the account only.
func (a Address) LogValue() slog.Value { return slog.StringValue(a.Channel + "/" + a.Account) }

// Kind says what an Inbound carries.
type Kind string

// The kinds of inbound message. Unknown platform types arrive as KindOther and are counted, never
// lost: what a person wrote in one is in Text, is read for danger and has no other answer.
const (
	KindText     Kind = "text"
	KindImage    Kind = "image"
	KindVoice    Kind = "voice"
	KindVideo    Kind = "video"
	KindLocation Kind = "location"
	KindLink     Kind = "link"
	KindEvent    Kind = "event"
	KindSticker  Kind = "sticker" // a sticker, or what else the platform tells of without bringing it; nobody's words
	KindOther    Kind = "other"
)

// EventType says what happened, where Kind is KindEvent.
type EventType string

// The events that the assistant acts on; every other platform event is EventOther with its Name kept.
const (
	EventSubscribe   EventType = "subscribe"   // followed the account; Key is the scene of a QR code, or empty
	EventUnsubscribe EventType = "unsubscribe" // gone: nothing can be sent any more
	EventScan        EventType = "scan"        // a follower scanned a scene QR code; Key is the scene
	EventClick       EventType = "click"       // a menu button; Key is the button's key
	EventLocation    EventType = "location"    // the platform reported a position by itself
	EventDelivery    EventType = "delivery"    // outcome of a template or mass message; Key is its ID
	EventRevoke      EventType = "revoke"      // the person took back what they had agreed to the platform giving us; Key says what
	EventConsent     EventType = "consent"     // the person agreed to notices or refused them, or one had an outcome; Consents says which
	EventOther       EventType = "other"
)

// Spoken says whether a person did something that an answer to is seen. Everything else is the platform's own report: it is
// nobody's word, nothing is handed out with it, and it says nothing of whether somebody is there.
func (t EventType) Spoken() bool {
	switch t {
	case EventSubscribe, EventScan, EventClick:
		return true
	case EventUnsubscribe, EventLocation, EventDelivery, EventRevoke, EventConsent, EventOther:
	}
	return false
}

// ErrVisitorCode says that a platform does not take the code of a visitor of our pages: it was used, is over, or was never given.
var ErrVisitorCode = errors.New("channel: the code of a visitor is not valid")

// Event is something that a user did other than writing.
type Event struct {
	Type   EventType `json:"type"`
	Name   string    `json:"name"`             // the platform's own event name
	Key    string    `json:"key,omitempty"`    // see EventType
	Status string    `json:"status,omitempty"` // of EventDelivery: success or the platform's reason

	Consents []Consent `json:"consents,omitempty"` // of EventConsent
}

// Consent is what became of a person's agreement to notices by one template of the platform.
type Consent struct {
	Template string      `json:"template"`
	Kind     ConsentKind `json:"kind"`
	Code     string      `json:"code,omitempty"` // of a notice that did not arrive, the platform's number
}

// ConsentKind says what it was.
type ConsentKind string

// What the platform tells of agreements. Each agreement in a popup is good for one notice.
const (
	ConsentGiven    ConsentKind = "given"    // agreed to, in a popup
	ConsentRefused  ConsentKind = "refused"  // refused, in a popup or in the settings
	ConsentAllowed  ConsentKind = "allowed"  // allowed again in the settings, which gives no notice by itself
	ConsentArrived  ConsentKind = "arrived"  // a notice is with the person
	ConsentUnplaced ConsentKind = "unplaced" // a notice that the platform had taken did not arrive
)

// Media is a file that a user sent, by reference: it is fetched only where a human follows the conversation (package media).
type Media struct {
	ID     string `json:"id,omitempty"`
	URL    string `json:"url,omitempty"`
	Format string `json:"format,omitempty"`

	Kept string `json:"kept,omitempty"` // the item of package media that it is already: the channel itself took it in
}

// Location is a position in degrees. Datum is "gcj02" (shared by hand in WeChat) or "wgs84" (reported by GPS).
type Location struct {
	Latitude  float64 `json:"lat"`
	Longitude float64 `json:"lng"`
	Label     string  `json:"label,omitempty"`
	Datum     string  `json:"datum"`
}

// Inbound is one message or event from a user.
type Inbound struct {
	Address
	ID       string    `json:"id"` // unique within channel and account; the root of every idempotency key
	Kind     Kind      `json:"kind"`
	Text     string    `json:"text,omitempty"` // what the person wrote, or a voice message's recognised text
	MenuID   string    `json:"menu,omitempty"` // the Choice.ID when the person tapped a choice (Text is then its Say)
	Event    Event     `json:"event,omitzero"`
	Media    Media     `json:"media,omitzero"`
	Location *Location `json:"location,omitempty"`
	// Origin is a keyed hash of the network that the message came from, on a channel where anybody can be any number of
	// people; "" where an account of a platform stands behind each.
	Origin string    `json:"origin,omitempty"`
	At     time.Time `json:"at"`
}

// Tapped says whether the message came from a tap on an offered choice.
func (in Inbound) Tapped() bool { return in.MenuID != "" }

// Choice is one answer that a person can tap. ID is a decimal number (platforms refuse others) that is
// stable for the same choice of the same step, so that a tap on an old message is still understood.
// Say is what a tap sends as the person's text; empty means Label. Group is a word that several choices in a row stand
// under, as in a menu; "" is none.
type Choice struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Say   string `json:"say,omitempty"`
	Group string `json:"group,omitempty"`
}

// Saying returns what a tap on the choice sends.
func (c Choice) Saying() string {
	if c.Say != "" {
		return c.Say
	}
	return c.Label
}

// Card is an article: a lesson, a result page, a booking. URL and Picture are absolute or start with "/p/",
// which channels complete with the public URL.
type Card struct {
	Title   string `json:"title"`
	Summary string `json:"summary,omitempty"`
	URL     string `json:"url"`
	Picture string `json:"picture,omitempty"`

	// For channels that draw cards themselves.
	Tone   int    `json:"tone,omitempty"`   // the colour of its cover, 1 to 6; 0 where it has none
	Series string `json:"series,omitempty"` // a few words over the title on the cover
	Far    string `json:"far,omitempty"`    // how far away the place is
}

// Reply is one thing that the assistant or a counsellor says. Choices follow the text; a card stands by itself
// or after the text. Channels turn it into what their platform can show, within its limits.
type Reply struct {
	Text    string   `json:"text,omitempty"`
	Choices []Choice `json:"choices,omitempty"`
	Card    *Card    `json:"card,omitempty"`
}

// Capabilities says what an account may do; a channel without one degrades (see Sender.Push).
type Capabilities struct {
	CustomerService bool // free messages inside the platform's window
	Template        bool // service notices
	OAuth           bool // pages learn who opened them
	Cards           bool // articles with a picture
	Places          bool // a person can send where they are
}

// Sender pushes a reply to a user who is not waiting for one (a counsellor's answer, a late reply).
type Sender interface {
	Capabilities() Capabilities
	// Push returns nil once the platform has taken the message, or a *PushError that says what to do.
	Push(ctx context.Context, to UserKey, r Reply) error
}

// Typist is a Sender whose platform can show a user that somebody is writing to them. It is best effort: a platform that
// will not show it just now is no error.
type Typist interface {
	Typing(ctx context.Context, to UserKey) error
}

// PushVerdict says what to do with a message that could not be pushed.
type PushVerdict string

// The verdicts of a failed push.
const (
	PushRetry  PushVerdict = "retry"   // try again later, with back-off
	PushPark   PushVerdict = "park"    // wait for the user's next message and answer it with this
	PushGiveUp PushVerdict = "give_up" // can never arrive: show staff
)

// PushError is a push that failed. Code is the platform's error code, 0 where there was none. Again is when a parked message
// may be pushed after all, where the way is to open again by itself; zero where only the person's next contact opens it.
type PushError struct {
	Verdict PushVerdict
	Code    int
	Again   time.Time
	Gone    bool // the person follows the account no more
	Err     error
}

func (e *PushError) Error() string {
	return fmt.Sprintf("push (%s, code %d): %v", e.Verdict, e.Code, e.Err)
}

// Unwrap returns the cause.
func (e *PushError) Unwrap() error { return e.Err }

// PartError is a push of which the platform took a part. Taken is how many whole replies it took; Rest is what it did not
// take, beginning inside a reply where a long one went out in part. Nothing of what was taken is to be said again.
type PartError struct {
	Taken int
	Rest  []Reply
	Err   error
}

func (e *PartError) Error() string { return fmt.Sprintf("after %d messages: %v", e.Taken, e.Err) }

// Unwrap returns the cause.
func (e *PartError) Unwrap() error { return e.Err }
