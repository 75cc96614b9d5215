package wechat

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// reason says why a delivery was refused; it is a metric's label and a log line's word.
type reason string

const (
	refusedSignature reason = "signature"
	refusedStale     reason = "stale"
	refusedBody      reason = "body"
	refusedOversize  reason = "oversize"
	refusedPlain     reason = "plain"
	refusedDecrypt   reason = "decrypt" // also a wrong app ID: one answer for all, so that nobody learns from it
)

// window is how far a timestamp may be from now: the signature covers nothing of the body, so an old one is worth nothing.
const window = 5 * time.Minute

// wire is a message as it comes. Everything is text, so that one odd field never loses a message.
type wire struct {
	ToUserName   string `xml:"ToUserName"`
	FromUserName string `xml:"FromUserName"`
	CreateTime   string `xml:"CreateTime"`
	MsgType      string `xml:"MsgType"`
	MsgID        string `xml:"MsgId"`
	Content      string `xml:"Content"`
	BizMenuID    string `xml:"bizmsgmenuid"`
	Recognition  string `xml:"Recognition"`
	MediaID      string `xml:"MediaId"`
	Format       string `xml:"Format"`
	PicURL       string `xml:"PicUrl"`
	LocationX    string `xml:"Location_X"`
	LocationY    string `xml:"Location_Y"`
	Label        string `xml:"Label"`
	Title        string `xml:"Title"`
	Description  string `xml:"Description"`
	URL          string `xml:"Url"`
	Event        string `xml:"Event"`
	EventKey     string `xml:"EventKey"`
	Latitude     string `xml:"Latitude"`
	Longitude    string `xml:"Longitude"`
	JobID        string `xml:"MsgID"`
	Status       string `xml:"Status"`
}

// sameText compares in constant time.
func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// fresh says whether a timestamp in seconds is inside the window.
func fresh(timestamp string, now time.Time) bool {
	ts, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	d := now.Sub(time.Unix(ts, 0))
	return d <= window && d >= -window
}

// decode checks a delivery and reads its message. Whether it must be encrypted is the account's word, never the request's.
func (a *account) decode(q url.Values, body []byte, now time.Time) (wire, reason) {
	var w wire
	ts, nonce := q.Get("timestamp"), q.Get("nonce")
	if a.AESKey == "" && !sameText(q.Get("signature"), util.Signature(a.Token, ts, nonce)) {
		return w, refusedSignature
	}
	if a.AESKey == "" {
		if !fresh(ts, now) {
			return w, refusedStale
		}
		if readXML(body, &w) != nil {
			return w, refusedBody
		}
		return w, w.whole()
	}
	sealed, ok := envelope(body)
	if !ok {
		if len(body) == 0 || readXML(body, &w) != nil {
			return wire{}, refusedBody
		}
		return wire{}, refusedPlain
	}
	if !sameText(q.Get("msg_signature"), util.Signature(a.Token, ts, nonce, string(sealed))) {
		return w, refusedSignature
	}
	if !fresh(ts, now) {
		return w, refusedStale
	}
	clear, err := a.codec.open(sealed)
	if err != nil || readXML(clear, &w) != nil {
		return wire{}, refusedDecrypt
	}
	return w, w.whole()
}

// whole says what is missing of a message that nobody could answer.
func (w wire) whole() reason {
	if w.FromUserName == "" || w.ToUserName == "" || w.MsgType == "" {
		return refusedBody
	}
	return ""
}

// inbound turns a message into the neutral form.
func (a *account) inbound(w wire, now time.Time) channel.Inbound {
	in := channel.Inbound{
		Address: channel.Address{Channel: ChannelName, Account: a.Name, User: channel.UserKey(w.FromUserName)},
		ID:      w.id(), At: w.at(now),
	}
	switch w.MsgType {
	case "text":
		in.Kind, in.Text, in.MenuID = channel.KindText, w.Content, w.BizMenuID
	case "voice":
		in.Kind, in.Text, in.Media = channel.KindVoice, w.Recognition, channel.Media{ID: w.MediaID, Format: w.Format}
	case "image":
		in.Kind, in.Media = channel.KindImage, channel.Media{ID: w.MediaID, URL: w.PicURL}
	case "video", "shortvideo":
		in.Kind, in.Media = channel.KindVideo, channel.Media{ID: w.MediaID}
	case "link":
		in.Kind, in.Text, in.Media = channel.KindLink, strings.TrimSpace(w.Title+" "+w.Description), channel.Media{URL: w.URL}
	case "location":
		in.Kind, in.Location = channel.KindLocation, position(w.LocationX, w.LocationY, w.Label, "gcj02")
	case "event":
		in.Kind, in.Event = channel.KindEvent, w.event()
		if in.Event.Type == channel.EventLocation {
			in.Location = position(w.Latitude, w.Longitude, "", "wgs84")
		}
	default:
		in.Kind = channel.KindOther
	}
	if in.Kind == channel.KindLocation && in.Location == nil {
		in.Kind = channel.KindOther
	}
	if in.Kind == channel.KindOther {
		in.Text = w.words()
	}
	return in
}

// words is all that a person may have written in a message of a type that nobody knows yet, such as a file with a title:
// it has no answer, but it is read for danger.
func (w wire) words() string {
	return strings.TrimSpace(strings.Join([]string{w.Content, w.Recognition, w.Title, w.Description, w.Label}, "\n"))
}

func (w wire) event() channel.Event {
	e := channel.Event{Type: channel.EventOther, Name: w.Event, Key: w.EventKey}
	switch strings.ToLower(w.Event) {
	case "subscribe":
		e.Type, e.Key = channel.EventSubscribe, strings.TrimPrefix(w.EventKey, "qrscene_")
	case "unsubscribe":
		e.Type = channel.EventUnsubscribe
	case "scan":
		e.Type = channel.EventScan
	case "click":
		e.Type = channel.EventClick
	case "location":
		e.Type = channel.EventLocation
	case "templatesendjobfinish", "masssendjobfinish":
		e.Type, e.Key, e.Status = channel.EventDelivery, w.JobID, w.Status
	}
	return e
}

// id is MsgId for messages. Events have none and are known by who, when and what, hashed so that no openid stands in it;
// so is a message whose MsgId is no number, which would not fit where operations are recorded under it.
func (w wire) id() string {
	if _, err := strconv.ParseUint(w.MsgID, 10, 64); err == nil {
		return w.MsgID
	}
	h := sha256.Sum256([]byte(strings.Join([]string{
		w.FromUserName, w.CreateTime, w.MsgType, w.Event, w.EventKey, w.JobID, w.MsgID, w.words(),
	}, "\x00")))
	return "e" + hex.EncodeToString(h[:12])
}

func (w wire) at(now time.Time) time.Time {
	s, err := strconv.ParseInt(w.CreateTime, 10, 64)
	if err != nil {
		return now
	}
	return time.Unix(s, 0)
}

// position reads degrees; nil where they are none.
func position(lat, lng, label, datum string) *channel.Location {
	y, err := strconv.ParseFloat(lat, 64)
	x, err2 := strconv.ParseFloat(lng, 64)
	if err != nil || err2 != nil || y < -90 || y > 90 || x < -180 || x > 180 || y != y || x != x {
		return nil
	}
	return &channel.Location{Latitude: y, Longitude: x, Label: label, Datum: datum}
}
