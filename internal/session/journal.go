package session

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// journal keeps what a Memory was told in the last minutes, so that a process that is killed and started again answers a
// repeated message as it did, and people go on where they were. It is written before the turn ends and not synced: it outlives
// the process, not a power cut. What is in it is sealed. A piece of it is thrown away when everything in it is too old to
// matter; it is never rewritten.
type journal struct {
	dir   string
	log   *slog.Logger
	piece *os.File
	began time.Time
	size  int64
	ill   bool // it could not be written, and that was said
}

const (
	pieceSuffix = ".journal"
	pieceTime   = ReplyTTL
	pieceSize   = 32 << 20
	piecesKept  = 8 // a flood of messages is no reason to fill the disk
)

// entry of the journal: what a turn came to. gone is Forget.
type journaled struct {
	user, message string
	state, reply  []byte
	at            time.Time
	gone          bool
}

func openJournal(dir string, log *slog.Logger) (*journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the journal of sessions: %w", err)
	}
	return &journal{dir: dir, log: log}, nil
}

// add writes an entry. A disk that takes nothing costs the journal, not the turn.
func (j *journal) add(e journaled) {
	err := j.write(e)
	if err != nil && !j.ill {
		j.log.Error("sessions are in memory alone: a restart would forget them", "error", err)
	}
	j.ill = err != nil
}

func (j *journal) write(e journaled) error {
	if j.piece == nil || e.at.Sub(j.began) >= pieceTime || j.size >= pieceSize {
		if err := j.turn(e.at); err != nil {
			return err
		}
	}
	body := make([]byte, 0, len(e.user)+len(e.message)+len(e.state)+len(e.reply)+40)
	for _, part := range [][]byte{[]byte(e.user), []byte(e.message), e.state, e.reply} {
		body = binary.AppendUvarint(body, uint64(len(part)))
		body = append(body, part...)
	}
	body = binary.AppendVarint(body, e.at.UnixMicro())
	if e.gone {
		body = append(body, 1)
	}
	frame := make([]byte, 8, 8+len(body))
	binary.BigEndian.PutUint32(frame, uint32(len(body))) //nolint:gosec // a state is some kilobytes
	binary.BigEndian.PutUint32(frame[4:], crc32.ChecksumIEEE(body))
	n, err := j.piece.Write(append(frame, body...))
	j.size += int64(n)
	if err != nil { // half an entry ends a piece
		_ = j.close()
	}
	return err
}

// turn begins a new piece and throws away those that nobody needs any more.
func (j *journal) turn(now time.Time) error {
	_ = j.close()
	f, err := os.OpenFile(filepath.Join(j.dir, strconv.FormatInt(now.UnixMicro(), 10)+pieceSuffix), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	j.piece, j.began, j.size = f, now, 0
	pieces := j.pieces()
	for i, p := range pieces {
		if i < len(pieces)-piecesKept || now.Sub(p.began) >= 2*pieceTime {
			_ = os.Remove(p.file)
		}
	}
	return nil
}

func (j *journal) close() error {
	if j.piece == nil {
		return nil
	}
	err := j.piece.Close()
	j.piece = nil
	return err
}

type piece struct {
	file  string
	began time.Time
}

func (j *journal) pieces() (out []piece) {
	names, err := os.ReadDir(j.dir)
	if err != nil {
		return nil
	}
	for _, n := range names {
		micros, err := strconv.ParseInt(strings.TrimSuffix(n.Name(), pieceSuffix), 10, 64)
		if err == nil && strings.HasSuffix(n.Name(), pieceSuffix) {
			out = append(out, piece{filepath.Join(j.dir, n.Name()), time.UnixMicro(micros)})
		}
	}
	slices.SortFunc(out, func(a, b piece) int { return a.began.Compare(b.began) })
	return out
}

// replay gives every entry to do, the oldest first. What was being written when the process died is left out.
func (j *journal) replay(do func(journaled)) {
	for _, p := range j.pieces() {
		raw, err := os.ReadFile(p.file)
		if err != nil {
			j.log.Warn("a piece of the journal of sessions cannot be read", "error", err)
			continue
		}
		for len(raw) >= 8 {
			size, sum := int(binary.BigEndian.Uint32(raw)), binary.BigEndian.Uint32(raw[4:])
			if len(raw) < 8+size || crc32.ChecksumIEEE(raw[8:8+size]) != sum {
				break
			}
			if e, err := unjournal(raw[8 : 8+size]); err == nil {
				do(e)
			}
			raw = raw[8+size:]
		}
	}
}

var errJournal = errors.New("session: not an entry of the journal")

func unjournal(body []byte) (e journaled, err error) {
	var parts [4][]byte
	for i := range parts {
		n, used := binary.Uvarint(body)
		if used <= 0 || n > uint64(len(body)-used) {
			return e, errJournal
		}
		parts[i], body = bytes.Clone(body[used:used+int(n)]), body[used+int(n):] //nolint:gosec // bounded above
	}
	micros, used := binary.Varint(body)
	if used <= 0 {
		return e, errJournal
	}
	return journaled{user: string(parts[0]), message: string(parts[1]), state: parts[2], reply: parts[3], at: time.UnixMicro(micros), gone: len(body) > used}, nil
}
