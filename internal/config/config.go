// Package config is what an operator may set: one typed struct with working defaults, read from a YAML file, with every
// scalar open to an environment variable (XINQIAO_ and its path: XINQIAO_HTTP_ADDR), or to a file that holds it
// (XINQIAO_DATABASE_URL_FILE). An unknown key or a bad value stops the start and says where. Start reading at Load.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Config is the whole configuration; configs/xinqiao.yaml explains every key.
type Config struct {
	HTTP     HTTP     `yaml:"http"`
	Metrics  Metrics  `yaml:"metrics"`
	Tracing  Tracing  `yaml:"tracing"`
	DataDir  string   `yaml:"data_dir"`
	Database Database `yaml:"database"`
	Keys     Keys     `yaml:"keys"`
	Redis    Redis    `yaml:"redis"`
	Dialogs  Dialogs  `yaml:"dialogs"`
	Web      Web      `yaml:"web"`
	WeChat   WeChat   `yaml:"wechat"`
	WeCom    WeCom    `yaml:"wecom"`
	Alerts   Alerts   `yaml:"alerts"`
	Media    Media    `yaml:"media"`
	Desk     Desk     `yaml:"desk"`
	Limits   Limits   `yaml:"limits"`
	Log      Log      `yaml:"log"`

	Retention Retention `yaml:"retention"`
}

// HTTP says where the server listens and how the world reaches it.
type HTTP struct {
	Addr      string `yaml:"addr"`
	PublicURL string `yaml:"public_url"` // empty: http:// and Addr

	TrustedProxies []string      `yaml:"trusted_proxies"` // addresses and networks whose X-Forwarded-For is believed
	Drain          time.Duration `yaml:"drain"`           // how long a server that ends still serves, after /readyz says so
}

// Metrics says where Prometheus finds the metrics: an address of their own, which no front leads to.
type Metrics struct {
	Addr string `yaml:"addr"` // empty: nowhere
}

// Tracing says where the spans of a message go.
type Tracing struct {
	URL   string  `yaml:"url"`   // of an OpenTelemetry collector (OTLP over HTTP); empty: nowhere
	Ratio float64 `yaml:"ratio"` // the part of messages that is followed
}

// Database is sqlite:FILE (under DataDir unless absolute) or mysql://user:pass@host:3306/name.
type Database struct {
	URL     string `yaml:"url"`
	Migrate bool   `yaml:"migrate"`
}

// Embedded says whether the database is the embedded SQLite file.
func (d Database) Embedded() bool { return strings.HasPrefix(d.URL, "sqlite:") }

// Keys says where the sealing keys are: a file, or their JSON itself (XINQIAO_KEYS_JSON, XINQIAO_KEYS_JSON_FILE).
type Keys struct {
	File   string   `yaml:"file"`
	JSON   Secret   `yaml:"json"`
	Unwrap []string `yaml:"unwrap"` // a command that unlocks the file, a KMS's for one; empty: it is in clear
	Wrap   []string `yaml:"wrap"`   // the one that locks it again
}

// Redis is redis://host:6379/0, or empty for in-process state.
type Redis struct {
	URL     Secret `yaml:"url"`
	Cluster bool   `yaml:"cluster"` // URL names one node of a Redis Cluster, more by ?addr=host:port
}

// Dialogs says where the content is and whether it is reloaded when it changes.
type Dialogs struct {
	Dir    string `yaml:"dir"`
	Reload bool   `yaml:"reload"`

	Preview bool `yaml:"preview"` // the web chat shows editors where each answer is written; only on one's own machine
}

// Web switches the web chat.
type Web struct {
	Chat bool `yaml:"chat"`
}

// WeChat holds the official accounts.
type WeChat struct {
	Accounts []Account     `yaml:"accounts"`
	Budget   time.Duration `yaml:"budget"` // how long a passive reply may take; the platform gives up after 5 s
}

// Account is one WeChat official account. AESKey empty means plain mode.
type Account struct {
	Name         string   `yaml:"name"`
	AppID        string   `yaml:"app_id"`
	AppSecret    Secret   `yaml:"app_secret"`
	Token        Secret   `yaml:"token"`
	AESKey       Secret   `yaml:"aes_key"`
	APIURL       string   `yaml:"api_url"`
	District     string   `yaml:"district"` // whose duty its people are; empty: the city's
	Capabilities []string `yaml:"capabilities"`
	Notices      []Notice `yaml:"notices"` // subscription notices; none: what cannot be pushed waits
}

