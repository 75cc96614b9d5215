package risk

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrBadLines is Scan's and Eval's error when some lines could not be read; the others were.
var ErrBadLines = errors.New("some lines could not be read")

// Scan reads {"text":…} lines and writes one line for each, in order. A line that cannot be read gets {"error":…}.
func Scan(ctx context.Context, j *Judge, in io.Reader, out io.Writer) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	bad := 0
	err := eachLine(ctx, in, func(n int, line []byte) error {
		var q struct {
			Text *string `json:"text"`
		}
		if err := json.Unmarshal(line, &q); err != nil || q.Text == nil {
			bad++
			return enc.Encode(map[string]string{"error": fmt.Sprintf("line %d is not {\"text\": \"…\"}", n)})
		}
		return enc.Encode(j.Read(*q.Text))
	})
	if err = errors.Join(err, w.Flush()); err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	if bad > 0 {
		return fmt.Errorf("scan: %w: %d", ErrBadLines, bad)
	}
	return nil
}

func eachLine(ctx context.Context, in io.Reader, do func(n int, line []byte) error) error {
	r := bufio.NewReader(in)
	for n := 1; ; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		line, err := r.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := do(n, line); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}
