package session

import (
	"encoding/binary"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

// FuzzJournal reads pieces of the journal that a crash, or a disk, left behind.
func FuzzJournal(f *testing.F) {
	entry := func(body string) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(body))) //nolint:gosec // a few bytes
		return append(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE([]byte(body))), body...)
	}
	f.Add(entry("\x01u\x01m\x05state\x05reply\x02"))
	f.Add(append(entry("\x01u\x00\x00\x00\x02"), entry("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")...))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1})
	dir := f.TempDir()
	file := filepath.Join(dir, "1"+pieceSuffix)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		j := &journal{dir: dir, log: slog.New(slog.DiscardHandler)}
		j.replay(func(journaled) {})
		_, _ = unjournal(raw)
	})
}
