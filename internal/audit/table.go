package audit

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// WriteCSV writes the lines that fit as a table, the earliest first, once the trail says who takes it away; it returns how
// many there were. Times are in zone.
func (l *Log) WriteCSV(ctx context.Context, w io.Writer, f Filter, zone *time.Location) (n int, err error) {
	if err := l.Record(ctx, Event{Kind: ExportAudit, Object: f.String()}); err != nil {
		return 0, err
	}
	if _, err := io.WriteString(w, "\uFEFF"); err != nil { // spreadsheets read the table as UTF-8 by it
		return 0, fmt.Errorf("write the audit trail: %w", err)
	}
	out := csv.NewWriter(w)
	_ = out.Write([]string{"行号", "时间", "谁", "账号编号", "角色", "来自", "做了什么", "种类", "对象", "说明", "指纹"}) // errors stay with the writer
	for after := int64(0); ; {
		lines, err := l.store.Lines(ctx, after, verifyBatch)
		if err != nil {
			return n, err
		}
		for _, x := range lines {
			after = x.Seq
			if !f.fits(x) {
				continue
			}
			n++
			_ = out.Write([]string{
				strconv.FormatInt(x.Seq, 10), x.At.In(zone).Format("2006-01-02 15:04:05"), plain(x.Name), plain(x.Actor), plain(x.Role), plain(x.From),
				x.Kind.Label(), plain(string(x.Kind)), plain(x.Object), plain(x.Note), x.Hash,
			})
		}
		if len(lines) < verifyBatch {
			break
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return n, fmt.Errorf("write the audit trail: %w", err)
	}
	return n, nil
}

// fits says whether a line is looked for.
func (f Filter) fits(x Line) bool {
	switch {
	case f.Actor != "" && x.Actor != f.Actor && !strings.Contains(x.Name, f.Actor),
		f.Object != "" && x.Object != f.Object,
		!f.From.IsZero() && x.At.Before(f.From), !f.To.IsZero() && !x.At.Before(f.To),
		f.Before > 0 && x.Seq >= f.Before:
		return false
	}
	if len(f.Kinds) == 0 {
		return true
	}
	for _, k := range f.Kinds {
		if k == x.Kind {
			return true
		}
	}
	return false
}

// plain keeps a spreadsheet from running what somebody named themselves as a formula, in full width too.
func plain(s string) string {
	if strings.ContainsAny(firstRune(s), "=+-@\t\r\n＝＋－＠") {
		return "'" + s
	}
	return s
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}
