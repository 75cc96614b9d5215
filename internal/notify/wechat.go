package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// WeChat tells members of staff in their own WeChat, by a template message of the official account: those who are called
// and bound their WeChat at the desk, or all who did where nobody in particular is called.
type WeChat struct {
	template Template
	staff    func(ctx context.Context, names []string) (persons []string, err error)
	send     func(ctx context.Context, person string, t Message) (retry bool, err error)
}

var _ = register(Provider{
	Kind: "wechat", Fields: []Field{{"account", Text, true}, {"template", Text, true}, {"fields", Table, true}}, Personal: true, Lookup: true,
	Open: func(s Settings, o Outside) (Notifier, error) {
		return NewWeChat(Template{ID: s.Text("template"), Fields: s.Table("fields")}, o.Staff,
			func(ctx context.Context, person string, m Message) (bool, error) {
				return o.Send(ctx, s.Text("account"), person, m)
			})
	},
})

// Template is a template that the account was granted. Fields says what each of its fields shows: one of WeChatFields.
type Template struct {
	ID     string
	Fields map[string]string
}

// Message is one filled-in template.
type Message struct {
	Template string
	URL      string
	Key      string // at most 32 characters; the same when it is sent again
	Ref      string // the alert's
	Data     map[string]string
}

// NewWeChat takes who is behind the account names of staff (all for none), and what sends a message to a person.
func NewWeChat(t Template, staff func(ctx context.Context, names []string) ([]string, error), send func(ctx context.Context, person string, m Message) (bool, error)) (*WeChat, error) {
	if len(t.Fields) == 0 {
		return nil, errors.New("fields must say what each field of the template shows")
	}
	for _, field := range slices.Sorted(maps.Keys(t.Fields)) {
		if _, ok := shows[t.Fields[field]]; !ok {
			return nil, fmt.Errorf("fields.%s: is none of %s", field, strings.Join(WeChatFields(), ", "))
		}
	}
	return &WeChat{t, staff, send}, nil
}

var shows = map[string]func(Alert) string{
	"title":    Alert.Title,
	"alias":    func(a Alert) string { return a.Alias },
	"level":    func(a Alert) string { return a.Level.Label() },
	"asked":    Alert.asked,
	"who":      Alert.who,
	"district": func(a Alert) string { return a.District },
	"time":     func(a Alert) string { return a.At.In(citytime.Zone).Format("2006-01-02 15:04:05") },
}

// WeChatFields are what a field of a template can show.
func WeChatFields() []string { return slices.Sorted(maps.Keys(shows)) }

// fieldLimits are how many characters the platform takes in a field, by what its name begins with; a longer one is refused whole.
var fieldLimits = map[string]int{"thing": 20, "phrase": 5, "name": 10, "short_thing": 5, "const": 20, "character_string": 32}

// nothing stands in a field that has nothing to show: an empty one is refused.
const nothing = "—"

// Partial says that some of those who are called were told and some were not. Another try tells the rest: who was told
// already is told under the same key, which the platform takes once.
type Partial struct {
	Told, Called int
	Err          error
}

func (p *Partial) Error() string { return fmt.Sprintf("told %d of %d: %v", p.Told, p.Called, p.Err) }
func (p *Partial) Unwrap() error { return p.Err }

// Notify implements Notifier. Its error is a *Partial where somebody was told.
func (w *WeChat) Notify(ctx context.Context, a Alert) (retry bool, err error) {
	names := make([]string, 0, len(a.Call))
	for _, c := range a.Call {
		names = append(names, c.Account)
	}
	persons, err := w.staff(ctx, names)
	if err != nil {
		return true, err
	}
	if len(persons) == 0 {
		return false, errors.New("nobody who is called has bound their WeChat at the desk")
	}
	m := Message{Template: w.template.ID, URL: a.URL, Ref: a.Ref, Data: map[string]string{}}
	for field, what := range w.template.Fields {
		m.Data[field] = fitting(field, shows[what](a))
	}
	var failures []error
	for _, p := range persons {
		m.Key = messageKey(a.ID, p)
		again, err := w.send(ctx, p, m)
		if err != nil {
			failures, retry = append(failures, err), retry || again
		}
	}
	err = errors.Join(failures...)
	if told := len(persons) - len(failures); err != nil && told > 0 {
		err = &Partial{Told: told, Called: len(persons), Err: err}
	}
	return retry, err
}

func fitting(field, value string) string {
	if value == "" {
		return nothing
	}
	limit, ok := fieldLimits[strings.TrimRight(field, "0123456789")]
	if !ok || utf8.RuneCountInString(value) <= limit {
		return value
	}
	return string([]rune(value)[:limit-1]) + "…"
}

// messageKey is short enough for the platform, and the same for the same alert and person, whoever else is called.
func messageKey(alert, person string) string {
	sum := sha256.Sum256([]byte(alert + "\x00" + person))
	return hex.EncodeToString(sum[:16])
}
