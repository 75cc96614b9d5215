package wechat

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// reason says why a delivery was refused; it is a metric's label and a log line's word.
type reason string

const (
	refusedSignature reason = "signature"
	refusedTime      reason = "timestamp"
	refusedEmpty     reason = "empty"
	refusedJSON      reason = "json"
	refusedXML       reason = "xml"
	refusedOversize  reason = "oversize"
	refusedBroken    reason = "broken" // the connection broke before the body had come
	refusedPlain     reason = "plain"
	refusedDecrypt   reason = "decrypt"
	refusedAppID     reason = "appid"
	refusedOwn       reason = "own" // what we said ourselves, posted back
)

// mend says what an operator does about a delivery that was refused. What the platform itself sends is refused only where
// the account is not set up as the configuration says.
func (r reason) mend() string {
	switch r {
	case refusedSignature:
		return "token in the configuration and in the console must be the same"
	case refusedTime:
		return "set the server's clock (NTP): it is more than 5 minutes from the platform's"
	case refusedJSON:
		return "choose XML as the format of messages in the console"
	case refusedPlain:
		return "choose the safe mode in the console, or take aes_key out of the configuration"
	case refusedDecrypt:
		return "aes_key in the configuration and EncodingAESKey in the console must be the same"
	case refusedAppID:
		return "app_id in the configuration must be the account's own: the message was sealed for another"
	case refusedEmpty, refusedXML, refusedOversize, refusedBroken, refusedOwn:
	}
	return "nothing, unless the platform sent it: then keep the time and the reason"
}

// status is what a refused delivery is answered with. Whatever is behind a signature that held gets one answer for every
// cause.
func (r reason) status() int {
	switch r {
	case refusedEmpty, refusedJSON, refusedXML, refusedBroken:
		return http.StatusBadRequest
	case refusedOversize:
		return http.StatusRequestEntityTooLarge
	case refusedSignature, refusedTime, refusedPlain, refusedDecrypt, refusedAppID, refusedOwn:
	}
	return http.StatusForbidden
}

// window is how far a timestamp may be from now: the signature covers nothing of the body, so an old one is worth nothing.
const window = 5 * time.Minute

// wire is a message as it comes. Everything is text, so that one odd field never loses a message.
type wire struct {
	ToUserName   string
	FromUserName string
	CreateTime   string
	MsgType      string
	MsgID        string
	Content      string
	BizMenuID    string
	Recognition  string
	MediaID      string
	Format       string
	PicURL       string
	LocationX    string
	LocationY    string
	Label        string
	Title        string
	Description  string
	URL          string
	Event        string
	EventKey     string
	JobID        string
	Status       string
	RevokeInfo   string
	TotalCount   string
	SentCount    string
	ErrorCount   string
	FilterCount  string

	Notices []noticeWire // of the events of subscription notices
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
	ts, nonce := q.Get("timestamp"), q.Get("nonce")
	if a.AESKey == "" {
		if !sameText(q.Get("signature"), tencent.Signature([]byte(a.Token), []byte(ts), []byte(nonce))) {
			return wire{}, refusedSignature
		}
		if !fresh(ts, now) {
			return wire{}, refusedTime
		}
		return a.message(body, nil)
	}
	all := tencent.SealedIn(body)
	if len(all) == 0 {
		if why := unreadable(body); why != "" {
			return wire{}, why
		}
		return wire{}, refusedPlain
	}
	var sealed []byte
	for _, s := range all {
		if sameText(q.Get("msg_signature"), tencent.Signature([]byte(a.Token), []byte(ts), []byte(nonce), s)) {
			sealed = s
			break
		}
	}
	if sealed == nil {
		return wire{}, refusedSignature
	}
	if !fresh(ts, now) {
		return wire{}, refusedTime
	}
	clear, err := a.codec.Open(sealed)
	switch {
	case errors.Is(err, tencent.ErrOwner):
		return wire{}, refusedAppID
	case err != nil:
		return wire{}, refusedDecrypt
	}
	return a.message(clear, body)
}

