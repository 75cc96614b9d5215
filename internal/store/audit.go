package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
)

// Audit keeps the lines of the trail.
type Audit struct{ db *DB }

// Audit returns the view of the trail's lines.
func (db *DB) Audit() Audit { return Audit{db} }

// Trail returns the trail itself, one for everybody who uses this database: it remembers what it has seen.
func (db *DB) Trail() *audit.Log { return db.trail }

var _ audit.Store = Audit{}

type auditLine struct {
	Seq    int64  `gorm:"column:seq;primaryKey;autoIncrement:false"`
	At     micros `gorm:"column:at"`
	Actor  string `gorm:"column:actor"`
	Name   string `gorm:"column:name"`
	Role   string `gorm:"column:role"`
	From   string `gorm:"column:came_from"`
	Kind   string `gorm:"column:kind"`
	Object string `gorm:"column:object"`
	Note   string `gorm:"column:note"`
	Prev   string `gorm:"column:prev"`
	Hash   string `gorm:"column:hash"`
}

func (auditLine) TableName() string { return "audit_lines" }

var auditColumns = []string{"seq", "at", "actor", "name", "role", "came_from", "kind", "object", "note", "prev", "hash"}

func toAuditLine(l audit.Line) auditLine {
	return auditLine{l.Seq, toMicros(l.At), l.Actor, l.Name, l.Role, l.From, string(l.Kind), l.Object, l.Note, l.Prev, l.Hash}
}

func (r auditLine) line() audit.Line {
	return audit.Line{
		Seq: r.Seq, At: r.At.Time(), Actor: r.Actor, Name: r.Name, Role: r.Role, From: r.From, Kind: audit.Kind(r.Kind),
		Object: r.Object, Note: r.Note, Prev: r.Prev, Hash: r.Hash,
	}
}

func auditLinesOf(rows []auditLine) []audit.Line {
	out := make([]audit.Line, len(rows))
	for i, r := range rows {
		out[i] = r.line()
	}
	return out
}

type auditMark struct {
	Name string `gorm:"column:name;primaryKey"`
	Seq  int64  `gorm:"column:seq"`
	Hash string `gorm:"column:hash"`
	At   micros `gorm:"column:at"`
	MAC  string `gorm:"column:mac"`
}

func (auditMark) TableName() string { return "audit_marks" }

// pendingLink is what a transaction adds to the trail: it is linked right before the commit, so that the trail's end, which
// everybody needs, is locked last and for the shortest time, and never stands in a circle of locks.
type pendingLink struct {
	link func(audit.End) audit.Extension
	done func()
}

// Extend implements audit.Store.
func (s Audit) Extend(ctx context.Context, link func(audit.End) audit.Extension, done func()) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		u := s.db.unit(ctx)
		if u == nil {
			return errors.New("extend the audit trail: the transaction was not begun by InTx")
		}
		u.links = append(u.links, pendingLink{link, done})
		return nil
	})
}

// link adds what a transaction recorded to the trail.
func (db *DB) link(ctx context.Context, links []pendingLink) error {
	if len(links) == 0 {
		return nil
	}
	tx := db.write(ctx)
	end, err := db.trailEnd(tx)
	if err != nil {
		return err
	}
	for _, p := range links {
		x := p.link(end)
		for _, l := range x.Lines {
			row := toAuditLine(l)
			if err := tx.Create(&row).Error; err != nil {
				return fmt.Errorf("add line %d to the audit trail: %w", l.Seq, err)
			}
			end.Last = l
		}
		end.Head = x.Head
		db.After(ctx, p.done)
	}
	return putMark(tx, audit.HeadMark, end.Head)
}

// trailEnd reads where the trail ends, and holds others off it until the transaction ends.
func (db *DB) trailEnd(tx *gorm.DB) (audit.End, error) {
	query := "SELECT seq, hash, at, mac FROM audit_marks WHERE name = ?"
	if db.mysql() {
		query += " FOR UPDATE"
	}
	var marks []auditMark
	if err := tx.Raw(query, audit.HeadMark).Scan(&marks).Error; err != nil {
		return audit.End{}, fmt.Errorf("read the end of the audit trail: %w", err)
	}
	var last []auditLine
	if err := tx.Select(auditColumns).Order("seq DESC").Limit(1).Find(&last).Error; err != nil {
		return audit.End{}, fmt.Errorf("read the last line of the audit trail: %w", err)
	}
	var end audit.End
	if len(marks) > 0 {
		end.Head = marks[0].mark()
	}
	if len(last) > 0 {
		end.Last = last[0].line()
	}
	return end, nil
}

func (m auditMark) mark() audit.Mark {
	return audit.Mark{Seq: m.Seq, Hash: m.Hash, At: m.At.Time(), MAC: m.MAC}
}

