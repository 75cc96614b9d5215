package page

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/session"
)

// start is something that goes on in the chat and that a page can begin there, as a tap on the menu does.
type start struct {
	Key    string // of the menu
	Title  string
	Text   string
	Button string
	Words  string // what begins it in the chat, for who is not known here
	Back   string
	Done   string // what the page says when it has begun
}

func startOf(what string) (start, bool) {
	s, ok := map[string]start{
		"check":  {"CHECKS", "做一份自测", "几分钟，一题一题点就好，随时可以停。", "开始", "自测", "/p/results", "到对话里接着做"},
		"letter": {"LETTERS", "给老师写封信", "不用留名字。写好以后，老师会回。", "开始写", "写信", "/p/letters", "到对话里接着写"},
		"human":  {humanKey, "找老师聊聊", "老师看到的是代号，不是名字。老师什么时候能来，马上就会说。", "现在就找", "人工", "/p/", "已经告诉老师"},
	}[what]
	return s, ok
}

var errNoStart = errors.New("page: nothing of that name begins here")

// humanKey is the menu's key for somebody who wants to talk with a person.
const humanKey = "HUMAN"

// startForm is what the forms that begin something are for.
func startForm(what string) string { return "start:" + what }

type startPage struct {
	start
	What string
	Form string
}

// start asks once, then begins it.
func (h *Handler) start(c *gin.Context, are []identity) error {
	what := c.Param("what")
	s, ok := startOf(what)
	if !ok {
		return errNoStart
	}
	if c.Request.Method == http.MethodGet {
		h.show(c, http.StatusOK, "start", startPage{s, what, h.form(are[0].ID, startForm(what))})
		return nil
	}
	key, me, err := h.given(c, are, startForm(what))
	if err != nil {
		return err
	}
	return h.tap(c, me, key, s)
}

// tap begins something in a person's chat. Whose chat is in this very browser goes there; elsewhere the page shows what the
// assistant answered, and that it goes on in the chat.
func (h *Handler) tap(c *gin.Context, me identity, key string, s start) error {
	replies, err := h.Say(c.Request.Context(), me.ID, session.Network(c.ClientIP()), channel.Inbound{
		ID: key, Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventClick, Name: "CLICK", Key: s.Key},
	})
	if err != nil {
		return err
	}
	if me.web {
		c.Redirect(http.StatusSeeOther, "/chat")
		return nil
	}
	h.show(c, http.StatusOK, "heard", heardPage{Title: s.Done, Words: s.Words, Replies: replies, Back: s.Back})
	return nil
}

// heardPage is what the assistant answered: to words that told of danger, or to something that was begun.
type heardPage struct {
	Title   string // what was begun; "" where danger was heard
	Words   string // what begins it again in the chat
	Replies []channel.Reply
	Back    string
}
