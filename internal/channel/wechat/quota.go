package wechat

import (
	"context"
	"net/http"
	"time"
)

// quotaPath asks how often an interface may still be called today. The platform's day begins at 00:00 Asia/Shanghai.
const quotaPath = "/cgi-bin/openapi/quota/get"

// Quota is how often an account may call an interface today, and how often it still may.
type Quota struct {
	Path  string
	Limit int
	Left  int
}

// Quotas asks the platform for the quotas of what an account sends by.
func (c *Channel) Quotas(ctx context.Context, account string) ([]Quota, error) {
	a := c.accounts[account]
	if a == nil || a.AppSecret == "" {
		return nil, nil
	}
	var paths []string
	if a.Capabilities.CustomerService {
		paths = append(paths, sendPath)
	}
	if a.Capabilities.Template {
		paths = append(paths, templatePath)
	}
	var out []Quota
	for _, p := range paths {
		var got struct {
			Quota struct {
				Limit int `json:"daily_limit"`
				Left  int `json:"remain"`
			} `json:"quota"`
		}
		if err := c.call(ctx, a, http.MethodPost, quotaPath, map[string]string{"cgi_path": p}, &got); err != nil {
			return out, err
		}
		out = append(out, Quota{Path: p, Limit: got.Quota.Limit, Left: got.Quota.Left})
	}
	return out, nil
}

// quotasEvery is often enough: a campaign at full speed takes longer to use a day's quota up.
const quotasEvery = 5 * time.Minute

// WatchQuotas keeps the quotas of all accounts in the metrics until ctx ends.
func (c *Channel) WatchQuotas(ctx context.Context) {
	for pause := quotasEvery / 10; ; pause = quotasEvery { // the first time soon, but not at the start, which has other work
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		for name := range c.accounts {
			asking, cancel := context.WithTimeout(ctx, 20*time.Second)
			quotas, err := c.Quotas(asking, name)
			cancel()
			if err != nil && ctx.Err() == nil {
				c.o.Log.Warn("the quotas of an account cannot be read", "account", name, "error", err)
			}
			for _, q := range quotas {
				c.metrics.left.WithLabelValues(name, q.Path).Set(float64(q.Left))
				c.metrics.limit.WithLabelValues(name, q.Path).Set(float64(q.Limit))
			}
		}
	}
}
