package bot

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/flatjson"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

func (b *Bot) sealState(st *State, user string) ([]byte, error) {
	plain, err := st.appendJSON(make([]byte, 0, usualState))
	if err != nil {
		return nil, err
	}
	return b.Sealer.SealFor(st.Person, plain, "state:"+user)
}

func (b *Bot) openState(sealed []byte, user string) (State, error) {
	plain, err := b.Sealer.Open(sealed, "state:"+user)
	if err != nil {
		return State{}, err
	}
	st, err := readState(plain)
	if err != nil {
		return State{}, errState // the cause may quote it
	}
	return st, nil
}

// errState says that what was opened is no session.
var errState = errors.New("it holds no session")

// sealReplies seals what a message was answered with. personID is who sent it, "" for nobody who is known.
func (b *Bot) sealReplies(rs []channel.Reply, user, personID string) ([]byte, error) {
	return b.Sealer.SealFor(personID, channel.AppendReplies(make([]byte, 0, usualState), rs), "reply:"+user)
}

func (b *Bot) openReplies(turn session.Turn) ([]channel.Reply, error) {
	plain, err := b.Sealer.Open(turn.Recorded, "reply:"+turn.User)
	if err != nil {
		return nil, fmt.Errorf("open recorded reply: %w", err)
	}
	rs, err := channel.ReadReplies(plain)
	if err != nil {
		return nil, fmt.Errorf("read recorded reply: %w", err)
	}
	return rs, nil
}

// usualState is room for most states and replies.
const usualState = 1 << 10

// appendJSON writes a state as encoding/json would.
func (st *State) appendJSON(b []byte) (_ []byte, err error) {
	b = flatjson.String(append(b, `{"p":`...), st.Person)
	b = flatjson.Text(b, "a", st.Audience)
	if b, err = st.Dialog.AppendJSON(flatjson.Field(b, "d")); err != nil {
		return nil, err
	}
	if st.Risk.Reached != "" || st.Risk.Lows != nil {
		b = appendMemory(flatjson.Field(b, "r"), st.Risk)
	}
	b = flatjson.Text(b, "c", st.Case)
	b = flatjson.Flag(b, "t", st.Talking)
	b = flatjson.Flag(b, "k", st.Parked)
	b = flatjson.Flag(b, "x", st.Gone)
	b = flatjson.Flag(b, "h", st.Waiting)
	if !reflect.ValueOf(&st.Talk).Elem().IsZero() {
		if b, err = flatjson.Other(flatjson.Field(b, "y"), st.Talk); err != nil {
			return nil, err
		}
	}
	b = flatjson.Flag(b, "b", st.Beside)
	if st.Waits != nil {
		if b, err = flatjson.Other(flatjson.Field(b, "u"), st.Waits); err != nil {
			return nil, err
		}
	}
	b = flatjson.Counts(b, "w", st.Given)
	if len(st.Kept) > 0 {
		if b, err = st.Kept.AppendJSON(flatjson.Field(b, "v")); err != nil {
			return nil, err
		}
	}
	if len(st.Shown) > 0 {
		if b, err = flatjson.Other(flatjson.Field(b, "f"), st.Shown); err != nil {
			return nil, err
		}
	}
	if h := &st.Home; h.Children != nil || h.Told != (family.Told{}) || h.About != "" || h.At != 0 {
		if b, err = h.appendJSON(flatjson.Field(b, "e")); err != nil {
			return nil, err
		}
	}
	b = flatjson.Text(b, "l", st.Last)
	b = flatjson.Int(b, "m", st.LastAt)
	b = flatjson.Text(b, "s", st.Said)
	b = flatjson.Texts(b, "o", st.Offered)
	return append(b, '}'), nil
}

func appendMemory(b []byte, m risk.Memory) []byte {
	b = flatjson.Text(append(b, '{'), "l", m.Reached)
	if len(m.Lows) > 0 {
		b = append(flatjson.Field(b, "t"), '[')
		for i, at := range m.Lows {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, at, 10)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

func (h *home) appendJSON(b []byte) (_ []byte, err error) {
	b = append(b, '{')
	if len(h.Children) > 0 {
		if b, err = flatjson.Other(flatjson.Field(b, "c"), h.Children); err != nil {
			return nil, err
		}
	}
	if h.Told != (family.Told{}) {
		if b, err = flatjson.Other(flatjson.Field(b, "t"), h.Told); err != nil {
			return nil, err
		}
	}
	b = flatjson.Text(b, "a", h.About)
	b = flatjson.Int(b, "l", h.At)
	return append(b, '}'), nil
}

// readState reads what appendJSON, or encoding/json in an earlier version, wrote.
func readState(raw []byte) (st State, err error) {
	r := flatjson.NewReader(raw)
	st.readJSON(r)
	if r.Done() {
		return st, nil
	}
	st = State{}
	return st, json.Unmarshal(raw, &st)
}

func (st *State) readJSON(r *flatjson.Reader) {
	r.Object(func(name []byte) bool {
		switch string(name) {
		case "p":
			st.Person = r.String()
		case "a":
			st.Audience = person.Audience(r.String())
		case "d":
			st.Dialog.ReadJSON(r)
		case "r":
			readMemory(r, &st.Risk)
		case "c":
			st.Case = r.String()
		case "t":
			st.Talking = r.Flag()
		case "k":
			st.Parked = r.Flag()
		case "x":
			st.Gone = r.Flag()
		case "h":
			st.Waiting = r.Flag()
		case "y":
			r.Other(&st.Talk)
		case "b":
			st.Beside = r.Flag()
		case "u":
			r.Other(&st.Waits)
		case "w":
			st.Given = r.Counts()
		case "v":
			st.Kept = dialog.ReadVars(r)
		case "f":
			r.Other(&st.Shown)
		case "e":
			st.Home.readJSON(r)
		case "l":
			st.Last = r.String()
		case "m":
			st.LastAt = r.Int()
		case "s":
			st.Said = r.String()
		case "o":
			st.Offered = r.Strings()
		default:
			return false
		}
		return true
	})
}

func readMemory(r *flatjson.Reader, m *risk.Memory) {
	r.Object(func(name []byte) bool {
		switch string(name) {
		case "l":
			m.Reached = risk.Level(r.String())
		case "t":
			r.Array(func() { m.Lows = append(m.Lows, r.Int()) })
		default:
			return false
		}
		return true
	})
}

func (h *home) readJSON(r *flatjson.Reader) {
	r.Object(func(name []byte) bool {
		switch string(name) {
		case "c":
			r.Other(&h.Children)
		case "t":
			r.Other(&h.Told)
		case "a":
			h.About = r.String()
		case "l":
			h.At = r.Int()
		default:
			return false
		}
		return true
	})
}
