// Package transcript is what was said, by whom and when: the messages of one person's conversation. Bodies are sealed at
// rest. Plain browsing is written behind in batches (Log); what belongs to a case or a letter is written at once.
package transcript

import (
	"context"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Speaker says who said a message.
type Speaker string

// The speakers.
const (
	FromPerson Speaker = "person"
	FromBot    Speaker = "bot"
	FromStaff  Speaker = "staff"
)

// Message is one thing said. A person's message stands in Text (a picture or a place as a short description);
// the others' in Replies. ID orders messages of one person (UUIDv7). Staff is the staff member's display name.
type Message struct {
	ID      string          `json:"id"`
	Person  string          `json:"-"`
	From    Speaker         `json:"from"`
	Text    string          `json:"text,omitempty"`
	Replies []channel.Reply `json:"replies,omitempty"`
	Staff   string          `json:"staff,omitempty"`
	Inbound string          `json:"-"`                // the inbound message's ID for what a person said: written once however often it comes
	Tapped  bool            `json:"tapped,omitempty"` // the person chose what was offered, or did something, rather than wrote
	At      time.Time       `json:"at"`

	Client   string            `json:"client,omitempty"`   // the ID that the message came with: by it a page of ours knows its own again
	Media    *Media            `json:"media,omitempty"`    // a picture, voice or video
	Location *channel.Location `json:"location,omitempty"` // a place
}

// Media says that a message is something to look at or to hear. Item is its ID in package media, which has it only where a
// human followed the conversation.
type Media struct {
	Kind channel.Kind `json:"kind"`
	Item string       `json:"item"`
}

// Store keeps messages.
type Store interface {
	// Append writes messages in one statement; a message whose ID is known is left as it is.
	Append(ctx context.Context, ms ...Message) error
	// Latest returns up to n messages of a person, oldest first; before is an ID or "" for the end.
	Latest(ctx context.Context, personID, before string, n int) ([]Message, error)
	// LastSaid returns what each of these people said last, by person.
	LastSaid(ctx context.Context, personIDs ...string) (map[string]Message, error)
	// Get returns the messages of these IDs that there are, by ID.
	Get(ctx context.Context, ids ...string) (map[string]Message, error)
}
