package wxsim

import "strconv"

// Message is anything that a person, or the platform itself, sends to an
// account. Only the fields of its Type (and Event) are put on the wire. MsgID
// and CreateTime are filled by the client when zero.
type Message struct {
	From       string // openid
	Type       string // text, image, voice, video, shortvideo, location, link, event
	MsgID      int64
	CreateTime int64 // seconds

	Content string // text
	MenuID  string // bizmsgmenuid: the text came from a tap on a menu link

	PicURL       string
	MediaID      string
	MediaID16K   string
	ThumbMediaID string
	Format       string // voice: amr or speex
	Recognition  string // voice: what speech recognition heard

	// A location message in GCJ-02, or a LOCATION event in WGS-84.
	Latitude, Longitude, Precision float64
	Scale                          int
	Label                          string

	Title, Description, URL string // link

	Event    string
	EventKey string
	Ticket   string // of a scene QR code
	MenuRule string // MenuId of VIEW events: the conditional menu in force
	Scan     ScanCode
	Pictures []string // MD5 sums of the pictures of a pic_* event
	POI      string   // location_select: a place's name

	JobID                      int64  // MsgID of a finished template or mass job
	Status                     string // its outcome
	Total, Filter, Sent, Error int    // a mass job's counts

	Notices []Notice // subscribe_msg_* events

	KfAccount, FromKfAccount, ToKfAccount string // kf_* events

	Revoked string // RevokeInfo of a user_* event: which permissions were taken back

	around func(clear, sealed []byte) []byte // what the delivery's body becomes; nil leaves it
}

// ScanCode is what a scancode_* menu tool read.
type ScanCode struct{ Type, Result string }

// Notice is one line of a subscribe notice event.
type Notice struct {
	TemplateID string
	Status     string // accept or reject; of a sent one: its error status
	Scene      int    // popup scene
	MsgID      string // of a sent one
	ErrorCode  int    // of a sent one
}

// Text is what someone typed.
func Text(openid, content string) Message {
	return Message{From: openid, Type: "text", Content: content}
}

// Tap is a tap on a menu link inside a message; it arrives as a text.
func Tap(openid, menuID, content string) Message {
	return Message{From: openid, Type: "text", Content: content, MenuID: menuID}
}

// Event is any event that needs no more than its key.
func Event(openid, event, key string) Message {
	return Message{From: openid, Type: "event", Event: event, EventKey: key}
}

// Subscribe is a new follower; scene is empty unless a scene QR code led here.
func Subscribe(openid, scene string) Message {
	if scene == "" {
		return Event(openid, "subscribe", "")
	}
	m := Event(openid, "subscribe", "qrscene_"+scene)
	m.Ticket = "ticket-" + scene
	return m
}

// Scan is a follower who scans a scene QR code.
func Scan(openid, scene string) Message {
	m := Event(openid, "SCAN", scene)
	m.Ticket = "ticket-" + scene
	return m
}

// Click is a tap on a menu button.
func Click(openid, key string) Message { return Event(openid, "CLICK", key) }

// Image is a picture.
func Image(openid, mediaID, picURL string) Message {
	return Message{From: openid, Type: "image", MediaID: mediaID, PicURL: picURL}
}

// Voice is a voice message with what speech recognition heard, if anything.
func Voice(openid, mediaID, recognition string) Message {
	return Message{From: openid, Type: "voice", MediaID: mediaID, MediaID16K: mediaID + "-16k", Format: "amr", Recognition: recognition}
}

// Video is a film; set Type to shortvideo for one taken on the spot.
func Video(openid, mediaID, thumbMediaID string) Message {
	return Message{From: openid, Type: "video", MediaID: mediaID, ThumbMediaID: thumbMediaID}
}

// Location is a place that someone shares.
func Location(openid string, latitude, longitude float64, label string) Message {
	return Message{From: openid, Type: "location", Latitude: latitude, Longitude: longitude, Scale: 16, Label: label}
}

// Link is a shared article.
func Link(openid, title, description, url string) Message {
	return Message{From: openid, Type: "link", Title: title, Description: description, URL: url}
}

// appendXML writes the message as the platform does. By hand, because load sends
// many thousands a second from the same cores as the server under test.
func (m *Message) appendXML(b []byte, ghID string) []byte {
	b = append(b, "<xml>"...)
	b = elem(b, "ToUserName", ghID)
	b = elem(b, "FromUserName", m.From)
	b = num(b, "CreateTime", m.CreateTime)
	b = elem(b, "MsgType", m.Type)
	switch m.Type {
	case "text":
		b = elem(b, "Content", m.Content)
	case "image":
		b = elem(b, "PicUrl", m.PicURL)
		b = elem(b, "MediaId", m.MediaID)
	case "voice":
		b = elem(b, "MediaId", m.MediaID)
		b = elem(b, "Format", m.Format)
		b = elem(b, "Recognition", m.Recognition)
		b = opt(b, "MediaId16K", m.MediaID16K)
	case "video", "shortvideo":
		b = elem(b, "MediaId", m.MediaID)
		b = elem(b, "ThumbMediaId", m.ThumbMediaID)
	case "location":
		b = decimal(b, "Location_X", m.Latitude)
		b = decimal(b, "Location_Y", m.Longitude)
		b = num(b, "Scale", int64(m.Scale))
		b = elem(b, "Label", m.Label)
	case "link":
		b = elem(b, "Title", m.Title)
		b = elem(b, "Description", m.Description)
		b = elem(b, "Url", m.URL)
	case "event":
		return append(m.appendEvent(b), "</xml>"...)
	}
	b = num(b, "MsgId", m.MsgID)
	// The platform really writes this one name in lower case.
	b = opt(b, "bizmsgmenuid", m.MenuID)
	return append(b, "</xml>"...)
}

func elem(b []byte, name, text string) []byte {
	b = open(b, name)
	b = append(b, "<![CDATA["...)
	for i := 0; i < len(text); i++ {
		b = append(b, text[i])
		// "]]>" would end the section: close it between the brackets and the
		// angle, and go on in a new one.
		if text[i] == ']' && i+2 < len(text) && text[i+1] == ']' && text[i+2] == '>' {
			b = append(b, "]]]><![CDATA[>"...)
			i += 2
		}
	}
	b = append(b, "]]>"...)
	return shut(b, name)
}

func opt(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return elem(b, name, text)
}

func num(b []byte, name string, n int64) []byte {
	return shut(strconv.AppendInt(open(b, name), n, 10), name)
}

func decimal(b []byte, name string, f float64) []byte {
	return shut(strconv.AppendFloat(open(b, name), f, 'f', 6, 64), name)
}

func open(b []byte, name string) []byte {
	return append(append(append(b, '<'), name...), '>')
}

func shut(b []byte, name string) []byte {
	return append(append(append(b, "</"...), name...), '>')
}
