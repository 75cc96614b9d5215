package audit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrBroken says that the trail does not fit together, so that nothing is removed from it.
var ErrBroken = errors.New("audit: the trail is broken; run `xinqiao audit verify`, and keep a copy of the database before anything else")

// Finding is one place where the trail does not fit.
type Finding struct {
	Key  string    // the same each time that it is found: by it somebody says that they looked into it
	Seq  int64     // of the line, or of the first that is missing
	At   time.Time // of the line, or of the one before what is missing
	What string
	Mend string
}

// Verdict is what verifying the trail came to.
type Verdict struct {
	At       time.Time
	Lines    int64
	Start    Mark
	Head     Mark
	Findings []Finding
	More     int       // findings beyond those listed
	Accepted []Finding // those that somebody has looked into: they stand in the trail, and alarm nobody any more
}

// OK says whether the trail fits together.
func (v Verdict) OK() bool { return len(v.Findings) == 0 }

// Word is the verdict in a word.
func (v Verdict) Word() string {
	if v.OK() {
		return "核对无误"
	}
	return fmt.Sprintf("有 %d 处对不上", len(v.Findings)+v.More)
}

const (
	verifyBatch  = 1000
	mostFindings = 50
	keptFindings = 10_000
)

// What to do about a finding.
const (
	mendChanged = "先原样备份数据库（不要修改），再和最近的备份对照这一行，查数据库的登录记录：谁在那之后写过数据库。"
	mendMissing = "先原样备份数据库，再从备份里找回缺少的行，查谁删过；如果刚从旧备份恢复过，缺的就是备份之后的行，请在事故记录里写明。"
	mendMark    = "先原样备份数据库，再核对密钥文件是不是这个数据库的；密钥没错，就是有人改过数据库，请查数据库的登录记录。"
	mendNoted   = "程序当时发现末尾被动过，已经留下这一行。请查那段时间谁写过数据库，把结论写进事故记录。"
)

// Verify reads the whole trail and says where it does not fit. anchors are ends that were written down elsewhere: a trail
// that is shorter, or that has another line at such a place, was set back or written anew.
func (l *Log) Verify(ctx context.Context, anchors ...Mark) (Verdict, error) {
	anchors = append([]Mark{l.known()}, anchors...)
	v, err := l.verify(ctx, anchors)
	if err != nil || v.OK() {
		return v, err
	}
	start, _, err := l.store.Marks(ctx)
	if err == nil && start != v.Start { // old lines were removed while we read
		return l.verify(ctx, anchors)
	}
	return v, err
}

func (l *Log) verify(ctx context.Context, anchors []Mark) (Verdict, error) {
	start, head, err := l.store.Marks(ctx)
	if err != nil {
		return Verdict{}, fmt.Errorf("verify the audit trail: %w", err)
	}
	r := reading{log: l, v: Verdict{At: l.now().UTC(), Start: start, Head: head}, seq: start.Seq, hash: start.Hash, at: start.At, anchors: anchors, accepted: map[string]bool{}}
	if !l.signed(StartMark, start) {
		r.find(fmt.Sprint("start ", start.Seq, start.MAC), start.Seq+1, start.At, "开头的记号被改过", mendMark)
	}
	if !l.signed(HeadMark, head) {
		r.find(fmt.Sprint("head ", head.Seq, head.MAC), head.Seq, head.At, "末尾的记号被改过", mendMark)
	}
	for {
		lines, err := l.store.Lines(ctx, r.seq, verifyBatch)
		if err != nil {
			return Verdict{}, fmt.Errorf("verify the audit trail: %w", err)
		}
		for _, x := range lines {
			r.next(x)
		}
		if len(lines) < verifyBatch {
			break
		}
	}
	r.end()
	r.settle()
	return r.v, nil
}

// Accept writes into the trail that somebody has looked into everything that a verification found, and what it came to. The
// findings stay where they are, and are listed; they alarm nobody any more.
func (l *Log) Accept(ctx context.Context, v Verdict, note string) error {
	for _, f := range v.Findings {
		if err := l.Record(ctx, Event{Kind: AcceptAudit, Object: f.Key, Note: note}); err != nil {
			return err
		}
	}
	return nil
}

// Look returns lines that fit, the newest first, and says in the trail itself who looked.
func (l *Log) Look(ctx context.Context, f Filter, n int) ([]Line, error) {
	if err := l.RecordOnce(ctx, Event{Kind: ReadAudit, Object: f.String()}); err != nil {
		return nil, err
	}
	return l.store.Find(ctx, f, n)
}

// Counts says how many lines of each kind fit.
func (l *Log) Counts(ctx context.Context, f Filter) (map[Kind]int, error) {
	return l.store.Counts(ctx, f)
}

// reading is how far a verification has come.
type reading struct {
	log      *Log
	v        Verdict
	seq      int64
	hash     string
	at       time.Time
	anchors  []Mark
	found    []Finding
	accepted map[string]bool
}

// find notes a finding; id tells it from every other.
func (r *reading) find(id string, seq int64, at time.Time, what, mend string) {
	if len(r.found) == keptFindings {
		r.v.More++
		return
	}
	key := r.log.digest("audit finding", id)[:16]
	r.found = append(r.found, Finding{Key: key, Seq: seq, At: at, What: what, Mend: mend})
}

