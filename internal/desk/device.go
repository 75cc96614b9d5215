package desk

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// deviceCookie says that somebody has signed in with this browser before: others cannot shut them out there by guessing. It
// opens nothing by itself.
const (
	deviceCookie = "xinqiao_device"
	deviceLife   = 400 * 24 * time.Hour // browsers keep no cookie for longer
)

func deviceOf(c *gin.Context) string {
	ck, err := c.Request.Cookie(deviceCookie)
	if err != nil || len(ck.Value) != 43 {
		return ""
	}
	return ck.Value
}

// keepDevice gives a browser that has none its secret, and one that has it more time.
func (h *Handler) keepDevice(c *gin.Context) string {
	device := deviceOf(c)
	if device == "" {
		device = staff.NewDevice()
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure wherever the desk is reached over https
		Name: deviceCookie, Value: device, Path: "/desk", MaxAge: int(deviceLife / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: h.sessions.Cookie.Secure,
	})
	return device
}

// deviceLabel says in words that its owner knows what a browser calls itself.
func deviceLabel(agent string) string {
	find := func(of [][2]string) string {
		for _, o := range of {
			if strings.Contains(agent, o[0]) {
				return o[1]
			}
		}
		return ""
	}
	system := find([][2]string{{"OpenHarmony", "鸿蒙"}, {"HarmonyOS", "鸿蒙"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "安卓手机"}, {"Windows", "Windows 电脑"}, {"Macintosh", "Mac 电脑"}, {"Linux", "Linux 电脑"}})
	browser := find([][2]string{{"MicroMessenger", "微信"}, {"wxwork", "企业微信"}, {"Edg", "Edge"}, {"QQBrowser", "QQ 浏览器"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}})
	switch {
	case system != "" && browser != "":
		return system + " · " + browser
	case system != "":
		return system
	case browser != "":
		return browser
	}
	return "认不出的设备"
}

// unknown tells somebody of new devices of their account, on every page but those of the new device itself.
func (h *Handler) unknown(c *gin.Context, p *page) {
	s, ok := mySession(c.Request.Context())
	if !ok || p.Me.ID == "" {
		return
	}
	var err error
	if p.Unknown, err = h.Staff.NewDevices(c.Request.Context(), s); err != nil { // the page is worth more than its line
		h.Log.WarnContext(c.Request.Context(), "desk cannot look for new devices", "err", err)
	}
}
