package desk

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

// TrailWatch verifies the audit trail.
type TrailWatch interface {
	// Verdict is what the last verification came to; false where there was none yet.
	Verdict() (audit.Verdict, bool)
	Verify(ctx context.Context, writtenDown ...audit.Mark) (audit.Verdict, error)
}

func (h *Handler) auditRoutes(work *gin.RouterGroup) {
	if h.Watch == nil {
		return
	}
	sees := h.need(staff.SeeAudit)
	work.GET("/audit", sees, h.showAudit)
	work.GET("/audit/table.csv", sees, h.downloadAudit)
	work.POST("/audit/verify", sees, h.verifyAudit)
}

// auditPage is the trail as an auditor looks through it.
type auditPage struct {
	Who, What, Case string // what was asked for
	From, To        string // dates
	Notice          string
	Groups          []audit.Group
	Lines           []auditLine
	Next            string // address of the next page
	First           bool   // it is the first page
	Narrowed        bool
	Table           string // address of the table of the same lines
	Counts          []auditCount
	Total           int
	Week            []auditCount // security, over the last seven days
	Verdict         audit.Verdict
	Verified        bool
}

type auditCount struct {
	Label string
	N     int
	Alarm bool
}

// auditLine is a line with what its object is called.
type auditLine struct {
	audit.Line
	Of string
}

// RoleLabel is what the line's role is called.
func (l auditLine) RoleLabel() string {
	switch l.Role {
	case "":
		return ""
	case audit.RoleOperator:
		return "服务器命令行"
	case audit.RoleProgram:
		return "程序"
	case audit.RolePerson:
		return "用户本人"
	}
	return staff.Role(l.Role).Label()
}

const auditShown = 50

