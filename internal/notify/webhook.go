package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Webhook posts an alert as JSON, signed as the Standard Webhooks specification 1.0 says: webhook-id, webhook-timestamp
// and webhook-signature, which is "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body".
type Webhook struct {
	url    string
	key    []byte
	client *http.Client
	now    func() time.Time
}

var _ = register(Provider{
	Kind: "webhook", Fields: []Field{{"url", Text, true}, {"secret", Text, true}},
	Open: func(s Settings, o Outside) (Notifier, error) {
		return NewWebhook(s.Text("url"), s.Text("secret"), o.Now)
	},
})

// NewWebhook takes the receiver's address and the shared secret: "whsec_" and base64, or any other text as it is.
func NewWebhook(url, secret string, now func() time.Time) (*Webhook, error) {
	key := []byte(secret)
	if coded, ok := strings.CutPrefix(secret, "whsec_"); ok {
		var err error
		if key, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return nil, fmt.Errorf("the secret after whsec_ is not base64")
		}
	}
	if len(key) < 16 {
		return nil, fmt.Errorf("the secret has %d bytes, too few to keep forgers out: take 24 or more", len(key))
	}
	return &Webhook{url: url, key: key, client: newClient(), now: now}, nil
}

// Notify implements Notifier.
func (w *Webhook) Notify(ctx context.Context, a Alert) (retry bool, err error) {
	type data struct {
		Alert
		Within int    `json:"within_seconds,omitempty"`
		Text   string `json:"text"`
	}
	body, err := json.Marshal(struct {
		Type      string    `json:"type"`
		Timestamp time.Time `json:"timestamp"`
		Data      data      `json:"data"`
	}{"xinqiao.alert." + string(a.Kind), a.At.UTC(), data{a, int(a.Within.Seconds()), a.Text()}})
	if err != nil {
		return false, fmt.Errorf("encode: %w", err)
	}
	at := strconv.FormatInt(w.now().Unix(), 10)
	mac := hmac.New(sha256.New, w.key)
	mac.Write([]byte(a.ID + "." + at + "."))
	mac.Write(body)
	h := http.Header{}
	h.Set("Webhook-Id", a.ID)
	h.Set("Webhook-Timestamp", at)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	_, retry, err = post(ctx, w.client, w.url, body, h)
	return retry, err
}