// settle sorts what was found: what somebody has looked into, and what nobody has.
func (r *reading) settle() {
	for _, f := range r.found {
		switch {
		case r.accepted[f.Key]:
			r.v.Accepted = append(r.v.Accepted, f)
		case len(r.v.Findings) == mostFindings:
			r.v.More++
		default:
			r.v.Findings = append(r.v.Findings, f)
		}
	}
}

func (r *reading) next(x Line) {
	whole := r.log.hash(x) == x.Hash
	switch {
	case x.Seq != r.seq+1:
		r.find(fmt.Sprint("gap ", r.seq, " ", x.Seq), r.seq+1, r.at, fmt.Sprintf("第 %d 行到第 %d 行不见了", r.seq+1, x.Seq-1), mendMissing)
	case whole && x.Prev != r.hash:
		r.find(fmt.Sprint("prev ", x.Seq, x.Prev, r.hash), x.Seq, x.At, "前面的一行被换过、改过，或者挪动过", mendChanged)
	}
	if !whole {
		r.find(fmt.Sprint("line ", x.Seq, x.Hash, r.log.hash(x)), x.Seq, x.At, "这一行被改过，或者是从别处挪来的", mendChanged)
	}
	if x.Kind == AcceptAudit && whole {
		r.accepted[x.Object] = true
	}
	if x.Kind == Broken && whole {
		r.find(fmt.Sprint("noted ", x.Seq), x.Seq, x.At, "程序发现过：“"+x.Note+"”", mendNoted)
	}
	for _, a := range r.anchors {
		if a.Seq == x.Seq && a.Hash != x.Hash {
			r.find(fmt.Sprint("other ", a.Seq, a.Hash), x.Seq, x.At, "和以前记下的指纹不一样：从前面某一行起被整个重写过", mendChanged)
		}
	}
	r.seq, r.hash, r.at = x.Seq, x.Hash, x.At
	r.v.Lines++
}

func (r *reading) end() {
	head := r.v.Head
	switch {
	case r.seq < head.Seq:
		r.find(fmt.Sprint("end ", r.seq, " ", head.Seq), r.seq+1, r.at, fmt.Sprintf("末尾少了第 %d 行到第 %d 行", r.seq+1, head.Seq), mendMissing)
	case r.seq == head.Seq && r.hash != head.Hash:
		r.find(fmt.Sprint("last ", head.Seq, r.hash), head.Seq, head.At, "最后一行和末尾的记号对不上", mendMark)
	}
	for _, a := range r.anchors {
		if a.Seq > r.seq {
			r.find(fmt.Sprint("short ", a.Seq, a.Hash), r.seq+1, r.at, fmt.Sprintf("以前写到过第 %d 行，现在只到第 %d 行：末尾被截断，或者数据库换成了旧的", a.Seq, r.seq), mendMissing)
		}
	}
}

// Purge removes the lines from before a moment, from the front and without a gap, and signs where the trail begins now.
// A trail that is broken is kept whole, for whoever looks into it.
func (l *Log) Purge(ctx context.Context, before time.Time) (removed int64, err error) {
	if _, known := By(ctx); !known {
		ctx = With(ctx, Program("xinqiao"))
	}
	start, _, err := l.store.Marks(ctx)
	if err != nil {
		return 0, fmt.Errorf("purge the audit trail: %w", err)
	}
	if first, err := l.old(ctx, start, before); err != nil || len(first) == 0 {
		return 0, err
	}
	v, err := l.Verify(ctx)
	if err != nil {
		return 0, err
	}
	if !v.OK() {
		return 0, fmt.Errorf("purge the audit trail: %w", ErrBroken)
	}
	for {
		lines, err := l.old(ctx, start, before)
		if err != nil {
			return removed, err
		}
		if len(lines) == 0 {
			break
		}
		last := lines[len(lines)-1]
		to := l.mark(StartMark, last.Seq, last.Hash, last.At)
		if err := l.store.Cut(ctx, start, to); err != nil {
			return removed, fmt.Errorf("purge the audit trail: %w", err)
		}
		removed += to.Seq - start.Seq
		start = to
	}
	return removed, l.Record(ctx, Event{Kind: PurgeAudit, Note: fmt.Sprintf("删到第 %d 行，共 %d 行", start.Seq, removed)})
}

// old returns the lines behind start whose time is over, but never the last line of the trail.
func (l *Log) old(ctx context.Context, start Mark, before time.Time) ([]Line, error) {
	lines, err := l.store.Lines(ctx, start.Seq, verifyBatch+1)
	if err != nil {
		return nil, fmt.Errorf("purge the audit trail: %w", err)
	}
	n := 0
	for n < len(lines)-1 && lines[n].At.Before(before) {
		n++
	}
	return lines[:n], nil
}

// CarryOver takes lines of the older log, which had no chain, into the trail. It returns how many there were.
func (l *Log) CarryOver(ctx context.Context) (n int, err error) {
	for {
		got, err := l.store.TakeOld(ctx, verifyBatch, func(ctx context.Context, lines []Line) error {
			return l.store.Extend(ctx, func(at End) Extension { return l.extend(at, lines...) }, func() {})
		})
		n += got
		if err != nil {
			return n, fmt.Errorf("carry the older audit log over: %w", err)
		}
		if got == 0 {
			return n, nil
		}
	}
}
