package content

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/person"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func replies(t *testing.T) *Replies {
	t.Helper()
	r, err := loadReplies(os.DirFS("../../dialogs"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryAnswerToDangerIsFilledFitsAMessageAndNamesTheHotlines(t *testing.T) {
	r := replies(t)
	day := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	for _, level := range []risk.Level{risk.Medium, risk.High, risk.Imminent} {
		for _, subject := range []risk.Subject{risk.Self, risk.Other, risk.Unknown} {
			for _, audience := range []person.Audience{person.Student, person.Parent, person.Unknown} {
				for named := range r.crisis.Named {
					for _, at := range []time.Time{day, day.Add(16 * time.Hour)} {
						rd := risk.Reading{Level: level, Subject: subject, Category: named}
						first := r.Crisis(rd, audience, 0, at)
						name := strings.Join([]string{string(level), string(subject), string(audience), named}, "/")
						for nth := range 5 {
							text := r.Crisis(rd, audience, nth, at)
							if strings.Contains(text, "{{") || strings.TrimSpace(text) == "" {
								t.Errorf("%s, answer %d is not filled in: %q", name, nth, text)
							}
							if len(text) > maxReplyBytes {
								t.Errorf("%s, answer %d has %d bytes, a message holds %d", name, nth, len(text), maxReplyBytes)
							}
						}
						for _, number := range hotlinesOf(level) {
							if !strings.Contains(first, number) {
								t.Errorf("%s: the first answer lacks %s", name, number)
							}
						}
						if !strings.Contains(first, "自动助手") {
							t.Errorf("%s: the first answer does not say that it is a program", name)
						}
					}
				}
			}
		}
	}
}

func TestAnAnswerComesTwiceOnlyWhenThereIsNoOther(t *testing.T) {
	r := replies(t)
	for _, a := range r.crisis.Answers {
		seen := map[string]bool{}
		for _, text := range a.Texts {
			if seen[text] {
				t.Errorf("%s/%s/%s has the same text twice", a.Level, a.Subject, a.Audience)
			}
			seen[text] = true
		}
	}
}

func TestAnEditThatLosesAHotlineIsRefusedWithItsPlace(t *testing.T) {
	for name, tt := range map[string]struct{ from, to, want string }{
		"a hotline is missing":         {"12356 心理援助热线", "心理援助热线", "少了热线 12356"},
		"the duty hours are no time":   {`from: "08:00"`, `from: "八点"`, "值班时间"},
		"a level is unknown":           {"level: imminent", "level: urgent", "等级"},
		"beside loses its numbers":     {"也可以打 12356。\n", "也可以打热线。\n", "beside 少了热线"},
		"the default name is left out": {"default: 听起来，你现在很不好受。", "other: 听起来，你现在很不好受。", "named 里没有 default"},
	} {
		t.Run(name, func(t *testing.T) {
			crisis, err := os.ReadFile("../../dialogs/replies/crisis.yaml")
			if err != nil {
				t.Fatal(err)
			}
			notices, err := os.ReadFile("../../dialogs/replies/notices.yaml")
			if err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(string(crisis), tt.from, tt.to, 1)
			if broken == string(crisis) {
				t.Fatalf("%q does not stand in crisis.yaml any more; mend this test", tt.from)
			}
			_, err = loadReplies(fstest.MapFS{"replies/crisis.yaml": {Data: []byte(broken)}, "replies/notices.yaml": {Data: notices}})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "replies/crisis.yaml:") {
				t.Errorf("error %v, want a place in replies/crisis.yaml and %q", err, tt.want)
			}
		})
	}
}

func TestDutyHoursMayGoOverMidnight(t *testing.T) {
	r := &Replies{crisis: crisisFile{Duty: dutyHours{From: "20:00", To: "06:00"}}, zone: shanghai()}
	for at, want := range map[string]bool{"19:59": false, "20:00": true, "23:30": true, "05:59": true, "06:00": false, "12:00": false} {
		clock, err := time.ParseInLocation("15:04", at, r.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.OnDuty(clock); got != want {
			t.Errorf("on duty at %s: %v, want %v", at, got, want)
		}
	}
}
