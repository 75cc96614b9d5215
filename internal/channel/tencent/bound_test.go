package tencent_test

import (
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

// Whoever sends a body is known only once what is sealed in it was hashed: a body without a signature must not be hashed
// thousands of times over its length.
func TestABodyOfOpeningsIsNotHashedForEachOfThem(t *testing.T) {
	body := strings.Repeat("<Encrypt ", 4000) + ">" + strings.Repeat("A", 28<<10) + "</Encrypt>"
	hashed := 0
	for _, s := range tencent.SealedIn([]byte(body)) {
		hashed += len(s)
	}
	if hashed > 64*len(body) {
		t.Errorf("a body of %d bytes has %d bytes hashed", len(body), hashed)
	}
	if n := len(tencent.SealedIn([]byte(body))); n > 64 {
		t.Errorf("%d are found in it", n)
	}
	if got := tencent.SealedIn([]byte("<xml><Encrypt><![CDATA[abc]]></Encrypt></xml>")); len(got) != 1 || string(got[0]) != "abc" {
		t.Errorf("an honest one: %q", got)
	}
}
