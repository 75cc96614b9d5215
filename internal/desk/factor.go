package desk

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/qr"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// factorPage is what somebody sees who sets up their second factor.
type factorPage struct {
	QR     template.HTML
	Key    string   // in groups of four
	Again  bool     // they have one already
	Codes  []string // recovery codes, shown once
	Issuer string
}

// factorOpen lets only those set up a second factor who have none, or who gave a code of theirs when they signed in: a session
// that began before another one set it up must not replace it.
func (h *Handler) factorOpen(c *gin.Context) (has, ok bool) {
	if me(c).MustChange {
		redirect(c, "/desk/password")
		return false, false
	}
	has, err := h.Staff.HasFactor(c.Request.Context(), me(c).ID)
	if err != nil {
		h.fail(c, err)
		return false, false
	}
	if s, _ := mySession(c.Request.Context()); has && !s.Second {
		h.logout(c)
		return has, false
	}
	return has, true
}

func (h *Handler) showFactor(c *gin.Context) {
	if has, ok := h.factorOpen(c); ok {
		h.offerFactor(c, http.StatusOK, has, "")
	}
}

func (h *Handler) offerFactor(c *gin.Context, status int, has bool, problem string) {
	o, err := h.Staff.OfferFactor(c.Request.Context(), me(c))
	if err != nil {
		h.fail(c, err)
		return
	}
	after := localNext(c.Query("next"))
	if c.Request.Method == http.MethodPost {
		after = localNext(c.PostForm("next"))
	}
	h.render(c, status, "factor", page{Title: "手机验证码", Me: me(c), After: after, Problem: problem, Data: factorPage{
		QR: qr.SVG(o.URI, "给验证器扫的二维码"), Key: inFours(o.Key), Again: has,
	}})
}

func (h *Handler) enrolFactor(c *gin.Context) {
	has, ok := h.factorOpen(c)
	if !ok {
		return
	}
	ctx := c.Request.Context()
	s, _ := mySession(ctx)
	codes, err := h.Staff.EnrolFactor(ctx, me(c), s, c.PostForm("code"))
	if err != nil {
		status, text := explain(err)
		if status >= http.StatusInternalServerError {
			h.fail(c, err)
			return
		}
		h.offerFactor(c, status, has, text)
		return
	}
	h.showRecovery(c, codes)
}

func (h *Handler) newRecovery(c *gin.Context) {
	has, ok := h.factorOpen(c)
	if !ok {
		return
	}
	if !has {
		redirect(c, "/desk/factor")
		return
	}
	codes, err := h.Staff.NewRecovery(c.Request.Context(), me(c))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.showRecovery(c, codes)
}

func (h *Handler) showRecovery(c *gin.Context, codes []string) {
	shown := make([]string, len(codes))
	for i, code := range codes {
		shown[i] = code[:5] + "-" + code[5:]
	}
	h.render(c, http.StatusOK, "recovery", page{Title: "恢复码", Me: me(c), After: onward(c.PostForm("next")), Data: factorPage{Codes: shown}})
}

// inFours sets a key so that it can be typed from the screen.
func inFours(key string) string {
	var b strings.Builder
	for i, r := range key {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// safety is how somebody's account stands: their second factor, and where they are signed in.
type safety struct {
	Has      bool
	Left     int // recovery codes
	Demo     bool
	Sessions []mySessionLine
	Notice   string
}

type mySessionLine struct {
	staff.Session
	This, Near bool // the one that asks, and one from the same network
	Until      time.Time
}

func (h *Handler) safetyRoutes(work *gin.RouterGroup) {
	work.POST("/me/sessions/end", h.ownSafety(h.endOne))
	work.POST("/me/sessions/others", h.ownSafety(h.endOthers))
	work.POST("/me/devices/mine", h.deviceMine)
	work.POST("/me/devices/stranger", h.deviceStranger)
}

func (h *Handler) safetyOf(c *gin.Context, notice string) (*safety, error) {
	ctx := c.Request.Context()
	this, _ := mySession(ctx)
	s := &safety{Demo: h.Staff.Demo, Notice: notice}
	var err error
	if s.Has, err = h.Staff.HasFactor(ctx, me(c).ID); err != nil {
		return nil, err
	}
	if s.Left, err = h.Staff.RecoveryLeft(ctx, me(c)); err != nil {
		return nil, err
	}
	all, err := h.Staff.SessionsOf(ctx, me(c).ID)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		s.Sessions = append(s.Sessions, mySessionLine{Session: x, This: x.ID == this.ID, Near: x.Network == this.Network && x.Network != ""})
	}
	return s, nil
}

// ownSafety wraps what somebody does about their own sessions, and shows their page again.
func (h *Handler) ownSafety(do func(c *gin.Context) (notice string, err error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		notice, err := do(c)
		if err == nil {
			err = h.Staff.Record(c.Request.Context(), me(c), audit.Event{Kind: audit.SessionEnded, Object: me(c).ID})
		}
		if err != nil {
			h.fail(c, err)
			return
		}
		phone, err := h.Staff.Phone(c.Request.Context(), me(c).ID)
		if err != nil {
			h.fail(c, err)
			return
		}
		h.renderMine(c, http.StatusOK, page{Phone: &myPhone{Phone: phone}, Safety: &safety{Notice: notice}})
	}
}

func (h *Handler) endOne(c *gin.Context) (string, error) {
	return "那一处已经退出。", h.Staff.EndSession(c.Request.Context(), me(c).ID, c.PostForm("id"))
}

func (h *Handler) endOthers(c *gin.Context) (string, error) {
	s, _ := mySession(c.Request.Context())
	return "其他地方都已经退出，只剩这一处。", h.Staff.EndOthers(c.Request.Context(), s)
}

// deviceMine says that a new device is the account owner's own.
func (h *Handler) deviceMine(c *gin.Context) {
	s, _ := mySession(c.Request.Context())
	if err := h.Staff.Mine(c.Request.Context(), s); err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk/me")
}

// deviceStranger ends what somebody else began with the account, and has its owner choose another password at once.
func (h *Handler) deviceStranger(c *gin.Context) {
	ctx := c.Request.Context()
	s, _ := mySession(ctx)
	err := h.Staff.NotMine(ctx, s)
	if err == nil {
		err = h.Staff.Record(ctx, me(c), audit.Event{Kind: audit.SessionEnded, Object: me(c).ID, Note: "不认识的设备"})
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk/password")
}
