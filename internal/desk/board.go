package desk

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/board"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func (h *Handler) boardRoutes(work *gin.RouterGroup) {
	if h.Board == nil {
		return
	}
	work.GET("/board", h.need(staff.SeeBoard), h.showBoard)
	work.GET("/board/table.csv", h.need(staff.SeeBoard), h.download("csv", "text/csv; charset=utf-8", writeCSV))
	work.GET("/board/table.xlsx", h.need(staff.SeeBoard), h.download("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", writeXLSX))
	work.GET("/board/report", h.need(staff.SeeBoard), h.showBoardReport)
}

// boardPage is the board with what stands around it.
type boardPage struct {
	Board   board.Board
	Limits  string // by when a case of each level must be seen
	Tables  []boardTable
	Periods []boardPeriod
	Months  []boardPeriod
	Now     []boardTile
}

// boardPeriod is one period to choose.
type boardPeriod struct {
	Key, Label string
	Chosen     bool
}

// boardTile is one figure of the moment, with the page where its work is done, where the role may see that.
type boardTile struct {
	Label, Value, Path, Open string
	Urgent                   bool
}

func (h *Handler) showBoard(c *gin.Context) {
	ctx, now := c.Request.Context(), h.now()
	b, err := h.boardOf(ctx, c.Query("period"))
	if err != nil {
		h.fail(c, err)
		return
	}
	p := boardPage{Board: b, Tables: boardTables(b), Limits: h.limits()}
	if p.Now, err = h.waitingTiles(ctx, me(c)); err != nil {
		h.fail(c, err)
		return
	}
	for _, key := range []string{"today", "7d", "30d"} {
		p.Periods = append(p.Periods, choice(key, b.Period.Key, now))
	}
	keys := board.Months(now, citytime.Zone)
	if b.Period.Month() && !slices.Contains(keys, b.Period.Key) {
		keys = append(keys, b.Period.Key)
	}
	for _, key := range keys {
		p.Months = append(p.Months, choice(key, b.Period.Key, now))
	}
	h.render(c, http.StatusOK, "board", page{Title: "看板", Section: "board", Me: me(c), Data: p, Scripts: []string{"echarts-6.1.0.bars.min.js", "board.js"}})
}

func choice(key, chosen string, now time.Time) boardPeriod {
	label := key
	if p, err := board.PeriodOf(key, now, citytime.Zone); err == nil {
		label = p.Label()
	}
	return boardPeriod{Key: key, Label: label, Chosen: key == chosen}
}

func (h *Handler) boardOf(ctx context.Context, key string) (board.Board, error) {
	p, err := board.PeriodOf(key, h.now(), citytime.Zone)
	if err != nil {
		return board.Board{}, err
	}
	return h.Board.Board(ctx, p)
}

// waitingTiles are what waits now: to whoever may see the cases it is a list of work, with its exact numbers; to others it
// is a figure like every other.
func (h *Handler) waitingTiles(ctx context.Context, r staff.Account) ([]boardTile, error) {
	w, err := h.Board.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	exactly := r.May(staff.SeeCases)
	cases, followUps, letters := w.Shown(exactly)
	tiles := []boardTile{
		{Label: "正在等老师的个案", Value: cases, Path: "/desk", Open: "打开队列", Urgent: w.Cases > 0},
		{Label: "等得最久的", Value: w.Oldest(h.now(), exactly)},
		{Label: "过了时间的回访", Value: followUps, Path: "/desk/tasks", Open: "去回访", Urgent: w.FollowUps > 0},
		{Label: "等回信的来信", Value: letters, Path: "/desk/letters", Open: "看来信"},
	}
	for i, right := range []staff.Right{staff.SeeCases, "", staff.Talk, staff.SeeLetters} {
		if !r.May(right) {
			tiles[i].Path, tiles[i].Urgent = "", false
		}
	}
	return tiles, nil
}

// download writes what the board shows, no more and no less, after the log has who took it along.
func (h *Handler) download(ending, kind string, write func(board.Board, *bytes.Buffer) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx := c.Request.Context()
		b, err := h.boardOf(ctx, c.Query("period"))
		if err != nil {
			h.fail(c, err)
			return
		}
		var file bytes.Buffer // whole or not at all
		if err = write(b, &file); err == nil {
			err = h.Trail.Record(ctx, audit.Event{Kind: audit.DownloadBoard, Object: b.Period.Key + "." + ending})
		}
		if err != nil {
			h.fail(c, err)
			return
		}
		c.Header("Content-Disposition", `attachment; filename="board-`+b.Period.Key+"-"+b.Made.In(citytime.Zone).Format("20060102")+"."+ending+`"`)
		c.Data(http.StatusOK, kind, file.Bytes())
	}
}
