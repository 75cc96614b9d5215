package wechat_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/channeltest"
	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestWeChatDoesWhatEveryChannelDoes(t *testing.T) {
	for name, account := range map[string]wxsim.Account{"safe mode": safe, "plain mode": plain()} {
		t.Run(name, func(t *testing.T) {
			channeltest.Run(t, channeltest.Limits{}, func(t *testing.T, w channeltest.Wiring) channeltest.Driver {
				return openPhone(t, account, w)
			})
		})
	}
}

// phone is one follower's phone, with the platform around it.
type phone struct {
	client   *wxsim.Client
	platform *wxsim.Server
	sender   channel.Sender
	taps     int64
}

func openPhone(t *testing.T, a wxsim.Account, w channeltest.Wiring) *phone {
	t.Helper()
	p := &phone{platform: wxsim.NewServer(a)}
	api := httptest.NewServer(p.platform)
	t.Cleanup(api.Close)
	c, err := wechat.New(wechat.Options{
		Handle: w.Handle, PublicURL: w.PublicURL, Log: w.Log, Now: w.Now, Cache: session.NewMemory(),
		Accounts: []wechat.Account{{Name: a.Name, AppID: a.AppID, AppSecret: a.AppSecret, Token: a.Token, AESKey: a.AESKey, APIURL: api.URL,
			Capabilities: channel.Capabilities{CustomerService: true}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := gin.New()
	c.Register(e)
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	p.sender = c.Sender(a.Name)
	p.client = &wxsim.Client{URL: srv.URL + "/wechat/" + a.Name, Account: a, Now: w.Now}
	return p
}

func (*phone) User() string { return "oConformanceUser-0001" }

func (p *phone) message(m channeltest.Message) wxsim.Message {
	var out wxsim.Message
	switch {
	case m.Location != nil:
		out = wxsim.Location(p.User(), m.Location.Latitude, m.Location.Longitude, m.Location.Label)
	case m.Event == channel.EventSubscribe:
		out = wxsim.Subscribe(p.User(), m.Key)
	case m.Event == channel.EventUnsubscribe:
		out = wxsim.Event(p.User(), "unsubscribe", "")
	case m.Event == channel.EventScan:
		out = wxsim.Scan(p.User(), m.Key)
	case m.Event == channel.EventClick:
		out = wxsim.Click(p.User(), m.Key)
	case m.MenuID != "":
		out = wxsim.Tap(p.User(), m.MenuID, m.Text)
	default:
		out = wxsim.Text(p.User(), m.Text)
	}
	if out.Type != "event" {
		out.MsgID = m.ID
	}
	out.CreateTime = m.At.Unix()
	return out
}

// Send reads the answer, and asks for the rest of a long one as a person would.
func (p *phone) Send(t *testing.T, m channeltest.Message) channeltest.Seen {
	t.Helper()
	var seen channeltest.Seen
	next := p.message(m)
	for range 50 {
		reply, err := p.client.Send(t.Context(), next)
		if err != nil {
			t.Fatalf("the platform finds the answer wrong: %v", err)
		}
		for _, a := range reply.Articles {
			seen.Cards = append(seen.Cards, channel.Card{Title: a.Title, Summary: a.Description, URL: a.URL})
		}
		more := p.read(reply.Content, &seen)
		if more == nil {
			return seen
		}
		next = more.Tap(p.User())
		p.taps++
		next.MsgID, next.CreateTime = 1<<40+p.taps, m.At.Unix()
	}
	t.Fatal("a long answer never ends")
	return seen
}

var pageLink = regexp.MustCompile(`<a href="(https?://[^"]*)">(.*?)</a>`)

// read adds what a text shows; its link to the rest comes back, if it has one.
func (*phone) read(content string, seen *channeltest.Seen) (more *wxsim.MenuLink) {
	if content == "" {
		return nil
	}
	for _, m := range pageLink.FindAllStringSubmatch(content, -1) {
		seen.Cards = append(seen.Cards, channel.Card{Title: m[2], URL: m[1]})
	}
	for _, l := range wxsim.MenuLinks(content) {
		if l.Content == "继续" {
			more = &l
			continue
		}
		seen.Choices = append(seen.Choices, channel.Choice{ID: l.ID, Label: l.Label, Say: l.Content})
	}
	text, _, _ := strings.Cut(wxsim.Visible(content), "\n\n（还没说完）")
	seen.Texts = append(seen.Texts, text)
	return more
}

// Push reads what the customer-service API was told to show.
func (p *phone) Push(t *testing.T, r channel.Reply) (channeltest.Seen, bool) {
	t.Helper()
	before := len(p.platform.Calls())
	if err := p.sender.Push(t.Context(), channel.UserKey(p.User()), r); err != nil {
		t.Fatal(err)
	}
	var seen channeltest.Seen
	for _, c := range p.platform.Calls()[before:] {
		if c.Path != "/cgi-bin/message/custom/send" || c.ErrCode != 0 || c.ToUser() != p.User() {
			continue
		}
		seen.Texts = append(seen.Texts, c.Text())
		for _, l := range c.MenuLinks() {
			seen.Choices = append(seen.Choices, channel.Choice{ID: l.ID, Label: l.Label, Say: l.Content})
		}
	}
	return seen, true
}
