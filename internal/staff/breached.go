package staff

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // what the published lists are made with
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// Breached is a file of passwords that are known to guessers, one a line. It holds either the passwords themselves, or their
// SHA-1 in hexadecimal (all of it, or as many of its first digits as every line has, 16 at least), with or without ":" and how
// often each was seen, which is what Have I Been Pwned hands out. Beyond a few megabytes it must be sorted by bytes, and is
// searched where it lies.
type Breached struct {
	file   *os.File
	size   int64
	hashes bool
	small  map[string]bool // the passwords of a short list of plain ones, in whatever order they stand
}

const (
	shortList   = 4 << 20 // bytes
	longestLine = 1 << 10
	sampled     = 1000 // lines that are looked at to see that a list is sorted
)

var hashLine = regexp.MustCompile(`^[0-9A-Fa-f]{16,40}(:[0-9]+)?$`)

// OpenBreached opens a list, and refuses one that could not be searched.
func OpenBreached(path string) (*Breached, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the list of known passwords: %w", err)
	}
	b := &Breached{file: f}
	if err := b.learn(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("the list of known passwords %s: %w", path, err)
	}
	return b, nil
}

// Close closes the file.
func (b *Breached) Close() error { return b.file.Close() }

func (b *Breached) learn() error {
	info, err := b.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return errors.New("it is empty, or no file")
	}
	b.size = info.Size()
	head := make([]byte, min(b.size, 1<<14))
	if _, err := b.file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	lines := strings.Split(strings.ReplaceAll(strings.TrimSpace(string(head)), "\r", ""), "\n")
	b.hashes = true
	for _, l := range lines[:max(1, min(len(lines)-1, 20))] { // the last of them may be cut
		b.hashes = b.hashes && hashLine.MatchString(l)
	}
	if !b.hashes && b.size <= shortList {
		raw, err := io.ReadAll(io.NewSectionReader(b.file, 0, b.size))
		if err != nil {
			return err
		}
		b.small = map[string]bool{}
		for _, l := range strings.Split(string(raw), "\n") {
			if l = strings.TrimRight(l, "\r"); l != "" {
				b.small[l] = true
			}
		}
		return nil
	}
	return b.sorted()
}

func (b *Breached) sorted() error {
	before := ""
	for i := range int64(sampled) {
		_, line, err := b.lineAt(b.size * i / sampled)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		key := b.key(line)
		if key < before {
			return errors.New("it is not sorted by bytes: run LC_ALL=C sort -u on it")
		}
		before = key
	}
	return nil
}

// key is what a line is sorted by.
func (b *Breached) key(line string) string {
	if b.hashes {
		hash, _, _ := strings.Cut(line, ":")
		return strings.ToUpper(hash)
	}
	return line
}

// lineAt returns the first line that begins at or after a place, and where it begins; io.EOF where none does.
func (b *Breached) lineAt(at int64) (begins int64, line string, err error) {
	begins = at
	buf := make([]byte, longestLine)
	if at > 0 { // a line begins here if the one before ends here
		for at--; ; {
			n, err := b.file.ReadAt(buf, at)
			if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
				begins = at + int64(i) + 1
				break
			}
			if err != nil {
				return 0, "", io.EOF
			}
			at += int64(n)
		}
	}
	if begins >= b.size {
		return 0, "", io.EOF
	}
	n, err := b.file.ReadAt(buf, begins)
	if n == 0 {
		return 0, "", err
	}
	text := buf[:n]
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return begins, strings.TrimRight(string(text), "\r"), nil
}

// Has says whether a password stands in the list.
func (b *Breached) Has(password string) (bool, error) {
	if b.small != nil {
		return b.small[password], nil
	}
	want := password
	if b.hashes {
		sum := sha1.Sum([]byte(password)) //nolint:gosec // what the published lists are made with
		want = strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	lo, hi := int64(0), b.size // the line is looked for among those that begin in [lo, hi)
	for lo < hi {
		mid := (lo + hi) / 2
		begins, line, err := b.lineAt(mid)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("read the list of known passwords: %w", err)
		}
		if err != nil || begins >= hi {
			hi = mid
			continue
		}
		key := b.key(line)
		switch {
		case key == want, b.hashes && strings.HasPrefix(want, key):
			return true, nil
		case key < want:
			lo = begins + 1
		default:
			hi = mid
		}
	}
	return false, nil
}
