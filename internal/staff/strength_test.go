package staff_test

import (
	"crypto/sha1" //nolint:gosec // what the published lists are made with
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

func TestAPasswordThatIsGuessedFirstIsRefused(t *testing.T) {
	h := newHouse(t)
	h.Own = []string{"广州市教育局", "xinqiao"}
	h.Breached = func(p string) (bool, error) { return p == "correct-horse-battery", nil }
	a, oneTime, err := h.Add(t.Context(), "wanglan", "示例·王兰老师", staff.Counsellor)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]error{
		"short":                 staff.ErrWeak,
		"aaaaaaaaaaaa":          staff.ErrCommon,
		"password2026!":         staff.ErrCommon,
		"P@ssw0rd2026":          staff.ErrCommon,
		"woaini1314520":         staff.ErrCommon,
		"qwerty123456":          staff.ErrCommon,
		"1qaz2wsx3edc":          staff.ErrCommon,
		"admin@123456":          staff.ErrCommon,
		"123456789012":          staff.ErrCommon,
		"asdfghjkl12345":        staff.ErrCommon,
		"Correct-Horse-Battery": staff.ErrCommon,
		"my-wanglan-secret-1":   staff.ErrNamed,
		"我是王兰老师的密码呀哈":           staff.ErrNamed,
		"XinQiao-is-my-home-7":  staff.ErrNamed,
		oneTime:                 staff.ErrSame,
	} {
		_, err := h.ChangePassword(t.Context(), a.ID, oneTime, password)
		if !errors.Is(err, want) || !errors.Is(err, staff.ErrWeak) {
			t.Errorf("choose %q: %v, want %v", password, err, want)
		}
	}
	for _, password := range []string{"一二三四五六七八九十木棉花开", "kapok river lantern 204"} {
		if _, err := h.ChangePassword(t.Context(), a.ID, oneTime, password); err != nil {
			t.Errorf("choose %q: %v", password, err)
		}
		oneTime = password
	}
}

func TestTheListOfKnownPasswordsIsSearchedWhereItLies(t *testing.T) {
	const n = 5000
	var hashes, words []string
	for i := range n {
		word := fmt.Sprintf("leaked-%d", i*i)
		sum := sha1.Sum([]byte(word)) //nolint:gosec // as above
		words, hashes = append(words, word), append(hashes, strings.ToUpper(hex.EncodeToString(sum[:]))+fmt.Sprintf(":%d", i))
	}
	short := make([]string, n)
	for i, h := range hashes {
		short[i] = h[:20]
	}
	slices.Sort(hashes)
	slices.Sort(short)
	big := slices.Clone(words)
	for i := range 250_000 {
		big = append(big, fmt.Sprintf("other-password-%07d", i))
	}
	slices.Sort(big)
	for name, lines := range map[string][]string{"hashes": hashes, "prefixes": short, "plain in any order": words, "plain and long": big} {
		for _, end := range []string{"\n", "\r\n"} {
			t.Run(fmt.Sprintf("%s with %q", name, end), func(t *testing.T) {
				b := listOf(t, strings.Join(lines, end)+end)
				for i := 0; i < n; i += 61 {
					if has, err := b.Has(words[i]); err != nil || !has {
						t.Fatalf("%q stands in the list and is not found (%v)", words[i], err)
					}
				}
				for _, word := range []string{words[0], words[n-1]} {
					if has, err := b.Has(word); err != nil || !has {
						t.Errorf("%q is not found (%v)", word, err)
					}
				}
				for _, word := range []string{"", "!", "kapok river lantern", "leaked-2", "zzzzzzzzzz", "leaked-0 "} {
					if has, err := b.Has(word); err != nil || has {
						t.Errorf("%q stands in no list and is found (%v)", word, err)
					}
				}
			})
		}
	}
	t.Run("one that is not sorted", func(t *testing.T) {
		slices.Reverse(hashes)
		if _, err := staff.OpenBreached(written(t, strings.Join(hashes, "\n"))); err == nil || !strings.Contains(err.Error(), "sort -u") {
			t.Errorf("it is taken: %v, want how to sort it", err)
		}
	})
	for name, content := range map[string]string{"an empty file": "", "no line": "\n"} {
		if b, err := staff.OpenBreached(written(t, content)); err == nil {
			if has, err := b.Has("x"); has || err != nil {
				t.Errorf("%s holds a password (%v)", name, err)
			}
			_ = b.Close()
		} else if content != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func listOf(t *testing.T, content string) *staff.Breached {
	t.Helper()
	b, err := staff.OpenBreached(written(t, content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func written(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known.txt")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func FuzzTheListOfKnownPasswords(f *testing.F) {
	f.Add("a\nb\nc", "b")
	f.Add("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3\n", "password")
	f.Add(strings.Repeat("x", 3000), "x")
	f.Fuzz(func(t *testing.T, content, password string) {
		b, err := staff.OpenBreached(written(t, content))
		if err != nil {
			return
		}
		defer func() { _ = b.Close() }()
		if _, err := b.Has(password); err != nil {
			t.Error(err)
		}
	})
}