// Notice is one template of subscription notices that the account was granted.
type Notice struct {
	For      string            `yaml:"for"`       // appointment, event or followup
	Template string            `yaml:"template"`  // its ID
	Fields   map[string]string `yaml:"fields"`    // what each of its fields shows
	LongTerm bool              `yaml:"long_term"` // one agreement is good for any number of notices
}

// Alerts say how members of staff are called to a case that waits.
type Alerts struct {
	Within Within `yaml:"within"`
	Rota   string `yaml:"rota"` // the file with the duties; empty: everybody is called
	Ways   []Way  `yaml:"ways"`
}

// Media says how long the pictures, voices and videos are kept that people sent while a case of theirs was open.
type Media struct {
	AfterClose time.Duration `yaml:"after_close"` // from the closing of the case
	AtMost     time.Duration `yaml:"at_most"`     // from their arrival, whatever becomes of the case
}

func (m Media) validate(bad func(key, format string, args ...any)) {
	if m.AfterClose <= 0 {
		bad("media.after_close", "%s must be more than 0", m.AfterClose)
	}
	if m.AtMost <= 0 {
		bad("media.at_most", "%s must be more than 0", m.AtMost)
	}
}

// Within is how soon somebody must acknowledge a case of a level.
type Within struct {
	Imminent time.Duration `yaml:"imminent"`
	High     time.Duration `yaml:"high"`
	Medium   time.Duration `yaml:"medium"`
}

// Desk says how members of staff sign in, and for how long.
type Desk struct {
	Idle    time.Duration `yaml:"idle"`     // without a sign of them; an open desk is one
	Session time.Duration `yaml:"session"`  // at most, whatever they do
	OneTime time.Duration `yaml:"one_time"` // how long a one-time password is good

	KnownPasswords string   `yaml:"known_passwords"` // a file of passwords that nobody may choose; empty: the built-in list alone
	OwnWords       []string `yaml:"own_words"`       // words of the organisation that stand in no password
	Demo           bool     `yaml:"demo"`            // signing in asks for no second factor; only on one's own machine
}

// Limits say how much more than usual may come from one network.
type Limits struct {
	Networks int `yaml:"networks"` // times what package budget has for one: a city's schools behind few addresses
}

func (l Limits) validate(bad func(key, format string, args ...any)) {
	if l.Networks < 1 || l.Networks > 100 {
		bad("limits.networks", "%d is outside 1 to 100", l.Networks)
	}
}

// Log says how much is logged and in which form.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // text or json
}

// Secret is a value that prints as [sealed].
type Secret string

// Reveal returns the value in clear.
func (s Secret) Reveal() string { return string(s) }

// String hides the value.
func (Secret) String() string { return "[sealed]" }

// GoString hides the value.
func (Secret) GoString() string { return "[sealed]" }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue("[sealed]") }

// Default returns the configuration of the embedded default.
func Default() Config {
	return Config{
		HTTP:     HTTP{Addr: "127.0.0.1:8080", TrustedProxies: []string{"127.0.0.1", "::1"}, Drain: 2 * time.Second},
		Metrics:  Metrics{Addr: "127.0.0.1:9464"},
		Tracing:  Tracing{Ratio: 0.05},
		DataDir:  "var",
		Database: Database{URL: "sqlite:xinqiao.db", Migrate: true},
		Keys:     Keys{File: "keys.json"},
		Dialogs:  Dialogs{Dir: "dialogs", Reload: true},
		Web:      Web{Chat: true},
		WeCom:    WeCom{Accounts: []KfAccount{}},
		WeChat:   WeChat{Accounts: []Account{}, Budget: 4200 * time.Millisecond},
		Alerts:   Alerts{Within: Within{Imminent: 3 * time.Minute, High: 10 * time.Minute, Medium: 2 * time.Hour}, Ways: []Way{}},
		Media:    Media{AfterClose: 30 * 24 * time.Hour, AtMost: 90 * 24 * time.Hour},
		Desk:     Desk{Idle: time.Hour, Session: 14 * time.Hour, OneTime: 24 * time.Hour, OwnWords: []string{}},
		Limits:   Limits{Networks: 1},
		Log:      Log{Level: "info", Format: "text"},

		Retention: defaultRetention(),
	}
}

// Load reads file ("" for none) over the defaults, then the environment (as os.Environ gives it) over both, and validates the whole.
func Load(file string, environ []string) (Config, error) {
	c := Default()
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return Config{}, fmt.Errorf("read configuration: %w", err)
		}
		if err := decode(raw, &c); err != nil {
			return Config{}, fmt.Errorf("configuration %s: %w", file, err)
		}
	}
	if err := overlay(&c, environ); err != nil {
		return Config{}, err
	}
	if c.HTTP.PublicURL == "" {
		c.HTTP.PublicURL = "http://" + c.HTTP.Addr
	}
	c.HTTP.PublicURL = strings.TrimRight(c.HTTP.PublicURL, "/")
	if err := c.validate(); err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	return c, nil
}

