package desk

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// Media is what the desk needs of package media.
type Media interface {
	Of(ctx context.Context, ids ...string) (map[string]media.Item, error)
	Open(ctx context.Context, id string) (media.Item, io.ReadSeeker, error)
}

func (h *Handler) mediaRoutes(work *gin.RouterGroup) {
	if h.Media != nil {
		work.GET("/media/:id", h.need(staff.ReadConversation), h.showMedia)
	}
}

// attachment is what a line shows beside words: a place, or an item with where it stands.
type attachment struct {
	Place *place
	Item  media.Item
	Kind  channel.Kind
}

// place is where somebody said that they are, or want to be.
type place struct {
	Label string
	Coord string
	Map   string // the address of a map
}

// attach adds to lines what people sent beside words, and takes the words away that stood for it.
func (h *Handler) attach(ctx context.Context, lines []line) error {
	var ids []string
	for _, l := range lines {
		if l.Media != nil {
			ids = append(ids, l.Media.Item)
		}
	}
	items := map[string]media.Item{}
	if h.Media != nil {
		var err error
		if items, err = h.Media.Of(ctx, ids...); err != nil {
			return err
		}
	}
	for i := range lines {
		l := &lines[i]
		switch {
		case l.Location != nil:
			l.Shown, l.Text = &attachment{Place: placeOf(*l.Location)}, ""
		case l.Media != nil:
			l.Shown = &attachment{Item: items[l.Media.Item], Kind: l.Media.Kind}
			if l.Text = strings.TrimPrefix(l.Text, "［"+l.Shown.What()+"］"); l.Text != "" {
				l.Text = "微信转写：" + l.Text // of a voice: not word for word what was said
			}
		}
	}
	return nil
}

// placeOf links to a map that needs no key. AMap counts in GCJ-02 and converts what a GPS says.
func placeOf(l channel.Location) *place {
	q := url.Values{"position": {fmt.Sprintf("%.6f,%.6f", l.Longitude, l.Latitude)}}
	if l.Datum == "wgs84" {
		q.Set("coordinate", "wgs84")
	}
	name := strings.TrimSpace(l.Label)
	if name == "" {
		name = "TA 发来的位置"
	}
	q.Set("name", name)
	return &place{Label: l.Label, Coord: fmt.Sprintf("纬度 %.5f，经度 %.5f", l.Latitude, l.Longitude), Map: "https://uri.amap.com/marker?" + q.Encode()}
}

// What is what the item is called.
func (a *attachment) What() string {
	switch a.Kind {
	case channel.KindVoice:
		return "语音"
	case channel.KindVideo:
		return "视频"
	}
	return "图片"
}

// Path is where the item is served.
func (a *attachment) Path() string { return "/desk/media/" + a.Item.ID }

// box is how large a picture stands in the conversation at most, in pixels of the page.
const box = 300

// Width is the width at which a picture stands in the conversation.
func (a *attachment) Width() int { w, _ := a.Item.Fit(box); return w }

// Height is the height that goes with it.
func (a *attachment) Height() int { _, h := a.Item.Fit(box); return h }

// Plays says whether a browser can play the voice.
func (a *attachment) Plays() bool { return media.Plays(a.Item.Type) }

// Format is a voice's format as people call it.
func (a *attachment) Format() string {
	if strings.HasPrefix(a.Item.Type, "audio/amr") {
		return "AMR"
	}
	return "Speex"
}

// Size is the item's size as people say it.
func (a *attachment) Size() string {
	if a.Item.Size < 1<<20 {
		return fmt.Sprintf("%d KB", (a.Item.Size+1023)/1024)
	}
	return fmt.Sprintf("%.1f MB", float64(a.Item.Size)/(1<<20))
}

// State says why the item cannot be shown, "" where it can.
func (a *attachment) State() string {
	switch a.Item.State {
	case media.Kept:
		return ""
	case media.Coming:
		return "正在取回…"
	case media.Expired:
		return "过了保存期，已经删除"
	case media.Failed:
		return "取不到：" + whyLabel(a.Item.Why)
	}
	return "发来的时候没有开着的个案，没有取回"
}

func whyLabel(w media.Why) string {
	switch w {
	case media.Gone:
		return "微信那边已经没有了（只保存三天）"
	case media.TooLarge:
		return "文件太大"
	case media.WrongType:
		return "不是能放心打开的格式"
	case media.Unreadable:
		return "文件坏了"
	case media.TooVast:
		return "尺寸太大，打不开"
	case media.TooMany:
		return "TA 今天发得太多了"
	case media.NoWay:
		return "这个渠道或账号不能取回"
	}
	return "原因不明"
}

// mediaSandbox is the policy of what a person sent: should it be opened by itself, it may run nothing and fetch nothing.
const mediaSandbox = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'" // the style is the browser's own, round a picture

// showMedia serves an item as what it was found to be.
func (h *Handler) showMedia(c *gin.Context) {
	ctx, id := c.Request.Context(), c.Param("id")
	it, body, err := h.Media.Open(ctx, id)
	if err != nil {
		h.fail(c, err)
		return
	}
	hd := c.Writer.Header()
	hd.Set("Content-Security-Policy", mediaSandbox)
	hd.Set("Cross-Origin-Resource-Policy", "same-origin")
	hd.Set("Content-Type", it.Type)
	how := "inline"
	if c.Query("save") != "" {
		how = "attachment"
	}
	hd.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": "xinqiao-" + it.Sent.In(citytime.Zone).Format("20060102-150405") + extension(it.Type)}))
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, body)
}

func extension(typ string) string {
	switch typ {
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "audio/amr", "audio/amr-wb":
		return ".amr"
	case "audio/ogg":
		return ".spx"
	case "audio/mpeg":
		return ".mp3"
	case "video/mp4":
		return ".mp4"
	}
	return ".bin"
}
