package subscribe

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
)

// What a field of a notice can show. None says what the matter is.
const (
	showsTitle = "title" // that something waits, in the editors' words
	showsHint  = "hint"  // where to look
	showsTime  = "time"  // when it begins; for what has no time, when the notice is sent
	fixed      = "text:" // a text of the operator's
)

// Check says what is wrong with a form. known tells the kind of value that a field of the platform takes.
func (f Form) Check(known func(field string) (kind string, ok bool)) error {
	if f.Template == "" {
		return errors.New("template must be the template's ID in the console")
	}
	if len(f.Fields) == 0 {
		return errors.New("fields must say what each field of the template shows")
	}
	for _, field := range slices.Sorted(maps.Keys(f.Fields)) {
		shows := f.Fields[field]
		kind, ok := known(field)
		switch {
		case !ok:
			return fmt.Errorf("fields.%s: the platform has no field of such a name; copy it from the template in the console (thing1, time2 …)", field)
		case shows != showsTitle && shows != showsHint && shows != showsTime && !strings.HasPrefix(shows, fixed):
			return fmt.Errorf("fields.%s: is none of title, hint, time, text:…", field)
		case (kind == "time" || kind == "date") != (shows == showsTime):
			return fmt.Errorf("fields.%s: a field of the kind %s cannot show that: time and date fields show time, and no others do", field, kind)
		}
	}
	return nil
}

// fill makes the notice of a knock.
func (s *Service) fill(f Form, account string, k channel.Knock, now time.Time) Message {
	title, hint := s.Words(account, k.For)
	at := k.At
	if at.IsZero() {
		at = now
	}
	m := Message{Template: f.Template, For: k.For, Data: map[string]string{}}
	for field, shows := range f.Fields {
		switch {
		case shows == showsTitle:
			m.Data[field] = title
		case shows == showsHint:
			m.Data[field] = hint
		case shows == showsTime && strings.HasPrefix(field, "date"):
			m.Data[field] = at.In(citytime.Zone).Format("2006年1月2日")
		case shows == showsTime:
			m.Data[field] = at.In(citytime.Zone).Format("2006年1月2日 15:04")
		default:
			m.Data[field] = strings.TrimPrefix(shows, fixed)
		}
	}
	return m
}
