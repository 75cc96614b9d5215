package bot_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// numbered is a text as a platform numbers it.
func numbered(n int, at time.Time, text string) channel.Inbound {
	return channel.Inbound{Address: someone, ID: strconv.Itoa(n), Kind: channel.KindText, Text: text, At: at}
}

// spoken is what the person said, in the order of the record.
func (r *room) spoken() (out []string) {
	r.t.Helper()
	for _, m := range r.file().Messages {
		if m.From == transcript.FromPerson {
			out = append(out, m.Text)
		}
	}
	return out
}

func TestABurstIsRecordedAsItWasWritten(t *testing.T) {
	r := newRoom(t)
	r.sends(numbered(1, r.now, "我不想活了"))
	var (
		wg   sync.WaitGroup
		want = []string{"我不想活了"}
	)
	r.now = r.now.Add(10 * time.Second)
	for n := range 30 {
		want = append(want, fmt.Sprintf("第 %02d 句", n))
	}
	for _, n := range rand.Perm(30) {
		wg.Go(func() { r.sends(numbered(100+n, r.now, fmt.Sprintf("第 %02d 句", n))) })
	}
	wg.Wait()
	if got := r.spoken(); !slices.Equal(got, want) {
		t.Errorf("recorded as %q", got)
	}
	var last string
	for _, m := range r.file().Messages {
		if m.From == transcript.FromBot && last == string(transcript.FromBot) {
			t.Error("two answers stand one after the other: an answer stands behind what it answers")
		}
		last = string(m.From)
	}
}

func TestWhatIsSaidAfterAnAnswerStandsBehindItWhateverThePlatformsClock(t *testing.T) {
	r := newRoom(t)
	made := 0
	r.NewID = func() string { // of the time, as outside of tests
		made++
		return fmt.Sprintf("%012x", r.now.UnixMilli())[:8] + "-" + fmt.Sprintf("%012x", r.now.UnixMilli())[8:] + fmt.Sprintf("-7000-8000-%012x", made)
	}
	r.sends(numbered(99, r.now, "我不想活了"))
	want := []string{"我不想活了"}
	for n := range 5 {
		r.now = r.now.Add(3 * time.Second)
		r.sends(channel.Inbound{Address: someone, ID: fmt.Sprintf("event:%d", n), Kind: channel.KindEvent, Event: channel.Event{Type: channel.EventClick, Key: "COURSES"}, At: r.now}) // has no number: it stands by our clock
		r.now = r.now.Add(150 * time.Millisecond)
		words := fmt.Sprintf("第 %d 句", n)
		r.sends(numbered(100+n, r.now.Truncate(time.Second).Add(-2*time.Second), words))
		want = append(want, "［点菜单：COURSES］", words)
	}
	if got := r.spoken(); !slices.Equal(got, want) {
		t.Errorf("recorded as %q", got)
	}
}

// Two deliveries of one burst may be far apart on a busy way: the platform's numbers tell which was said first.
func TestADeliveryThatComesLateStandsWhereItWasSaid(t *testing.T) {
	r := newRoom(t)
	r.sends(numbered(1, r.now, "我不想活了"))
	r.now = r.now.Add(10 * time.Second)
	said := r.now
	for _, n := range []int{1, 2, 4, 3} {
		r.sends(numbered(100+n, said, fmt.Sprintf("第 %d 句", n)))
		r.now = r.now.Add(700 * time.Millisecond)
	}
	if got := r.spoken(); !slices.Equal(got, []string{"我不想活了", "第 1 句", "第 2 句", "第 3 句", "第 4 句"}) {
		t.Errorf("recorded as %q", got)
	}
}

func TestWordsOfAnOutageStandWhereTheyWereSaidAndAreHeardBeforeWhatIsSaidNow(t *testing.T) {
	r := newRoom(t)
	sessions := &down{Store: r.sessions, err: errGone}
	r.Sessions = sessions
	say := func(n int, text string) {
		r.now = r.now.Add(time.Second)
		r.sends(numbered(n, r.now, text))
	}
	say(1, "孩子最近不太好")
	say(2, "我不想活了")
	say(3, "我不知道该怎么办")
	sessions.err = nil
	say(4, "你们还在吗") // the outage is over, and this comes before the spool has had its time
	if got := r.spoken(); !slices.Equal(got, []string{"孩子最近不太好", "我不想活了", "我不知道该怎么办", "你们还在吗"}) {
		t.Errorf("recorded as %q", got)
	}
	if n := r.spool.Figures().Entries; n != 0 {
		t.Errorf("%d wait although their person is here", n)
	}
	r.work()
	if said := strings.Join(r.phone.texts(), "\n"); said == "" {
		t.Error("what was said in the outage was never answered")
	}
}
