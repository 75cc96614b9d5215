package wxsim

import (
	"encoding/xml"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
)

// Reply is what the account answered to one delivery.
type Reply struct {
	Status   int
	Raw      []byte // the body as it came, still encrypted in safe mode
	Success  bool   // empty or "success": received, nothing to say
	Type     string
	Content  string // text, with its links
	MediaID  string // image, voice, video
	Articles []Article
	// MenuLinks are the tappable choices in Content.
	MenuLinks        []MenuLink
	ToUser, FromUser string
	CreateTime       int64
}

// Article is one card of a news reply or message.
type Article struct {
	Title       string `xml:"Title"`
	Description string `xml:"Description"`
	PicURL      string `xml:"PicUrl"`
	URL         string `xml:"Url"`
}

// MenuLink is a weixin://bizmsgmenu link: a tap sends Content with ID.
type MenuLink struct{ ID, Content, Label string }

// Tap is the message that a tap on the link sends.
func (l MenuLink) Tap(openid string) Message { return Tap(openid, l.ID, l.Content) }

type replyXML struct {
	XMLName      xml.Name  `xml:"xml"`
	ToUserName   string    `xml:"ToUserName"`
	FromUserName string    `xml:"FromUserName"`
	CreateTime   int64     `xml:"CreateTime"`
	MsgType      string    `xml:"MsgType"`
	Content      *string   `xml:"Content"`
	ImageID      string    `xml:"Image>MediaId"`
	VoiceID      string    `xml:"Voice>MediaId"`
	VideoID      string    `xml:"Video>MediaId"`
	ArticleCount int       `xml:"ArticleCount"`
	Articles     []Article `xml:"Articles>item"`
}

type envelopeXML struct {
	XMLName      xml.Name `xml:"xml"`
	Encrypt      string   `xml:"Encrypt"`
	MsgSignature string   `xml:"MsgSignature"`
	TimeStamp    string   `xml:"TimeStamp"`
	Nonce        string   `xml:"Nonce"`
}

// readReply takes a 200's body apart as the platform would, for a message from
// openid to ghID, and says what the platform would not accept.
func (c *codec) readReply(body []byte, openid, ghID string) (Reply, error) {
	r := Reply{Status: 200, Raw: body}
	if len(body) == 0 || string(body) == "success" {
		r.Success = true
		return r, nil
	}
	clear := body
	if c.safe() {
		var env envelopeXML
		if err := xml.Unmarshal(body, &env); err != nil {
			return r, fmt.Errorf("%w: the body is no XML", ErrBadReply)
		}
		if env.Encrypt == "" {
			return r, fmt.Errorf("%w: it came in clear from an account in safe mode", ErrBadReply)
		}
		if !sameSignature(env.MsgSignature, sign(c.token, env.TimeStamp, env.Nonce, env.Encrypt)) {
			return r, fmt.Errorf("%w: its signature is wrong", ErrBadReply)
		}
		var scratch []byte
		var err error
		if clear, err = c.open([]byte(env.Encrypt), &scratch); err != nil {
			return r, fmt.Errorf("%w: %w", ErrBadReply, err)
		}
	}
	var x replyXML
	if err := xml.Unmarshal(clear, &x); err != nil {
		return r, fmt.Errorf("%w: its inside is no XML", ErrBadReply)
	}
	r.Type, r.ToUser, r.FromUser, r.CreateTime = x.MsgType, x.ToUserName, x.FromUserName, x.CreateTime
	if x.Content != nil {
		r.Content = *x.Content
	}
	r.MediaID = x.ImageID + x.VoiceID + x.VideoID
	r.Articles = x.Articles
	r.MenuLinks = MenuLinks(r.Content)
	return r, x.check(openid, ghID)
}

func (x *replyXML) check(openid, ghID string) error {
	bad := func(why string) error { return fmt.Errorf("%w: %s", ErrBadReply, why) }
	if x.ToUserName != openid || (ghID != "" && x.FromUserName != ghID) {
		return bad("ToUserName and FromUserName are not the message's, swapped")
	}
	if x.CreateTime <= 0 {
		return bad("CreateTime is missing")
	}
	switch x.MsgType {
	case "text":
		if x.Content == nil || *x.Content == "" {
			return bad("the text is empty")
		}
		if n := len(*x.Content); n > maxText {
			return bad(fmt.Sprintf("the text has %d bytes, the limit is %d", n, maxText))
		}
		if control(*x.Content) {
			return bad("the text bears a control character")
		}
	case "image", "voice", "video":
		if x.ImageID+x.VoiceID+x.VideoID == "" {
			return bad("MediaId is missing")
		}
	case "news":
		if x.ArticleCount != 1 || len(x.Articles) != 1 {
			return bad("news must have exactly one article")
		}
	case "music", "transfer_customer_service":
	default:
		return bad(fmt.Sprintf("MsgType %q is unknown", x.MsgType))
	}
	return nil
}

const menuURL = "weixin://bizmsgmenu?"

var anchor = regexp.MustCompile(`(?s)<a\s+[^>]*?href\s*=\s*["']([^"']*)["'][^>]*>(.*?)</a>`)

// MenuLinks finds the tappable choices in a text.
func MenuLinks(text string) []MenuLink {
	var links []MenuLink
	for _, m := range anchor.FindAllStringSubmatch(text, -1) {
		query, ok := strings.CutPrefix(html.UnescapeString(m[1]), menuURL)
		if !ok {
			continue
		}
		v, err := url.ParseQuery(query)
		if err != nil {
			continue
		}
		links = append(links, MenuLink{ID: v.Get("msgmenuid"), Content: v.Get("msgmenucontent"), Label: m[2]})
	}
	return links
}

// Visible is a text as the screen shows it: links by their labels alone.
func Visible(text string) string { return anchor.ReplaceAllString(text, "$2") }