// putMark writes a mark; the migration made both, so a missing one was taken away.
func putMark(tx *gorm.DB, name string, m audit.Mark) error {
	res := tx.Exec("UPDATE audit_marks SET seq = ?, hash = ?, at = ?, mac = ? WHERE name = ?", m.Seq, m.Hash, toMicros(m.At), m.MAC, name)
	if res.Error == nil && res.RowsAffected == 0 {
		res = tx.Create(&auditMark{Name: name, Seq: m.Seq, Hash: m.Hash, At: toMicros(m.At), MAC: m.MAC})
	}
	if res.Error != nil {
		return fmt.Errorf("write the mark %s of the audit trail: %w", name, res.Error)
	}
	return nil
}

// Marks implements audit.Store.
func (s Audit) Marks(ctx context.Context) (start, head audit.Mark, err error) {
	var rows []auditMark
	if err := s.db.read(ctx).Select("name", "seq", "hash", "at", "mac").Find(&rows).Error; err != nil {
		return start, head, fmt.Errorf("read the marks of the audit trail: %w", err)
	}
	for _, r := range rows {
		switch r.Name {
		case audit.StartMark:
			start = r.mark()
		case audit.HeadMark:
			head = r.mark()
		}
	}
	return start, head, nil
}

// Lines implements audit.Store.
func (s Audit) Lines(ctx context.Context, after int64, n int) ([]audit.Line, error) {
	var rows []auditLine
	if err := s.db.read(ctx).Select(auditColumns).Where("seq > ?", after).Order("seq").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", err)
	}
	return auditLinesOf(rows), nil
}

// Find implements audit.Store.
func (s Audit) Find(ctx context.Context, f audit.Filter, n int) ([]audit.Line, error) {
	var rows []auditLine
	if err := s.fitting(ctx, f).Select(auditColumns).Order("seq DESC").Limit(n).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("search the audit trail: %w", err)
	}
	return auditLinesOf(rows), nil
}

// Counts implements audit.Store.
func (s Audit) Counts(ctx context.Context, f audit.Filter) (map[audit.Kind]int, error) {
	var rows []struct {
		Kind string
		N    int
	}
	if err := s.fitting(ctx, f).Model(&auditLine{}).Select("kind, COUNT(*) AS n").Group("kind").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("count in the audit trail: %w", err)
	}
	out := make(map[audit.Kind]int, len(rows))
	for _, r := range rows {
		out[audit.Kind(r.Kind)] = r.N
	}
	return out, nil
}

func (s Audit) fitting(ctx context.Context, f audit.Filter) *gorm.DB {
	q := s.db.read(ctx)
	if f.Actor != "" {
		q = q.Where("(actor = ? OR name LIKE ? ESCAPE '!')", f.Actor, "%"+likeText(f.Actor)+"%")
	}
	if len(f.Kinds) > 0 {
		q = q.Where("kind IN ?", f.Kinds)
	}
	if f.Object != "" {
		q = q.Where("object = ?", f.Object)
	}
	if !f.From.IsZero() {
		q = q.Where("at >= ?", toMicros(f.From))
	}
	if !f.To.IsZero() {
		q = q.Where("at < ?", toMicros(f.To))
	}
	if f.Before > 0 {
		q = q.Where("seq < ?", f.Before)
	}
	return q
}

// likeText makes a text mean itself in LIKE … ESCAPE '!'.
func likeText(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}

// Cut implements audit.Store.
func (s Audit) Cut(ctx context.Context, from, to audit.Mark) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		tx := s.db.write(ctx)
		res := tx.Exec("UPDATE audit_marks SET seq = ?, hash = ?, at = ?, mac = ? WHERE name = ? AND seq = ?",
			to.Seq, to.Hash, toMicros(to.At), to.MAC, audit.StartMark, from.Seq)
		if res.Error != nil {
			return fmt.Errorf("mark where the audit trail begins: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return errors.New("the audit trail does not begin where it did: another process is removing old lines")
		}
		return tx.Exec("DELETE FROM audit_lines WHERE seq <= ?", to.Seq).Error
	})
}

// TakeOld implements audit.Store.
func (s Audit) TakeOld(ctx context.Context, n int, keep func(context.Context, []audit.Line) error) (taken int, err error) {
	query := "SELECT id, staff_id, staff_name, action, object, at FROM audit_log ORDER BY at, id LIMIT ?"
	if s.db.mysql() {
		query += " FOR UPDATE"
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		var rows []struct {
			ID, StaffID, StaffName, Action, Object string
			At                                     micros
		}
		tx := s.db.write(ctx)
		if err := tx.Raw(query, n).Scan(&rows).Error; err != nil {
			return err
		}
		taken = len(rows)
		if taken == 0 {
			return nil
		}
		ids, lines := make([]string, taken), make([]audit.Line, taken)
		for i, r := range rows {
			ids[i] = r.ID
			lines[i] = audit.Line{At: r.At.Time(), Actor: r.StaffID, Name: r.StaffName, Kind: audit.Kind(r.Action), Object: r.Object, Note: "旧的记录"}
		}
		if err := tx.Exec("DELETE FROM audit_log WHERE id IN ?", ids).Error; err != nil {
			return err
		}
		return keep(ctx, lines)
	})
	return taken, err
}