// message reads what a delivery brought. Around is the sealed message's envelope, nil where it came in clear.
func (a *account) message(clear, around []byte) (wire, reason) {
	clear = inUTF8(clear)
	if why := unreadable(clear); why != "" {
		return wire{}, why
	}
	var w wire
	ended := w.read(clear)
	w.MsgType = strings.ToLower(w.MsgType)
	if w.MsgType == "" { // the name of the kind is lost, not what was said
		switch {
		case w.Event != "":
			w.MsgType = "event"
		case w.Content != "":
			w.MsgType = "text"
		}
	}
	if w.FromUserName == "" || w.MsgType == "" || !ended && w.MsgType != "event" && w.words() == "" {
		return wire{}, refusedXML
	}
	if a.isOwn(w.FromUserName) {
		return wire{}, refusedOwn
	}
	if w.ToUserName == "" && around != nil { // whom it was for stands outside too
		var envelope wire
		envelope.read(around)
		w.ToUserName = envelope.ToUserName
	}
	w.ToUserName = a.itself(w.ToUserName)
	return w, ""
}

// unreadable says why a body is no message at all; "" where it may be one.
func unreadable(body []byte) reason {
	switch body = bytes.TrimSpace(bytes.TrimPrefix(body, tencent.ByteOrder)); {
	case len(body) == 0:
		return refusedEmpty
	case bytes.HasPrefix(body, []byte(`{"`)) || json.Valid(body):
		return refusedJSON
	case !bytes.Contains(body, []byte("FromUserName")) && !bytes.Contains(bytes.ToLower(body), []byte("fromusername")):
		return refusedXML
	}
	return ""
}

// isOwn says whether a message is from the account itself: an answer of ours, which is sealed and signed as the platform's
// messages are, and was posted back by somebody who saw it. No follower's name looks like an account's.
func (a *account) isOwn(from string) bool {
	known := a.self.Load()
	return strings.HasPrefix(from, accountPrefix) || known != nil && *known == from
}

// accountPrefix is how the platform's own names of accounts begin; those of followers do not.
const accountPrefix = "gh_"

// itself is what the platform calls the account. A message that does not say so is answered in the name that the others said.
func (a *account) itself(named string) string {
	known := a.self.Load()
	if named == "" {
		if known == nil {
			return ""
		}
		return *known
	}
	if known == nil {
		a.self.Store(&named)
	}
	return named
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
		if in.MenuID == "" && (tencent.Empty(in.Text) || tencent.Placeholder(in.Text)) {
			in.Kind, in.Text = channel.KindSticker, ""
		}
	case "voice":
		in.Kind, in.Text, in.Media = channel.KindVoice, tencent.Heard(w.Recognition), channel.Media{ID: w.MediaID, Format: w.Format}
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
	if rule, _ := ruleOf(w.Event); rule.As != "" {
		e.Type = rule.As
	}
	switch e.Type {
	case channel.EventSubscribe:
		e.Key = strings.TrimPrefix(w.EventKey, "qrscene_")
	case channel.EventDelivery:
		e.Key, e.Status = w.JobID, w.Status
	case channel.EventRevoke:
		e.Key = w.RevokeInfo
	case channel.EventConsent:
		e.Consents = w.consents()
	case channel.EventUnsubscribe, channel.EventScan, channel.EventClick, channel.EventLocation, channel.EventOther:
	}
	return e
}

// id is MsgId for messages, with a mark of what was said: a number that comes again with other words, as tools for trying an
// account out send it, is no repetition, and may be a cry for help. Events have none and are known by who, when and what,
// hashed so that no openid stands in it; so is a message whose MsgId is no number, which would not fit where operations are
// recorded under it.
func (w wire) id() string {
	if n, err := strconv.ParseUint(w.MsgID, 10, 64); err == nil && n > 0 {
		h := sha256.Sum256([]byte(strings.Join([]string{w.MsgType, w.BizMenuID, w.words()}, "\x00")))
		return strconv.FormatUint(n, 10) + channel.NumberEnds + hex.EncodeToString(h[:2])
	}
	h := sha256.Sum256([]byte(strings.Join([]string{
		w.FromUserName, w.CreateTime, w.MsgType, w.Event, w.EventKey, w.JobID, w.RevokeInfo, w.MsgID, w.words() + noticeID(w.Notices),
	}, "\x00")))
	return "e" + hex.EncodeToString(h[:12])
}

// at is when the platform took the message. A time that is none, or far from now, is wrong: it brings a message again for
// seconds.
func (w wire) at(now time.Time) time.Time {
	s, err := strconv.ParseInt(w.CreateTime, 10, 64)
	if s > 1e11 { // thousandths
		s /= 1000
	}
	at := time.Unix(s, 0)
	if err != nil || now.Sub(at).Abs() > 24*time.Hour {
		return now
	}
	return at
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
