package web

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Preview is what editors see beside the conversation: where each answer was written, and what became of their last
// edit. It is for one's own machine; nobody is served with it.
type Preview struct {
	// Turn says what produced the answers since it was asked last.
	Turn func(ctx context.Context, a channel.Address) (Turn, error)
	// Edit says how the content stands; TopicContent is touched whenever that changes.
	Edit func() Edit
}

// TopicContent is touched when an edit was taken into use, or refused.
const TopicContent = "content"

// Turn is what produced the answers to one message.
type Turn struct {
	Steps   []Place `json:"steps"`
	Waiting string  `json:"waiting,omitempty"` // the step that waits for an answer
	Vars    []Var   `json:"vars"`
	Version string  `json:"version"`
}

// Place is a step and where it is written.
type Place struct {
	Step string `json:"step"` // "menu.start"
	At   string `json:"at"`   // "dialogs/flows/menu.yaml:9"
}

// Var is a variable of the conversation.
type Var struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Edit is the content's state after the last edit. Problems are why it was refused, each with its place.
type Edit struct {
	Version  string   `json:"version"`
	Problems []string `json:"problems"`
}

// turn returns the preview of what was just said, nil where there is none.
func (c *Chat) turn(ctx context.Context, a channel.Address) *Turn {
	if c.o.Preview == nil {
		return nil
	}
	t, err := c.o.Preview.Turn(ctx, a)
	if err != nil {
		c.o.Log.Warn("turn not shown in the preview", "error", err)
		return nil
	}
	return &t
}

// edited is the word for a page that the content changed.
func (c *Chat) edited() string {
	raw, err := json.Marshal(c.o.Preview.Edit())
	if err != nil {
		return ""
	}
	return fmt.Sprintf("event: content\ndata: %s\n\n", raw)
}