func decode(raw []byte, c *Config) error {
	err := guarded(func() error {
		return yaml.NewDecoder(bytes.NewReader(raw), yaml.DisallowUnknownField(), yaml.Strict()).Decode(c)
	})
	if err == nil || errors.Is(err, io.EOF) { // an empty file changes nothing
		return nil
	}
	return wrong(raw, err)
}

// Path returns p under the data folder unless it is absolute.
func (c Config) Path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.DataDir, p)
}

// plainURL says that an address is one of the web and holds no secret: such addresses are logged and shown.
func plainURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil && u.RawQuery == "" && u.Fragment == "" && !strings.Contains(u.Path, "@")
}

// longestDrain is more than any load balancer takes to see that a replica is not ready.
const longestDrain = 2 * time.Minute

// validate refuses what can be seen to be wrong before anything is opened.
func (c Config) validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
	}
	if _, _, err := net.SplitHostPort(c.HTTP.Addr); err != nil {
		bad("http.addr", "is not host:port")
	}
	if d := c.HTTP.Drain; d < 0 || d > longestDrain {
		bad("http.drain", "%s is outside 0 to %s", d, longestDrain)
	}
	if _, _, err := net.SplitHostPort(c.Metrics.Addr); err != nil && c.Metrics.Addr != "" {
		bad("metrics.addr", "is neither host:port nor empty")
	}
	if t := c.Tracing; t.URL != "" && !plainURL(t.URL) {
		bad("tracing.url", "must be http://host:port or https://host:port without a name, a password or a query, or be empty")
	} else if t.Ratio < 0 || t.Ratio > 1 {
		bad("tracing.ratio", "%v is outside 0 to 1", t.Ratio)
	}
	if !plainURL(c.HTTP.PublicURL) {
		bad("http.public_url", "is not an http or https URL without a name, a password or a query")
	}
	for i, p := range c.HTTP.TrustedProxies {
		if _, err := netip.ParseAddr(p); err == nil {
			continue
		}
		if _, err := netip.ParsePrefix(p); err != nil {
			bad(fmt.Sprintf("http.trusted_proxies[%d]", i), "is neither an address nor a network such as 10.42.0.0/16")
		}
	}
	if !c.Database.Embedded() && !strings.HasPrefix(c.Database.URL, "mysql://") {
		bad("database.url", "must begin with sqlite: or mysql://")
	}
	if u := c.Redis.URL.Reveal(); u != "" && !strings.HasPrefix(u, "redis://") && !strings.HasPrefix(u, "rediss://") {
		bad("redis.url", "must begin with redis:// or rediss://, or be empty")
	}
	if c.Redis.Cluster && c.Redis.URL.Reveal() == "" {
		bad("redis.cluster", "needs redis.url: one node of the cluster")
	}
	if c.DataDir == "" {
		bad("data_dir", "must not be empty")
	}
	if c.WeChat.Budget < 500*time.Millisecond || c.WeChat.Budget > 4800*time.Millisecond {
		bad("wechat.budget", "%s is outside 500ms to 4.8s: WeChat gives up after 5 s", c.WeChat.Budget)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		bad("log.level", "is none of debug, info, warn, error")
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		bad("log.format", "is neither text nor json")
	}
	c.Alerts.validate(bad)
	c.WeCom.validate(bad)
	c.Media.validate(bad)
	c.Retention.validate(bad)
	c.Desk.validate(bad)
	c.Limits.validate(bad)
	seen := map[string]bool{}
	for i, a := range c.WeChat.Accounts {
		key := fmt.Sprintf("wechat.accounts[%d]", i)
		for _, f := range [][2]string{{"name", a.Name}, {"app_id", a.AppID}, {"token", a.Token.Reveal()}} {
			if f[1] == "" {
				bad(key+"."+f[0], "must not be empty")
			}
		}
		if seen[a.Name] {
			bad(key+".name", "is used twice")
		}
		seen[a.Name] = true
		if k := a.AESKey.Reveal(); k != "" && len(k) != 43 {
			bad(key+".aes_key", "has %d characters, the platform gives 43", len(k))
		}
		for _, name := range a.Capabilities {
			if name != "customer_service" && name != "template" && name != "oauth" {
				bad(key+".capabilities", "has one that is none of customer_service, template, oauth")
			}
		}
	}
	return errors.Join(errs...)
}
