package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// WeCom posts into a WeCom (企业微信) group through its robot's webhook and mentions whoever is called by mobile number.
type WeCom struct {
	url    string
	client *http.Client
}

var _ = register(Provider{
	Kind: "wecom", Fields: []Field{{"url", Text, true}},
	Open: func(s Settings, _ Outside) (Notifier, error) { return NewWeCom(s.Text("url")), nil },
})

// NewWeCom takes the robot's webhook address, key included.
func NewWeCom(url string) *WeCom { return &WeCom{url: url, client: newClient()} }

// The codes of the platform that pass: busy, and 20 messages a minute used up.
const (
	wecomBusy    = -1
	wecomTooMany = 45009
)

// PerMinute is how many messages a group robot takes.
func (w *WeCom) PerMinute() int { return 20 }

// Notify implements Notifier.
func (w *WeCom) Notify(ctx context.Context, a Alert) (retry bool, err error) {
	type text struct {
		Content   string   `json:"content"` // at most 2,048 bytes, which an alert never nears
		Mentioned []string `json:"mentioned_mobile_list,omitempty"`
	}
	msg := text{Content: a.Text()}
	for _, c := range a.Call {
		if c.Mobile != "" {
			msg.Mentioned = append(msg.Mentioned, c.Mobile)
		}
	}
	if len(msg.Mentioned) == 0 && a.Kind != Trial {
		msg.Mentioned = []string{"@all"}
	}
	body, err := json.Marshal(map[string]any{"msgtype": "text", "text": msg})
	if err != nil {
		return false, fmt.Errorf("encode: %w", err)
	}
	raw, retry, err := post(ctx, w.client, w.url, body, nil)
	if err != nil {
		return retry, err
	}
	var answer struct {
		Code *int `json:"errcode"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Code == nil {
		return false, errors.New("the answer is not WeCom's: is this a group robot's address?")
	}
	if code := *answer.Code; code == wecomTooMany {
		return true, ErrTooMany
	} else if code != 0 { // its errmsg may repeat the key
		return code == wecomBusy, fmt.Errorf("WeCom refused it with code %d", code)
	}
	return false, nil
}
