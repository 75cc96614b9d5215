package wecom

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// message is what a pull brings. A field of an unexpected type stays empty: one odd field loses no message.
type message struct {
	ID       string          `json:"msgid"`
	KfID     string          `json:"open_kfid"`
	User     string          `json:"external_userid"`
	SendTime int64           `json:"send_time"`
	Origin   int             `json:"origin"`
	Type     string          `json:"msgtype"`
	Text     said            `json:"text"`
	Image    file            `json:"image"`
	Voice    file            `json:"voice"`
	Video    file            `json:"video"`
	Location place           `json:"location"`
	Link     link            `json:"link"`
	Event    event           `json:"event"`
	raw      json.RawMessage // for the words in a message of a type that nobody knows
}

type said struct {
	Content string `json:"content"`
	MenuID  string `json:"menu_id"`
}

type file struct {
	MediaID string `json:"media_id"`
}

type place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name"`
	Address   string  `json:"address"`
}

type link struct {
	Title string `json:"title"`
	Desc  string `json:"desc"`
	URL   string `json:"url"`
}

type event struct {
	Type        string `json:"event_type"`
	KfID        string `json:"open_kfid"`
	User        string `json:"external_userid"`
	Scene       string `json:"scene"`
	WelcomeCode string `json:"welcome_code"`
	FailType    int    `json:"fail_type"`
	Change      int    `json:"change_type"`
}

// Who a message is from.
const (
	originPerson = 3
	originSystem = 4
)

func readMessage(raw json.RawMessage) message {
	var m message
	_ = json.Unmarshal(raw, &m) // it stood in a document that could be read: only a field's type can be wrong
	m.raw, m.Type = raw, strings.ToLower(m.Type)
	if m.Type == "event" {
		m.User, m.KfID = first(m.User, m.Event.User), first(m.KfID, m.Event.KfID)
	}
	return m
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// fromPerson says whether somebody did something with it that is to be answered.
func (m message) fromPerson() bool {
	if m.User == "" {
		return false
	}
	if m.Type == "event" {
		// Whoever comes in is greeted where the platform lets us, and led where a link or a code of ours led them.
		return m.Event.Type == "enter_session" && (m.Event.WelcomeCode != "" || m.Event.Scene != "")
	}
	return m.Origin == originPerson || m.Origin == 0
}

var plainID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// id is the platform's; what has none that can be kept is known by all of it, hashed.
func (m message) id() string {
	if plainID.MatchString(m.ID) {
		return m.ID
	}
	h := sha256.Sum256(m.raw)
	return "h" + hex.EncodeToString(h[:12])
}

// at is when the platform took it. A time that is none, or far from now, is wrong: it keeps messages for three days.
func (m message) at(now time.Time) time.Time {
	at := time.Unix(m.SendTime, 0)
	if m.SendTime <= 0 || now.Sub(at) > 4*24*time.Hour || at.Sub(now) > time.Hour {
		return now
	}
	return at
}

// inbound turns a message into the neutral form.
func (a *account) inbound(m message, now time.Time) channel.Inbound {
	in := channel.Inbound{
		Address: channel.Address{Channel: ChannelName, Account: a.Name, User: channel.UserKey(m.User)},
		ID:      m.id(), At: m.at(now),
	}
	switch m.Type {
	case "text":
		in.Kind, in.Text = channel.KindText, m.Text.Content
		in.MenuID, in.Text = meant(m.Text.MenuID, in.Text)
		if in.MenuID == "" && (tencent.Empty(in.Text) || tencent.Placeholder(in.Text)) {
			in.Kind, in.Text = channel.KindSticker, ""
		}
	case "image":
		in.Kind, in.Media = channel.KindImage, channel.Media{ID: m.Image.MediaID}
	case "voice":
		in.Kind, in.Media = channel.KindVoice, channel.Media{ID: m.Voice.MediaID, Format: "amr"}
	case "video":
		in.Kind, in.Media = channel.KindVideo, channel.Media{ID: m.Video.MediaID}
	case "link":
		in.Kind, in.Text, in.Media = channel.KindLink, strings.TrimSpace(m.Link.Title+" "+m.Link.Desc), channel.Media{URL: m.Link.URL}
	case "location":
		in.Kind = channel.KindLocation
		in.Location = &channel.Location{Latitude: m.Location.Latitude, Longitude: m.Location.Longitude, Label: first(m.Location.Name, m.Location.Address), Datum: "gcj02"}
	case "event":
		in.Kind, in.Event = channel.KindEvent, channel.Event{Type: channel.EventScan, Name: m.Event.Type, Key: m.Event.Scene}
		if m.Event.WelcomeCode != "" {
			in.Event.Type = channel.EventSubscribe
		}
	default: // a file, a card, a mini program, a forwarded chat
		in.Kind, in.Text = channel.KindSticker, words(m.raw)
		if in.Text != "" {
			in.Kind = channel.KindOther
		}
	}
	return in
}

// worded are the fields in which messages of other types hold what somebody wrote or chose to show.
var worded = map[string]bool{"content": true, "title": true, "desc": true, "text": true, "msg_content": true}

// words is all that a person may have written in a message of a type that nobody knows yet: a forwarded chat may hold a cry
// for help.
func words(raw json.RawMessage) string {
	var all any
	if json.Unmarshal(raw, &all) != nil {
		return ""
	}
	var out []string
	var walk func(v any, named bool, depth int)
	walk = func(v any, named bool, depth int) {
		if depth > 8 || len(out) > 200 {
			return
		}
		switch v := v.(type) {
		case string:
			if !named {
				return
			}
			if inner := any(nil); strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
				walk(inner, false, depth+1)
				return
			}
			if s := strings.TrimSpace(v); s != "" {
				out = append(out, s)
			}
		case []any:
			for _, e := range v {
				walk(e, named, depth+1)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				walk(v[key], worded[key], depth+1)
			}
		}
	}
	walk(all, false, 0)
	return strings.Join(out, "\n")
}

// The platform sends back what stands on a choice, and the ID that we gave it, of at most 64 bytes. What a tap means and
// does not stand on it goes behind the ID.
const maxMenuID = 64

func clickID(ch channel.Choice, shown string) string {
	if ch.Saying() == shown {
		return ch.ID
	}
	if id := ch.ID + "." + base64.RawURLEncoding.EncodeToString([]byte(ch.Saying())); len(id) <= maxMenuID {
		return id
	}
	return ch.ID // its ID alone says which it was
}

func meant(menuID, text string) (id, say string) {
	id, sealed, there := strings.Cut(menuID, ".")
	if !there {
		return id, text
	}
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return id, text
	}
	return id, string(raw)
}
