package notify

import (
	"strings"
	"testing"
	"time"
)

func TestAKindOfWayKnowsWhatItNeeds(t *testing.T) {
	long := strings.Repeat("s", 24)
	for name, c := range map[string]struct {
		kind string
		set  map[string]any
		want string // in the error; "" for none
	}{
		"a robot":                     {"wecom", map[string]any{"url": "https://x.example/?key=k"}, ""},
		"a webhook":                   {"webhook", map[string]any{"url": "https://x.example", "secret": long}, ""},
		"mail":                        {"email", map[string]any{"url": "smtp://mail.example", "from": "a@example.org", "to": "b@example.org, c@example.org"}, ""},
		"their own chat":              {"wechat", map[string]any{"account": "main", "template": "t", "fields": map[string]string{"thing1": "alias"}}, ""},
		"their browsers":              {"browser", nil, ""},
		"no such kind":                {"pager", nil, "none of browser, email, webhook, wechat, wecom"},
		"without an address":          {"wecom", nil, "url: must not be empty"},
		"with an empty one":           {"webhook", map[string]any{"url": "", "secret": long}, "url: must not be empty"},
		"a slip":                      {"wecom", map[string]any{"url": "https://x.example", "secert": long}, "secert: a way of the kind wecom has no such setting; it has url"},
		"a setting where none is":     {"browser", map[string]any{"url": "x"}, "it has none"},
		"a word for a table":          {"wechat", map[string]any{"account": "main", "template": "t", "fields": "alias"}, "fields: want a table"},
		"a list for a word":           {"wecom", map[string]any{"url": []string{"https://x.example"}}, "url: want a text"},
		"a secret that is too short":  {"webhook", map[string]any{"url": "https://x.example", "secret": "short"}, "too few"},
		"a field that shows nothing":  {"wechat", map[string]any{"account": "main", "template": "t", "fields": map[string]string{"thing1": "secret words"}}, "none of"},
		"a mail server that is none":  {"email", map[string]any{"url": "https://mail.example", "from": "a@example.org"}, "smtp://"},
		"a mailbox that nobody reads": {"email", map[string]any{"url": "smtp://mail.example", "from": "no address"}, "sender"},
	} {
		_, err := Open(c.kind, c.set, Outside{Now: time.Now})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), long) || strings.Contains(err.Error(), "key=k")) {
			t.Errorf("%s: the error tells a secret: %v", name, err)
		}
	}
}
