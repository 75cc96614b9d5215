// Package retention says how long each kind of thing is kept, and drops what is over: once a day, by one replica, in small pieces
// (Personal Information Protection Law, article 19: no longer than the purpose needs). How long is configured; what is a row
// of which kind is the store's. Start reading at Rules and Run.
package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// Kind is one kind of thing that is kept.
type Kind string

// The kinds, in the order in which they are dropped: what leads to others goes after them.
const (
	Cases        Kind = "cases"
	Messages     Kind = "messages"
	Letters      Kind = "letters"
	Results      Kind = "results"
	Drafts       Kind = "drafts"
	Appointments Kind = "appointments"
	Signups      Kind = "signups"
	Requests     Kind = "requests"
	Media        Kind = "media"
	Notices      Kind = "notices"
	Consents     Kind = "consents"
	Codes        Kind = "codes"
	Sessions     Kind = "sessions"
	Tokens       Kind = "tokens"
	Work         Kind = "work"
	Audit        Kind = "audit"
)

// Kinds lists them.
func Kinds() []Kind {
	return []Kind{Cases, Messages, Letters, Results, Drafts, Appointments, Signups, Requests, Media, Notices, Consents, Codes, Sessions, Tokens, Work, Audit}
}

// About says what a kind is and from when it is counted, in words for whoever runs the service.
func (k Kind) About() string {
	switch k {
	case Cases:
		return "结束了的个案（从结束那天算），连同记录、转介"
	case Messages:
		return "对话（从说的那天算）；还有个案的人，等个案到期再删"
	case Letters:
		return "回过的信（从最后一次算）；放在树洞信箱里的不算"
	case Results:
		return "自测结果（从做完那天算）"
	case Drafts:
		return "做了一半的自测"
	case Appointments:
		return "预约（从预约的那一天算），连同到站记录和评价"
	case Signups:
		return "活动报名（从活动那天算）"
	case Requests:
		return "办完的家校请求（从办完那天算）"
	case Media:
		return "图片、语音的记录（文件本身按 media 的设置删）"
	case Notices:
		return "通知的收发记录"
	case Consents:
		return "同意、年龄的历史（现在还有效的同意一直留着）"
	case Codes:
		return "给监护人的码"
	case Sessions:
		return "值班台的登录（从过期算）"
	case Tokens:
		return "停用、过期的接口令牌"
	case Work:
		return "没办成的后台任务"
	case Audit:
		return "操作记录（整条链从最早的开始，一段一段地剪）"
	}
	return string(k)
}

// Rules are how many days each kind is kept; a kind that is missing, or 0, is kept for good.
type Rules map[Kind]int

// Over is what of a kind is over.
type Over struct {
	N      int
	Oldest time.Time // of what is over; zero where nothing is
}

// Run is when a kind was last gone through, and what came of it.
type Run struct {
	Kind    Kind
	At      time.Time
	Dropped int  // in that run
	Done    bool // nothing was left to drop
	Failed  string
}

// Store finds and drops what is over.
type Store interface {
	// Over counts what of a kind is older than a moment.
	Over(ctx context.Context, k Kind, before time.Time) (Over, error)
	// Drop drops up to n of it, the oldest first, in one transaction, with all that hangs on it.
	Drop(ctx context.Context, k Kind, before time.Time, n int) (int, error)
	Runs(ctx context.Context) (map[Kind]Run, error)
	NoteRun(ctx context.Context, r Run) error
}

// Trail is the audit trail, which is cut from its beginning and signed anew, never thinned out.
type Trail interface {
	Purge(ctx context.Context, before time.Time) (removed int64, err error)
}

// Service drops what is over. Metrics may be nil.
type Service struct {
	Store   Store
	Rules   Rules
	Trail   Trail
	Outbox  outbox.Queue
	Metrics *Metrics
	Log     *slog.Logger
	citytime.Clock
}

const (
	// batch is how many of a kind are dropped in one transaction: others wait no longer than that takes.
	batch = 200
	// batchesARun bounds one run: what is left comes a few minutes later, so that a stop loses nothing and a backlog is no burden.
	batchesARun = 50
	again       = 5 * time.Minute
)

