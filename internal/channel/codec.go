package channel

import (
	"encoding/json"

	"github.com/xinqiao-bot/xinqiao/internal/flatjson"
)

// AppendReplies writes replies as encoding/json would.
func AppendReplies(b []byte, rs []Reply) []byte {
	if rs == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, r := range rs {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		b = flatjson.Text(b, "text", r.Text)
		if len(r.Choices) > 0 {
			b = AppendChoices(flatjson.Field(b, "choices"), r.Choices)
		}
		if r.Card != nil {
			b = appendCard(flatjson.Field(b, "card"), *r.Card)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// AppendChoices writes choices as encoding/json would write a list of some.
func AppendChoices(b []byte, cs []Choice) []byte {
	b = append(b, '[')
	for i, c := range cs {
		if i > 0 {
			b = append(b, ',')
		}
		b = flatjson.String(append(b, `{"id":`...), c.ID)
		b = flatjson.String(append(b, `,"label":`...), c.Label)
		b = flatjson.Text(b, "say", c.Say)
		b = flatjson.Text(b, "group", c.Group)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendCard(b []byte, c Card) []byte {
	b = flatjson.String(append(b, `{"title":`...), c.Title)
	b = flatjson.Text(b, "summary", c.Summary)
	b = flatjson.String(append(b, `,"url":`...), c.URL)
	b = flatjson.Text(b, "picture", c.Picture)
	b = flatjson.Int(b, "tone", c.Tone)
	b = flatjson.Text(b, "series", c.Series)
	b = flatjson.Text(b, "far", c.Far)
	return append(b, '}')
}

// ReadReplies reads what AppendReplies, or encoding/json, wrote.
func ReadReplies(raw []byte) (rs []Reply, err error) {
	r := flatjson.NewReader(raw)
	read := []Reply{}
	r.Array(func() {
		var one Reply
		r.Object(func(name []byte) bool {
			switch string(name) {
			case "text":
				one.Text = r.String()
			case "choices":
				one.Choices = ReadChoices(r)
			case "card":
				r.Other(&one.Card)
			default:
				return false
			}
			return true
		})
		read = append(read, one)
	})
	if r.Done() {
		return read, nil
	}
	return rs, json.Unmarshal(raw, &rs)
}

// ReadChoices reads a list of choices; it is never nil.
func ReadChoices(r *flatjson.Reader) []Choice {
	cs := []Choice{}
	r.Array(func() {
		var c Choice
		r.Object(func(name []byte) bool {
			switch string(name) {
			case "id":
				c.ID = r.String()
			case "label":
				c.Label = r.String()
			case "say":
				c.Say = r.String()
			case "group":
				c.Group = r.String()
			default:
				return false
			}
			return true
		})
		cs = append(cs, c)
	})
	return cs
}
