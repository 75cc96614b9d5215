package transcript

import (
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/flatjson"
)

// AppendJSON writes a message as encoding/json would.
func (m *Message) AppendJSON(b []byte) (_ []byte, err error) {
	b = flatjson.String(append(b, `{"id":`...), m.ID)
	b = flatjson.String(append(b, `,"from":`...), string(m.From))
	b = flatjson.Text(b, "text", m.Text)
	if len(m.Replies) > 0 {
		b = channel.AppendReplies(flatjson.Field(b, "replies"), m.Replies)
	}
	b = flatjson.Text(b, "staff", m.Staff)
	b = flatjson.Flag(b, "tapped", m.Tapped)
	b = append(flatjson.Field(b, "at"), '"')
	if b, err = m.At.AppendText(b); err != nil {
		return nil, fmt.Errorf("write the time of a message: %w", err)
	}
	b = append(b, '"')
	b = flatjson.Text(b, "client", m.Client)
	if m.Media != nil {
		if b, err = flatjson.Other(flatjson.Field(b, "media"), m.Media); err != nil {
			return nil, err
		}
	}
	if m.Location != nil {
		if b, err = flatjson.Other(flatjson.Field(b, "location"), m.Location); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}
