package desk

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/editing"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/unanswered"
)

func (h *Handler) contentRoutes(work *gin.RouterGroup) {
	if h.Content == nil {
		return
	}
	c := work.Group("/content", h.need(staff.EditContent), unhurried)
	c.GET("", h.showContent)
	c.GET("/list/:kind", h.listContent)
	c.GET("/new/:kind", h.newContent)
	c.GET("/item/:kind", h.showItem)
	c.GET("/drafts/:id", h.showDraft)
	c.GET("/history/:kind", h.showHistory)
	c.GET("/asked", h.showUnanswered)
	c.POST("/asked", h.settleUnanswered)
	c.POST("/look", h.lookContent)
	c.POST("/save", h.saveContent)
	c.POST("/remove", h.removeContent)
	c.POST("/restore", h.restoreContent)
	c.POST("/drafts/:id/publish", h.publishContent)
	c.POST("/drafts/:id/withdraw", h.withdrawContent)
	c.POST("/drafts/:id/return", h.returnContent)
	c.POST("/drafts/:id/resume", h.resumeContent)
	for _, sent := range []string{"/look", "/save", "/remove", "/restore"} { // whoever comes back to where a form was sent
		c.GET(sent, func(c *gin.Context) { redirect(c, "/desk/content") })
	}
}

// tryTime is how long an editor's page may take: to try a change all of the content is read, and a busy machine is slow at it. Where
// the server's own limit ended it, a change was kept and its editor saw a broken page.
const tryTime = 5 * time.Minute

func unhurried(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(tryTime)) // not every writer has one
}

// contentPerson is the signed-in member of staff as editing knows them.
func contentPerson(a staff.Account) editing.Person {
	return editing.Person{ID: a.ID, Name: a.DisplayName, Any: a.Role == staff.Admin}
}

// contentKind is one kind on the first page and above the lists.
type contentKind struct {
	Kind  editing.Kind
	Label string
	Count int
	Fixed bool
}

// contentHome is the first page: what waits, what there is, what people asked in vain.
type contentHome struct {
	Kinds  []contentKind
	Query  string
	Hits   []editing.Item
	Drafts []editing.Draft
	Away   []editing.Draft // put away
	Broken []string
	Asked  []unanswered.Question
	More   int // questions that are not shown here
	Mine   string
}

// askedFirst is how many unanswered questions the first page shows.
const askedFirst = 5

// hitsMost bounds what a search shows.
const hitsMost = 60

