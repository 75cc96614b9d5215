package desk

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/notify"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// Push turns notifications on in a browser. Key is what the browser asks its push service with; Try sends a trial.
type Push struct {
	Key func(ctx context.Context) (string, error)
	Try func(ctx context.Context, a staff.Account) error
}

// myPush is in which browsers a member of staff is called.
type myPush struct {
	Key      string
	Browsers []staff.Browser
	Notice   string
	Failed   bool // what Notice says is no good news
}

func (h *Handler) pushRoutes(work *gin.RouterGroup) {
	if h.Push == nil {
		return
	}
	work.POST("/me/push", h.need(staff.Acknowledge), h.push(h.addBrowser))
	work.POST("/me/push/try", h.need(staff.Acknowledge), h.push(h.tryBrowser))
	work.POST("/me/push/drop", h.push(h.dropBrowser))
}

// renderMine shows the page of who signed in, with the parts that p does not hold yet.
func (h *Handler) renderMine(c *gin.Context, status int, p page) {
	p.Title, p.Section, p.Me, p.Talks = "我的账号", "me", me(c), me(c).May(staff.Talk)
	notice := ""
	if p.Safety != nil {
		notice = p.Safety.Notice
	}
	var err error
	if p.Safety, err = h.safetyOf(c, notice); err != nil {
		h.fail(c, err)
		return
	}
	p.Phone.Offered = h.TryPhone != nil && p.Me.May(staff.Acknowledge)
	if h.Push != nil && p.Me.May(staff.Acknowledge) {
		mine, _ := p.Data.(myPush)
		if mine.Browsers, err = h.Staff.BrowsersOf(c.Request.Context(), p.Me.ID); err == nil {
			mine.Key, err = h.Push.Key(c.Request.Context())
		}
		if err != nil {
			h.fail(c, err)
			return
		}
		p.Data, p.Scripts = mine, []string{"push-on.js"}
	}
	h.render(c, status, "me", p)
}

// push wraps what a member of staff does about their browsers, and shows the page again.
func (h *Handler) push(do func(c *gin.Context, p *myPush) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		var p myPush
		if err := do(c, &p); err != nil {
			h.fail(c, err)
			return
		}
		phone, err := h.Staff.Phone(c.Request.Context(), me(c).ID)
		if err != nil {
			h.fail(c, err)
			return
		}
		h.renderMine(c, http.StatusOK, page{Phone: &myPhone{Phone: phone}, Data: p})
	}
}

func (h *Handler) addBrowser(c *gin.Context, p *myPush) error {
	b := staff.Browser{
		Label: strings.TrimSpace(c.PostForm("label")), Endpoint: c.PostForm("endpoint"), P256dh: c.PostForm("p256dh"), Auth: c.PostForm("auth"),
	}
	if err := notify.CheckDevice(notify.Device{Endpoint: b.Endpoint, P256dh: b.P256dh, Auth: b.Auth}); err != nil {
		return err
	}
	p.Notice = "已经打开。有人需要您时，这台设备会响，值班台关着也会。"
	return h.Staff.AddBrowser(c.Request.Context(), me(c), b)
}

func (h *Handler) tryBrowser(c *gin.Context, p *myPush) error {
	p.Notice = "已经发出一条测试推送，看看设备收到没有。"
	if err := h.Push.Try(c.Request.Context(), me(c)); err != nil {
		h.Log.WarnContext(c.Request.Context(), "a trial did not reach a member of staff", "staff", me(c).ID, "err", err)
		p.Notice, p.Failed = "没有发成功：推送服务没有接受，或者连不上。收不到的设备请移除后再打开一次。", true
	}
	return nil
}

func (h *Handler) dropBrowser(c *gin.Context, p *myPush) error {
	p.Notice = "已经移除，那台设备不会再响。"
	return h.Staff.DropBrowser(c.Request.Context(), me(c).ID, c.PostForm("id"))
}

// serveWorker serves the script that shows notifications while the desk is closed. It stands at /desk/push.js, for a
// worker looks after what lies beside it and below. It is asked for without a session: a browser renews it on its own.
func serveWorker(c *gin.Context) {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", worker)
}

// worker is that script.
var worker = func() []byte {
	b, err := static.ReadFile("static/worker/push.js")
	if err != nil {
		panic(err) // the folder is embedded, see static.go
	}
	return b
}()

// serveManifest lets a phone put the desk on its home screen: an iPhone takes notifications only from there.
func serveManifest(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=300")
	c.Data(http.StatusOK, "application/manifest+json; charset=utf-8", []byte(manifest))
}

const manifest = `{"name":"心桥值班台","short_name":"值班台","lang":"zh-Hans","start_url":"/desk","scope":"/desk","display":"standalone",
"background_color":"#f5f3ee","theme_color":"#1d5f50","icons":[{"src":"/desk/static/icon.svg","sizes":"any","type":"image/svg+xml","purpose":"any"}]}`