func (h *Handler) showAudit(c *gin.Context) {
	ctx := c.Request.Context()
	p := &auditPage{Groups: audit.Groups()}
	f := h.auditFilter(c, p)
	lines, err := h.Trail.Look(ctx, f, auditShown+1)
	if err != nil {
		h.fail(c, err)
		return
	}
	p.First = f.Before == 0
	if len(lines) > auditShown {
		lines = lines[:auditShown]
		p.Next = p.address(map[string]string{"before": strconv.FormatInt(lines[auditShown-1].Seq, 10)})
	}
	p.Table = "/desk/audit/table.csv" + strings.TrimPrefix(p.address(nil), "/desk/audit")
	if p.Lines, err = h.numbered(ctx, lines); err == nil {
		err = h.auditCounts(ctx, p, f)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	p.Verdict, p.Verified = h.Watch.Verdict()
	h.render(c, http.StatusOK, "audit", page{Title: "审计记录", Section: "audit", Me: me(c), Data: p})
}

// auditFilter reads what was asked. What cannot be read is left out and said.
func (h *Handler) auditFilter(c *gin.Context, p *auditPage) (f audit.Filter) {
	p.Who, p.What, p.Case, p.From, p.To = strings.TrimSpace(c.Query("who")), c.Query("what"), strings.TrimSpace(c.Query("case")), c.Query("from"), c.Query("to")
	f.Actor = p.Who
	for _, g := range audit.Groups() {
		if string(g) == p.What {
			f.Kinds = audit.KindsOf(g)
		}
	}
	if k := audit.Kind(p.What); k.Known() {
		f.Kinds = []audit.Kind{k}
	}
	if f.Kinds == nil {
		p.What = ""
	}
	if p.Case != "" {
		n, wrong := strconv.Atoi(strings.TrimPrefix(p.Case, "#"))
		if wrong == nil {
			f.Object, wrong = h.Cases.Numbered(c.Request.Context(), n)
		}
		if wrong != nil {
			p.Notice, f.Object = "没有编号是“"+p.Case+"”的个案。编号像 #1027，在个案页面的上方。", "-"
		}
	}
	day := func(text string, add int) time.Time {
		if text == "" {
			return time.Time{}
		}
		t, wrong := time.ParseInLocation(time.DateOnly, text, citytime.Zone)
		if wrong != nil {
			p.Notice = "日期没有看懂，请用日历选一下。"
			return time.Time{}
		}
		return t.AddDate(0, 0, add)
	}
	f.From, f.To = day(p.From, 0), day(p.To, 1)
	p.Narrowed = p.Who != "" || p.What != "" || p.Case != "" || p.From != "" || p.To != ""
	f.Before, _ = strconv.ParseInt(c.Query("before"), 10, 64)
	return f
}

// address is that of a page of what was asked.
func (p *auditPage) address(more map[string]string) string {
	q := url.Values{}
	for name, value := range map[string]string{"who": p.Who, "what": p.What, "case": p.Case, "from": p.From, "to": p.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, value := range more {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return "/desk/audit"
	}
	return "/desk/audit?" + q.Encode()
}

// numbered gives cases their numbers. What else there is keeps its ID, of which the beginning is shown.
func (h *Handler) numbered(ctx context.Context, lines []audit.Line) ([]auditLine, error) {
	ids := make([]string, 0, len(lines))
	for _, l := range lines {
		ids = append(ids, l.Object)
	}
	numbers, err := h.Cases.Numbers(ctx, ids...)
	if err != nil {
		return nil, err
	}
	out := make([]auditLine, len(lines))
	for i, l := range lines {
		out[i] = auditLine{l, l.Object}
		if n, ok := numbers[l.Object]; ok {
			out[i].Of = fmt.Sprintf("个案 #%d", n)
		} else if len(l.Object) == 36 && strings.Count(l.Object, "-") == 4 {
			out[i].Of = "编号 " + l.Object[24:]
		} else if strings.HasPrefix(l.Object, "p-") && len(l.Object) > 10 {
			out[i].Of = "某人 " + l.Object[:10]
		}
	}
	return out, nil
}

// alarming are the kinds that an auditor sees at a glance, with what they are called together.
var alarming = []struct {
	label string
	kinds []audit.Kind
	alarm bool
}{
	{"登录失败", []audit.Kind{audit.SignInFailed}, false},
	{"尝试太多，被挡住", []audit.Kind{audit.SignInLocked}, true},
	{"没有权限，被拒绝", []audit.Kind{audit.Denied}, false},
	{"看到了身份信息", []audit.Kind{audit.OpenIdentity, audit.OpenPolice}, false},
	{"带走数据", []audit.Kind{audit.DownloadBoard, audit.ExportPerson, audit.ExportData, audit.ExportAudit}, false},
	{"账号和令牌有变动", []audit.Kind{audit.AccountAdded, audit.AccountDisabled, audit.AccountChanged, audit.RoleChanged, audit.PasswordReset, audit.TokenMade, audit.TokenRevoked, audit.SecondFactor}, false},
}

func (h *Handler) auditCounts(ctx context.Context, p *auditPage, f audit.Filter) error {
	f.Before = 0
	all, err := h.Trail.Counts(ctx, f)
	if err != nil {
		return err
	}
	for _, g := range audit.Groups() {
		n := 0
		for _, k := range audit.KindsOf(g) {
			n += all[k]
		}
		p.Total += n
		if n > 0 {
			p.Counts = append(p.Counts, auditCount{Label: string(g), N: n})
		}
	}
	week, err := h.Trail.Counts(ctx, audit.Filter{From: h.now().AddDate(0, 0, -7)})
	if err != nil {
		return err
	}
	for _, a := range alarming {
		n := 0
		for _, k := range a.kinds {
			n += week[k]
		}
		p.Week = append(p.Week, auditCount{a.label, n, a.alarm && n > 0})
	}
	return nil
}

// downloadAudit writes the lines that were asked for as a table. It is itself a line of the trail before it begins.
func (h *Handler) downloadAudit(c *gin.Context) {
	p := &auditPage{}
	f := h.auditFilter(c, p)
	f.Before = 0
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="xinqiao-audit-`+h.now().In(citytime.Zone).Format("20060102-1504")+`.csv"`)
	if n, err := h.Trail.WriteCSV(c.Request.Context(), c.Writer, f, citytime.Zone); err != nil {
		if !c.Writer.Written() {
			c.Writer.Header().Del("Content-Disposition")
			h.fail(c, err)
			return
		}
		h.Log.ErrorContext(c.Request.Context(), "the audit trail was not written to its end", "lines", n, "err", err)
		panic(http.ErrAbortHandler) // a table that is cut off must not look whole
	}
}

// verifyAudit reads the whole trail anew.
func (h *Handler) verifyAudit(c *gin.Context) {
	ctx := c.Request.Context()
	v, err := h.Watch.Verify(ctx)
	if err == nil {
		err = h.Trail.Record(ctx, audit.Event{Kind: audit.VerifyAudit, Object: fmt.Sprintf("1-%d", v.Head.Seq), Note: v.Word()})
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	redirect(c, "/desk/audit")
}