func (h *Handler) showContent(c *gin.Context) {
	home := contentHome{Query: strings.TrimSpace(c.Query("q")), Mine: me(c).ID}
	var err error
	if home.Drafts, err = h.Content.Store.OpenDrafts(c.Request.Context()); err != nil {
		h.fail(c, err)
		return
	}
	if home.Away, err = h.Content.Store.Withdrawn(c.Request.Context()); err != nil {
		h.fail(c, err)
		return
	}
	for _, k := range editing.Kinds() {
		items, broken, err := h.Content.Items(k)
		if err != nil {
			h.fail(c, err)
			return
		}
		home.Kinds = append(home.Kinds, contentKind{k, k.Label(), len(items), k.Fixed()})
		home.Broken = append(home.Broken, broken...)
		if home.Query != "" {
			home.Hits = append(home.Hits, matching(items, home.Query)...)
		}
	}
	home.Hits = home.Hits[:min(len(home.Hits), hitsMost)]
	asked, err := h.unanswered(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	asked = slices.DeleteFunc(asked, func(q unanswered.Question) bool { // somebody writes the answer already
		return slices.ContainsFunc(home.Drafts, func(d editing.Draft) bool { return d.Ask == q.ID })
	})
	home.Asked, home.More = asked[:min(len(asked), askedFirst)], max(0, len(asked)-askedFirst)
	h.contentPage(c, http.StatusOK, "content", "内容", home)
}

func (h *Handler) contentPage(c *gin.Context, status int, name, title string, data any) {
	h.render(c, status, name, page{Title: title, Section: "content", Me: me(c), Scripts: []string{"content.js"}, Data: data})
}

// matching are the items whose title, key or first words hold a text.
func matching(items []editing.Item, q string) []editing.Item {
	q = strings.ToLower(q)
	var out []editing.Item
	for _, it := range items {
		if strings.Contains(strings.ToLower(it.Title+"\n"+it.Key+"\n"+it.About), q) {
			out = append(out, it)
		}
	}
	return out
}

// contentList is the items of one kind.
type contentList struct {
	Kind   editing.Kind
	Kinds  []contentKind
	Label  string
	Query  string
	Items  []editing.Item
	All    int
	Broken []string
	Fixed  bool
}

func (h *Handler) listContent(c *gin.Context) {
	k := editing.Kind(c.Param("kind"))
	items, broken, err := h.Content.Items(k)
	if err != nil {
		h.fail(c, err)
		return
	}
	l := contentList{Kind: k, Label: k.Label(), Query: strings.TrimSpace(c.Query("q")), Items: items, All: len(items), Broken: broken, Fixed: k.Fixed()}
	for _, other := range editing.Kinds() {
		l.Kinds = append(l.Kinds, contentKind{Kind: other, Label: other.Label()})
	}
	if l.Query != "" {
		l.Items = matching(items, l.Query)
	}
	h.contentPage(c, http.StatusOK, "content-list", l.Label, l)
}

func draftURL(id string) string { return "/desk/content/drafts/" + id }

// contentChange is what a form sent.
func contentChange(c *gin.Context) editing.Change {
	_ = c.Request.ParseForm() // what is left of an unreadable form is a form with empty fields
	rev, _ := strconv.Atoi(c.PostForm("rev"))
	ch := editing.Change{Kind: editing.Kind(c.PostForm("kind")), Item: c.PostForm("item"), Draft: c.PostForm("draft"), Rev: rev, Ask: c.PostForm("ask"), Values: editing.Values{}}
	for name, values := range c.Request.PostForm {
		if field, ok := strings.CutPrefix(name, "v."); ok {
			ch.Values[field] = values
		}
	}
	return ch
}

func (h *Handler) saveContent(c *gin.Context) {
	if c.PostForm("do") == "look" {
		h.lookContent(c)
		return
	}
	ch := contentChange(c)
	d, err := h.Content.Save(c.Request.Context(), contentPerson(me(c)), ch, c.PostForm("do") == "ask")
	if err != nil {
		h.refuseContent(c, ch, d, err)
		return
	}
	redirect(c, draftURL(d.ID))
}

// refuseContent shows the form again with what was typed and what is in its way.
func (h *Handler) refuseContent(c *gin.Context, ch editing.Change, d editing.Draft, err error) {
	status, notice := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "content not saved", "kind", ch.Kind, "err", err)
	}
	f, ferr := h.formOf(c, ch)
	if ferr != nil {
		h.fail(c, err)
		return
	}
	if _, atField := atKey(f.Kind, err); atField {
		notice = "还没有存下来：请先改好标红的那一格。您写的都还在下面。"
	} else if f.Way == notice { // it is said once
		f.Way = ""
	}
	f.Notice, f.Unsaved = notice, true
	if errors.Is(err, editing.ErrChanged) && d.ID != "" {
		f.Other = draftURL(d.ID)
	}
	h.contentPage(c, status, "content-form", f.Title, f)
}

func (h *Handler) lookContent(c *gin.Context) {
	f, err := h.formOf(c, contentChange(c))
	if err != nil {
		h.fail(c, err)
		return
	}
	f.Unsaved = true
	if c.GetHeader("X-Look") != "" { // the script asks for the phone alone
		h.contentPage(c, http.StatusOK, "content-look", f.Title, f)
		return
	}
	h.contentPage(c, http.StatusOK, "content-form", f.Title, f)
}

func (h *Handler) removeContent(c *gin.Context) {
	d, err := h.Content.Remove(c.Request.Context(), contentPerson(me(c)), editing.Kind(c.PostForm("kind")), c.PostForm("key"))
	h.toDraft(c, d, err)
}

func (h *Handler) restoreContent(c *gin.Context) {
	number, _ := strconv.ParseInt(c.PostForm("number"), 10, 64)
	d, err := h.Content.Restore(c.Request.Context(), contentPerson(me(c)), editing.Kind(c.PostForm("kind")), c.PostForm("key"), number, c.PostForm("first") != "")
	h.toDraft(c, d, err)
}

// toDraft leads to a draft that was made, or that stands in the way of another.
func (h *Handler) toDraft(c *gin.Context, d editing.Draft, err error) {
	if err == nil || errors.Is(err, editing.ErrChanged) && d.ID != "" {
		redirect(c, draftURL(d.ID))
		return
	}
	h.fail(c, err)
}

