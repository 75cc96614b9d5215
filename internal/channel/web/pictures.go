package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/session"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// Pictures is what the chat needs of package media.
type Pictures interface {
	Take(ctx context.Context, personID, key string, data []byte) (media.Item, error)
	Of(ctx context.Context, ids ...string) (map[string]media.Item, error)
	OpenOwn(ctx context.Context, personID, id string) (media.Item, io.ReadSeeker, error)
}

func (c *Chat) pictureRoutes(g *gin.RouterGroup) {
	if c.o.Pictures != nil {
		g.POST("/media", c.takePicture)
		g.GET("/media/:id", c.ownPicture)
	}
}

// A picture from a slow phone may take longer than the server's limits for requests.
const (
	uploadTime = 60 * time.Second
	answerTime = 90 * time.Second
)

// takePicture takes a picture in, as the body of the request, and hands its message to the bot.
func (c *Chat) takePicture(g *gin.Context) {
	from, ok := c.visitors.Of(g.Request)
	id := g.Query("id")
	switch {
	case !ok:
		fail(g, http.StatusUnauthorized, "页面已过期，请刷新后再试")
		return
	case !idForm.MatchString(id):
		fail(g, http.StatusBadRequest, "图片没有发送成功，请再试一次")
		return
	}
	if err := c.o.Budget.Take(g.Request.Context(), budget.Picture, c.by(g)); err != nil {
		c.spent(g, err)
		return
	}
	ctx, cancel := context.WithTimeout(budget.With(context.WithoutCancel(g.Request.Context()), c.by(g)), answerTime)
	defer cancel()
	p, err := c.o.People.Find(ctx, from)
	open := ""
	switch {
	case errors.Is(err, person.ErrNotFound): // who has said nothing has no case
		err = nil
	case err == nil:
		open, err = c.o.OpenCase(ctx, p.ID)
	}
	if err != nil {
		c.pictureFailed(g, err)
		return
	}
	if open == "" { // nobody would see it: then it is not asked for either
		fail(g, http.StatusForbidden, "现在没有老师在跟进，图片没有人看，请打字告诉我。想找老师，发“人工”")
		return
	}
	rc := http.NewResponseController(g.Writer)
	_ = rc.SetReadDeadline(time.Now().Add(uploadTime)) // not every writer has one
	_ = rc.SetWriteDeadline(time.Now().Add(answerTime))
	data, err := io.ReadAll(http.MaxBytesReader(g.Writer, g.Request.Body, media.MaxImage))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			fail(g, http.StatusRequestEntityTooLarge, "图片太大了，最大 10 MB")
			return
		}
		fail(g, http.StatusBadRequest, "图片没有传完，请再试一次")
		return
	}
	it, err := c.o.Pictures.Take(ctx, p.ID, "web:"+p.ID+":"+id, data)
	if err != nil {
		c.pictureFailed(g, err)
		return
	}
	replies, err := c.o.Handle(ctx, channel.Inbound{Address: from, ID: id, Kind: channel.KindImage, Media: channel.Media{Kept: it.ID}, Origin: c.o.Origin(session.Network(g.ClientIP())), At: c.o.Now()})
	if err != nil {
		c.pictureFailed(g, err)
		return
	}
	g.JSON(http.StatusOK, gin.H{"replies": nonNil(replies)})
}

func (c *Chat) pictureFailed(g *gin.Context, err error) {
	var no *media.RefusedError
	switch {
	case errors.Is(err, media.ErrTooMany):
		fail(g, http.StatusTooManyRequests, "今天发的图片已经很多了，请打字告诉老师")
	case errors.As(err, &no) && no.Why == media.TooVast:
		fail(g, http.StatusUnprocessableEntity, "图片尺寸太大，打不开。请截一部分再发")
	case errors.As(err, &no):
		fail(g, http.StatusUnprocessableEntity, "这个文件打不开。可以发 JPG、PNG、GIF 或 WebP 图片")
	default:
		c.o.Log.Error("a picture was not taken in", "error", err)
		fail(g, http.StatusServiceUnavailable, "系统这会儿有点忙，图片没有发出去，请再试一次。情况紧急请拨打 12356、120 或 110")
	}
}

// ownPicture shows a person a picture that they sent, and nobody else.
func (c *Chat) ownPicture(g *gin.Context) {
	from, ok := c.visitors.Of(g.Request)
	if !ok {
		g.AbortWithStatus(http.StatusUnauthorized)
		return
	}
	p, err := c.o.People.Find(g.Request.Context(), from)
	if errors.Is(err, person.ErrNotFound) {
		g.AbortWithStatus(http.StatusNotFound)
		return
	}
	if err != nil {
		c.pictureFailed(g, err)
		return
	}
	it, body, err := c.o.Pictures.OpenOwn(g.Request.Context(), p.ID, g.Param("id"))
	switch {
	case errors.Is(err, media.ErrNotFound), errors.Is(err, media.ErrGone):
		g.AbortWithStatus(http.StatusNotFound)
		return
	case err != nil:
		c.pictureFailed(g, err)
		return
	}
	h := g.Writer.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Type", it.Type)
	h.Set("Content-Disposition", "inline")
	http.ServeContent(g.Writer, g.Request, "", time.Time{}, body)
}

// shownPicture is a picture as the page gets it, with the size at which it stands there.
type shownPicture struct {
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

// mine returns what is kept of what the person sent in these messages.
func (c *Chat) mine(ctx context.Context, ms []transcript.Message) (map[string]media.Item, error) {
	if c.o.Pictures == nil {
		return nil, nil
	}
	var ids []string
	for _, m := range ms {
		if m.Media != nil {
			ids = append(ids, m.Media.Item)
		}
	}
	return c.o.Pictures.Of(ctx, ids...)
}

func pictureOf(m transcript.Message, mine map[string]media.Item) *shownPicture {
	if m.Media == nil {
		return nil
	}
	it, ok := mine[m.Media.Item]
	if !ok || it.State != media.Kept || it.Kind != channel.KindImage {
		return nil
	}
	w, h := it.Fit(240)
	return &shownPicture{URL: "/chat/media/" + it.ID, Width: w, Height: h}
}
