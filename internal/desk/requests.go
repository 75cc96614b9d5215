package desk

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/request"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) requestRoutes(work *gin.RouterGroup) {
	if h.Requests == nil {
		return
	}
	keeps := h.need(staff.KeepRequests)
	work.GET("/requests", keeps, h.showRequests)
	work.GET("/requests/:id", keeps, h.showRequest)
	work.POST("/requests/:id", keeps, h.moveRequest)
}

// requestList is what people asked the school for, those under way or the ended ones.
type requestList struct {
	Open    bool
	Overdue []request.Request // concerns that nobody has read in time
	Lines   []request.Request
	Next    string
	New     int
}

func (h *Handler) showRequests(c *gin.Context) {
	ctx := c.Request.Context()
	l := requestList{Open: c.Query("tab") != "ended"}
	f := request.Filter{Open: l.Open, Account: h.served(me(c)), Late: h.Requests.Late(), Cursor: c.Query("cursor"), Limit: listSize}
	var err error
	l.Lines, l.Next, err = h.Requests.Store.List(ctx, f)
	if err == nil {
		l.New, err = h.Requests.Store.CountNew(ctx, f.Account)
	}
	if err == nil && l.Open && f.Cursor == "" { // what nobody has read in time comes first
		f.Overdue = true
		l.Overdue, _, err = h.Requests.Store.List(ctx, f)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, "requests", page{Title: "家校请求", Section: "requests", Me: me(c), Data: l})
}

// newRequests counts what nobody has read. The page is worth more than its number.
func (h *Handler) newRequests(ctx context.Context, who staff.Account) int {
	n, err := h.Requests.Store.CountNew(ctx, h.served(who))
	if err != nil {
		h.Log.WarnContext(ctx, "desk cannot count requests", "err", err)
	}
	return n
}

// openRequest is one request with its history and the form that moves it.
type openRequest struct {
	request.Request
	Steps  []request.Step
	Alias  string
	Notice string
	Typed  string // a word that was not taken
	Chosen request.State
}

// keeper is the signed-in member of staff as requests know them.
func (h *Handler) keeper(a staff.Account) request.Actor {
	return request.Actor{ID: a.ID, Name: a.DisplayName, Account: h.served(a)}
}

// served is the one account whose requests somebody reaches, "" for any.
func (h *Handler) served(a staff.Account) string { return a.Reach(staff.KeepRequests, h.Map).Account }

func (h *Handler) showRequest(c *gin.Context) {
	h.requestPage(c, http.StatusOK, openRequest{})
}

func (h *Handler) requestPage(c *gin.Context, status int, o openRequest) {
	ctx := c.Request.Context()
	var err error
	o.Request, o.Steps, err = h.Requests.Open(ctx, h.keeper(me(c)), c.Param("id"))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, "request", page{Title: o.Kind.Label() + " " + o.Number, Section: "requests", Me: me(c), Data: o})
}

func (h *Handler) moveRequest(c *gin.Context) {
	a := me(c)
	to := request.State(c.PostForm("to"))
	err := h.Requests.Move(c.Request.Context(), c.Param("id"), h.keeper(a), request.State(c.PostForm("from")), to, c.PostForm("note"))
	if err == nil {
		redirect(c, "/desk/requests/"+c.Param("id"))
		return
	}
	status, notice := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "request not moved", "path", c.FullPath(), "err", err)
	}
	h.requestPage(c, status, openRequest{Notice: notice, Typed: c.PostForm("note"), Chosen: to})
}

// Label names the state that a step led to.
func (o openRequest) Label(s request.State) string {
	return request.Request{Kind: o.Kind, State: s}.StateLabel()
}