func (h *Handler) publishContent(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	rev, _ := strconv.Atoi(c.PostForm("rev"))
	d, err := h.Content.Publish(ctx, contentPerson(a), c.Param("id"), rev)
	if err == nil && d.Ask != "" {
		if err := h.Unanswered.Settle(ctx, d.Ask, unanswered.Answered, a.DisplayName); err != nil { // it stays in the list, no more
			h.Log.WarnContext(ctx, "an answered question stays in the list", "err", err)
		}
	}
	if err == nil {
		err = h.Trail.Record(ctx, audit.Event{Kind: audit.PublishContent, Object: d.ID})
	}
	h.afterDraft(c, err)
}

func (h *Handler) withdrawContent(c *gin.Context) {
	rev, _ := strconv.Atoi(c.PostForm("rev"))
	h.afterDraft(c, h.Content.Withdraw(c.Request.Context(), contentPerson(me(c)), c.Param("id"), rev))
}

func (h *Handler) returnContent(c *gin.Context) {
	rev, _ := strconv.Atoi(c.PostForm("rev"))
	h.afterDraft(c, h.Content.Return(c.Request.Context(), contentPerson(me(c)), c.Param("id"), rev, c.PostForm("remark")))
}

func (h *Handler) resumeContent(c *gin.Context) {
	rev, _ := strconv.Atoi(c.PostForm("rev"))
	d, err := h.Content.Resume(c.Request.Context(), contentPerson(me(c)), c.Param("id"), rev)
	h.toDraft(c, d, err)
}

func (h *Handler) afterDraft(c *gin.Context, err error) {
	if err == nil {
		redirect(c, draftURL(c.Param("id")))
		return
	}
	status, notice := explain(err)
	if status >= http.StatusInternalServerError {
		h.Log.ErrorContext(c.Request.Context(), "a draft of content is not moved", "draft", c.Param("id"), "err", err)
	}
	h.draftPage(c, status, notice)
}

// contentHistory is what an item was.
type contentHistory struct {
	Kind     editing.Kind
	Key      string
	Versions []editing.Version
	Away     []editing.Draft // drafts that were put away
}

func (h *Handler) showHistory(c *gin.Context) {
	k, key := editing.Kind(c.Param("kind")), c.Query("key")
	if !k.Valid() {
		h.fail(c, editing.ErrNotFound)
		return
	}
	vs, err := h.Content.History(c.Request.Context(), k, key)
	if err != nil {
		h.fail(c, err)
		return
	}
	away, err := h.Content.Store.WithdrawnOf(c.Request.Context(), k, key)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.contentPage(c, http.StatusOK, "content-history", "改动记录", contentHistory{k, key, vs, away})
}

// unanswered are the questions of the last week that editors may see.
func (h *Handler) unanswered(c *gin.Context) ([]unanswered.Question, error) {
	qs, err := h.Unanswered.Since(c.Request.Context(), h.now().Add(-unanswered.Week*24*time.Hour))
	var shown []unanswered.Question
	for _, q := range qs {
		if q.Shown() {
			shown = append(shown, q)
		}
	}
	return shown, err
}

// askedList is the whole list, with the entries that a question may belong to.
type askedList struct {
	Questions []unanswered.Question
	Drafted   map[string]string // the draft that answers a question
	Entries   []editing.Item
}

func (h *Handler) showUnanswered(c *gin.Context) {
	var l askedList
	var err error
	if l.Questions, err = h.unanswered(c); err != nil {
		h.fail(c, err)
		return
	}
	if l.Entries, _, err = h.Content.Items(editing.FAQ); err != nil {
		h.fail(c, err)
		return
	}
	drafts, err := h.Content.Store.OpenDrafts(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	l.Drafted = map[string]string{}
	for _, d := range drafts {
		if d.Ask != "" {
			l.Drafted[d.Ask] = d.ID
		}
	}
	h.contentPage(c, http.StatusOK, "content-asked", "没有答上来的问题", l)
}

func (h *Handler) settleUnanswered(c *gin.Context) {
	if err := h.Unanswered.Settle(c.Request.Context(), c.PostForm("id"), unanswered.NotOurs, me(c).DisplayName); err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk/content/asked")
}
