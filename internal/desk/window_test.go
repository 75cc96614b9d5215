package desk

import (
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

func TestTheMeterCountsWhatThePlatformStillTakes(t *testing.T) {
	rules := Windows{Written: Window{48 * time.Hour, 5}, Tapped: Window{time.Minute, 3}}
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration, from transcript.Speaker, replies int) line {
		return line{Message: transcript.Message{From: from, At: noon.Add(d), Replies: make([]channel.Reply, replies)}}
	}
	wrote := func(d time.Duration) line { return at(d, transcript.FromPerson, 0) }
	tapped := func(d time.Duration) line { l := wrote(d); l.Tapped = true; return l }
	bot := func(d time.Duration, n int) line { return at(d, transcript.FromBot, n) }
	staff := func(d time.Duration, how casework.Delivery) line {
		l := at(d, transcript.FromStaff, 1)
		l.Delivery = how
		return l
	}
	const s, m, h = time.Second, time.Minute, time.Hour
	tests := map[string]struct {
		lines []line
		now   time.Duration
		left  int
		open  bool
	}{
		"nobody wrote":                                  {nil, 0, 0, false},
		"just written":                                  {[]line{wrote(0)}, s, 5, true},
		"the program's answer takes nothing":            {[]line{wrote(0), bot(s, 2)}, m, 5, true},
		"a notice of its own takes one":                 {[]line{wrote(0), bot(s, 2), bot(3*m, 1)}, 5 * m, 4, true},
		"each sentence of a colleague takes one":        {[]line{wrote(0), staff(m, casework.DeliveryDone), staff(2*m, casework.DeliverySending)}, 5 * m, 3, true},
		"what waits or failed takes none":               {[]line{wrote(0), staff(m, casework.DeliveryWaiting), staff(2*m, casework.DeliveryFailed)}, 5 * m, 5, true},
		"used up":                                       {[]line{wrote(0), staff(m, "delivered"), staff(m, "delivered"), staff(m, "delivered"), staff(m, "delivered"), staff(m, "delivered")}, h, 0, false},
		"every message of the person opens it anew":     {[]line{wrote(0), staff(m, "delivered"), staff(m, "delivered"), wrote(h)}, 2 * h, 5, true},
		"closed after two days":                         {[]line{wrote(0)}, 48 * h, 0, false},
		"a tap opens a minute":                          {[]line{tapped(0)}, 30 * s, 3, true},
		"and no more":                                   {[]line{tapped(0)}, 61 * s, 0, false},
		"a tap takes nothing from what was written":     {[]line{wrote(0), staff(m, "delivered"), tapped(h)}, h + 30*s, 4, true},
		"within the minute of a tap, it is spent first": {[]line{wrote(0), tapped(h), staff(h+10*s, "delivered")}, h + 30*s, 5, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := rules.measure(tt.lines, noon.Add(tt.now))
			if got.Left != tt.left || got.Open != tt.open {
				t.Errorf("%d messages left, open %v; want %d, %v", got.Left, got.Open, tt.left, tt.open)
			}
		})
	}
}

func TestTheMeterCountsWhatThePlatformReallyTook(t *testing.T) {
	rules := Windows{Written: Window{48 * time.Hour, 5}, Tapped: Window{time.Minute, 3}}
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	wrote := func(d time.Duration) line {
		return line{Message: transcript.Message{From: transcript.FromPerson, At: at(d)}}
	}
	tapped := func(d time.Duration) line { l := wrote(d); l.Tapped = true; return l }
	said := func(d time.Duration, how casework.Delivery) line {
		return line{Message: transcript.Message{From: transcript.FromStaff, At: at(d), Replies: make([]channel.Reply, 1)}, Delivery: how}
	}
	const s, m, h = time.Second, time.Minute, time.Hour
	tests := map[string]struct {
		lines []line
		reach Reach
		now   time.Duration
		left  int
	}{
		"nothing was sent":                           {[]line{wrote(0)}, Reach{}, m, 5},
		"a long sentence is three to the platform":   {[]line{wrote(0), said(m, casework.DeliveryDone)}, Reach{Sent: []time.Time{at(m), at(m), at(m)}}, 2 * m, 2},
		"a late answer is one":                       {[]line{wrote(0)}, Reach{Sent: []time.Time{at(3 * s)}}, m, 4},
		"one is on its way":                          {[]line{wrote(0), said(m, casework.DeliverySending)}, Reach{}, m, 4},
		"the platform says that it is used up":       {[]line{wrote(0)}, Reach{Sent: []time.Time{at(m)}, Closed: at(2 * m)}, 3 * m, 0},
		"and the person wrote since":                 {[]line{wrote(0), wrote(h)}, Reach{Sent: []time.Time{at(m)}, Closed: at(2 * m)}, 2 * h, 5},
		"what was sent before the last word is over": {[]line{wrote(0), wrote(h)}, Reach{Sent: []time.Time{at(m), at(2 * m), at(h + m)}}, 2 * h, 4},
		"a tap's minute is spent first":              {[]line{wrote(0), tapped(h)}, Reach{Sent: []time.Time{at(h + s), at(h + 2*s)}}, h + 30*s, 5},
		"three after a tap, and no more":             {[]line{tapped(0)}, Reach{Sent: []time.Time{at(s), at(2 * s)}}, 30 * s, 1},
		"a minute after the tap":                     {[]line{tapped(0)}, Reach{}, 61 * s, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := rules.counted(tt.lines, tt.reach, at(tt.now)); got.Left != tt.left || got.Open != (tt.left > 0) {
				t.Errorf("%d messages left, open %v; want %d", got.Left, got.Open, tt.left)
			}
		})
	}
}
