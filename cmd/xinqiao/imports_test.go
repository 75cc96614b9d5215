package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/xinqiao-bot/xinqiao/"

// layers are the rooms from the inside out: a package imports nothing of ours from a layer further out.
var layers = [][]string{
	{"internal/private", "internal/wired", "internal/shortcode", "internal/qr", "internal/assets", "internal/sheet", "internal/citytime", "internal/budget", "internal/flatjson", "internal/flatjson/flattest", "internal/problem", "internal/browsertest", "internal/redistest", "deploy", "internal/hanzi", "internal/recall", "internal/topics", "internal/calendar", "internal/channel", "internal/channel/tencent", "internal/risk", "internal/reach", "internal/live", "internal/session", "internal/outbox", "internal/tracing", "internal/wxsim", "internal/dialog/plan"},
	{"internal/audit", "internal/crisis", "internal/presence", "internal/risk/train", "internal/person", "internal/transcript", "internal/seal", "internal/spool", "internal/dialog/faq", "internal/dialog", "internal/notify", "internal/rota", "internal/casework", "internal/media", "internal/staff", "internal/family"},
	{"internal/dialog/load", "internal/dialog/draw", "internal/dialog/script"},
	{"internal/board", "internal/consent", "internal/retention", "internal/campaign", "internal/course", "internal/survey", "internal/booking", "internal/letter", "internal/event", "internal/habit", "internal/request", "internal/privacy", "internal/rights", "internal/subscribe", "internal/editing", "internal/unanswered", "internal/agenda"},
	{"internal/worry"},
	{"internal/content", "internal/intake", "internal/schema"},
	{"internal/bot", "internal/store"},
	{"internal/store/storetest", "internal/dialog/dialogtest", "internal/channel/channeltest", "internal/channel/wechat", "internal/channel/wecom", "internal/channel/web", "internal/channel/term", "internal/desk", "internal/page", "internal/api", "internal/config"},
	{"cmd/xinqiao", "cmd/wxsim"},
}

// alone are packages that import nothing of ours at all, so that each side of the wire checks the other.
var alone = []string{"internal/citytime", "internal/wxsim", "internal/problem", "internal/config", "internal/schema"}

// never are imports that the layers would allow.
var never = map[string][]string{
	"internal/crisis":         {"internal/dialog", "internal/channel", "internal/casework", "internal/content"},
	"internal/dialog":         {"internal/crisis", "internal/casework"},
	"internal/dialog/draw":    {"internal/dialog"},
	"internal/dialog/script":  {"internal/dialog/plan", "internal/dialog/load"},
	"internal/content":        {"internal/risk/train"},
	"internal/store":          {"internal/bot", "internal/content"},
	"internal/bot":            {"internal/store", "internal/config", "internal/risk/train"},
	"internal/channel/wechat": {"internal/bot", "internal/store", "internal/dialog"},
	"internal/channel/wecom":  {"internal/bot", "internal/store", "internal/dialog", "internal/channel/wechat"},
	"internal/channel/web":    {"internal/bot", "internal/store", "internal/dialog"},
	"internal/channel/term":   {"internal/bot", "internal/store", "internal/dialog"},
	"internal/desk":           {"internal/bot", "internal/store", "internal/dialog"},
	"internal/api":            {"internal/bot", "internal/store", "internal/dialog"},
	"internal/page":           {"internal/bot", "internal/store"},
	"cmd/wxsim":               {"internal/channel", "internal/bot", "internal/store"},
}

func TestImportsPointInward(t *testing.T) {
	t.Parallel()
	layerOf := map[string]int{}
	for i, l := range layers {
		for _, p := range l {
			layerOf[p] = i
		}
	}
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from := strings.TrimPrefix(p.ImportPath, module)
		layer, known := layerOf[from]
		if !known {
			t.Errorf("%s stands in no layer: give it a place in this test, with a one-sentence reason in its package comment", from)
			continue
		}
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, module)
			if !ours {
				continue
			}
			switch {
			case slices.Contains(alone, from):
				t.Errorf("%s imports %s; it must import nothing of ours", from, to)
			case layerOf[to] > layer:
				t.Errorf("%s imports %s, which stands further out: turn the dependency round with a small interface", from, to)
			case slices.Contains(never[from], to):
				t.Errorf("%s imports %s: hand it in from cmd/xinqiao instead", from, to)
			}
		}
	}
}