// KindPurge is the outbox kind of a day's run.
const KindPurge = "retention.purge"

type purge struct{}

// Kind implements outbox.Job.
func (purge) Kind() string { return KindPurge }

// Plan puts the next run into the outbox: one for all replicas. Every replica may call it, at its start.
func (s *Service) Plan(ctx context.Context) error { return s.plan(ctx, nextNight(s.Time())) }

func (s *Service) plan(ctx context.Context, at time.Time) error {
	row := outbox.Row{Key: KindPurge + ":" + at.UTC().Format("2006-01-02T15:04"), RunAt: at}
	if err := outbox.Ask(ctx, s.Outbox, purge{}, row); err != nil {
		return fmt.Errorf("plan the next run of retention: %w", err)
	}
	return nil
}

// nextNight is four at night in Guangzhou, when nearly nobody writes.
func nextNight(now time.Time) time.Time {
	t := now.In(citytime.Zone)
	at := time.Date(t.Year(), t.Month(), t.Day(), 4, 0, 0, 0, citytime.Zone)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// Purge is the outbox handler of KindPurge. What cannot be dropped today holds nothing else up, and is tried tomorrow.
func (s *Service) Purge(ctx context.Context, _ outbox.Row) error {
	next := nextNight(s.Time())
	var failed []error
	for _, k := range Kinds() {
		r, err := s.drop(ctx, k)
		if ctx.Err() != nil { // the replica stops: another takes the row up
			return ctx.Err()
		}
		if err != nil {
			failed = append(failed, err)
			s.Log.Error("what is kept no longer could not be dropped; it is tried again tomorrow", "kind", string(k), "error", err)
		}
		if err == nil && !r.Done {
			next = s.Time().Add(again)
		}
	}
	if err := s.plan(ctx, next); err != nil {
		return err
	}
	if len(failed) == len(Kinds()) { // the database is away, most likely: the outbox tries again
		return errors.Join(failed...)
	}
	return nil
}

// before is the moment up to which a kind is over; false where it is kept for good.
func (s *Service) before(k Kind) (time.Time, bool) {
	days := s.Rules[k]
	return s.Time().AddDate(0, 0, -days), days > 0
}

// drop drops what of a kind is over, as much as one run may.
func (s *Service) drop(ctx context.Context, k Kind) (r Run, err error) {
	before, ends := s.before(k)
	if !ends || k == Audit && s.Trail == nil {
		return Run{Kind: k, Done: true}, nil
	}
	r = Run{Kind: k, At: s.Time()}
	if k == Audit {
		var n int64
		n, err = s.Trail.Purge(ctx, before)
		r.Dropped, r.Done = int(n), err == nil
	} else {
		for range batchesARun {
			var n int
			if n, err = s.Store.Drop(ctx, k, before, batch); err != nil {
				break
			}
			r.Dropped += n
			s.Metrics.dropped(k, n)
			if r.Done = n < batch; r.Done {
				break
			}
		}
	}
	if err != nil {
		r.Failed = "failed"
	}
	if noted := s.Store.NoteRun(context.WithoutCancel(ctx), r); noted != nil {
		return r, errors.Join(err, noted)
	}
	if err == nil {
		s.Metrics.ran(k, r.At)
		s.Log.Info("dropped what is kept no longer", "kind", string(k), "rows", r.Dropped, "done", r.Done)
	}
	if err != nil {
		return r, fmt.Errorf("drop %s: %w", k, err)
	}
	return r, nil
}

// Line is what is to be said of a kind.
type Line struct {
	Kind Kind
	Days int
	Over Over
	Last Run // the zero Run where there was none
}

// Look says of each kind what a run now would drop, and when there was one. It changes nothing.
func (s *Service) Look(ctx context.Context) ([]Line, error) {
	runs, err := s.Store.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("read when retention last ran: %w", err)
	}
	var out []Line
	for _, k := range Kinds() {
		l := Line{Kind: k, Days: s.Rules[k], Last: runs[k]}
		if before, ends := s.before(k); ends {
			if l.Over, err = s.Store.Over(ctx, k, before); err != nil {
				return nil, fmt.Errorf("count what is over of %s: %w", k, err)
			}
		}
		out = append(out, l)
	}
	return out, nil
}
