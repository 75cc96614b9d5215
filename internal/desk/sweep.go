package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// originsShown is how many networks the page of a sweep lists: those with the most cases.
const originsShown = 50

// sweepPage lists where unproved visitors who wait come from, for a supervisor who closes those of whole networks.
type sweepPage struct {
	Origins []sweptOrigin
	Reason  string
	Key     string
	Seen    int64 // when the page was made, in microseconds
	Done    string
	Notice  string
	Now     time.Time
}

// sweptOrigin is one network. Its number is there to be said aloud: the hash says nothing to anybody.
type sweptOrigin struct {
	casework.Origin
	Number int
	Ticked bool
	Rows   []*row
}

func (h *Handler) showSweep(c *gin.Context) {
	p := sweepPage{Key: newKey()}
	if n, err := strconv.Atoi(c.Query("closed")); err == nil {
		p.Done = fmt.Sprintf("已结案 %d 件。", n)
		if kept, _ := strconv.Atoi(c.Query("kept")); kept > 0 {
			p.Done += fmt.Sprintf("有 %d 件留下了：有同事刚接手，或者对方又发来了话。", kept)
		}
		if c.Query("more") != "" {
			p.Done += "还有一些没处理完，请再勾选一次。"
		}
	}
	h.renderSweep(c, http.StatusOK, p, nil)
}

func (h *Handler) renderSweep(c *gin.Context, status int, p sweepPage, ticked []string) {
	ctx, a := c.Request.Context(), me(c)
	p.Now = h.now()
	p.Seen = p.Now.UnixMicro()
	var err error
	if p.Origins, err = h.origins(ctx, a, p.Now, ticked); err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, "sweep", page{Title: "新访客", Section: "cases", Me: a, Data: p})
}

func (h *Handler) origins(ctx context.Context, a staff.Account, now time.Time, ticked []string) ([]sweptOrigin, error) {
	found, err := h.Cases.Origins(ctx, originsShown)
	if err != nil {
		return nil, err
	}
	out := make([]sweptOrigin, len(found))
	var all []*row
	for i, o := range found {
		out[i] = sweptOrigin{Origin: o, Number: i + 1, Ticked: slices.Contains(ticked, o.Hash)}
		for _, k := range o.Sample {
			out[i].Rows = append(out[i].Rows, &row{Case: k, Me: a.ID, Now: now})
		}
		all = append(all, out[i].Rows...)
	}
	return out, h.quote(ctx, a, all)
}

// sweep closes what was ticked. The audit log has it before anything is closed.
func (h *Handler) sweep(c *gin.Context) {
	ctx, a := c.Request.Context(), me(c)
	seen, _ := strconv.ParseInt(c.PostForm("seen"), 10, 64)
	sw := casework.Sweeping{Origins: c.PostFormArray("origin"), Reason: c.PostForm("reason"), Key: c.PostForm("key")}
	if seen > 0 {
		sw.Seen = time.UnixMicro(seen).UTC()
	}
	var done casework.Swept
	err := casework.ErrKey
	if len(sw.Key) == len(newKey()) {
		err = h.Trail.RecordWatching(ctx, audit.Event{Kind: audit.Sweep, Object: sw.Key})
	}
	if err == nil {
		done, err = h.Cases.Sweep(ctx, actor(a), sw)
	}
	if err != nil {
		status, text := explain(err)
		if status >= http.StatusInternalServerError {
			h.fail(c, err)
			return
		}
		h.renderSweep(c, status, sweepPage{Notice: text, Reason: sw.Reason, Key: newKey()}, sw.Origins)
		return
	}
	q := url.Values{"closed": {strconv.Itoa(done.Closed)}, "kept": {strconv.Itoa(done.Left)}}
	if done.More {
		q.Set("more", "1")
	}
	redirect(c, "/desk/sweep?"+q.Encode())
}

func (h *Handler) known(c *gin.Context, id string) error {
	_, err := h.Cases.Known(c.Request.Context(), id, actor(me(c)))
	return err
}

// Missing answers for an address under /desk that leads nowhere.
func (h *Handler) Missing(c *gin.Context) {
	h.secure(c)
	if !c.IsAborted() {
		h.fail(c, errNoPage)
	}
}
