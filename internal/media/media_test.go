package media_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"io"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/store"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
)

var errAway = errors.New("the platform is away")

// platform is where things are fetched from.
type platform struct {
	files map[string][]byte
	away  bool
	asked int
}

func (p *platform) Fetches(channel.Kind, channel.Media) bool { return true }

func (p *platform) Fetch(_ context.Context, _ channel.Kind, m channel.Media, _ int64) ([]byte, error) {
	p.asked++
	if p.away {
		return nil, errAway
	}
	if data, ok := p.files[m.ID]; ok {
		return data, nil
	}
	return nil, channel.ErrMediaGone
}

// room is media on a real store, with a clock that a test moves.
type room struct {
	*media.Service
	t      *testing.T
	db     *store.DB
	p      *platform
	cases  *casework.Service
	worker *outbox.Worker
	clock  time.Time
	person string
	open   casework.Case
	lost   []media.Item
}

func newRoom(t *testing.T, place storetest.Place) *room {
	t.Helper()
	r := &room{t: t, clock: time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC), p: &platform{files: map[string][]byte{}}}
	now := func() time.Time { return r.clock }
	r.db = place.Open(t, now)
	r.cases = &casework.Service{Store: r.db.Cases(), Trail: r.db.Trail(), Outbox: r.db.Outbox(), Transcript: r.db.Messages(), Clock: citytime.Clock{Now: now}}
	r.Service = media.New(media.Service{
		Store: r.db.Media(), Trail: r.db.Trail(), Outbox: r.db.Outbox(), Fetcher: func(name, _ string) channel.Fetcher {
			if name == "wechat" {
				return r.p
			}
			return nil
		},
		Lost: func(_ context.Context, it media.Item) error { r.lost = append(r.lost, it); return nil }, Now: now,
	})
	p, err := r.db.People().Resolve(t.Context(), channel.Address{Channel: "wechat", Account: "main", User: "o-somebody"})
	if err != nil {
		t.Fatal(err)
	}
	r.person = p.ID
	if r.open, err = r.cases.Raise(t.Context(), casework.Signal{Person: p.ID, Level: risk.Medium, Subject: risk.Self, Reason: "示例", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	r.worker = &outbox.Worker{
		Store: r.db.Outbox(), Now: now, Name: "test", Backoff: func(int) time.Duration { return time.Hour },
		Handlers: map[string]outbox.Handler{
			media.KindFetch: r.Fetch, media.KindPurge: r.Purge,
			casework.KindDeadline: func(context.Context, outbox.Row) error { return nil }, casework.KindAlert: func(context.Context, outbox.Row) error { return nil },
			casework.KindFollowUp: func(context.Context, outbox.Row) error { return nil },
		},
	}
	return r
}

// sends is a message with something to see or hear, once or again.
func (r *room) sends(key string, k channel.Kind, name string) string {
	r.t.Helper()
	in := channel.Inbound{Address: channel.Address{Channel: "wechat", Account: "main", User: "o-somebody"}, ID: key, Kind: k, Media: channel.Media{ID: name}}
	return r.expects(key, in)
}

func (r *room) expects(key string, in channel.Inbound) string {
	r.t.Helper()
	id := media.ID(key)
	if in.Media.Kept != "" {
		id = in.Media.Kept
	}
	err := r.db.InTx(r.t.Context(), func(ctx context.Context) error {
		return r.Expect(ctx, media.Sent{Item: id, Person: r.person, Case: r.open.ID, Inbound: in})
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *room) work() {
	r.t.Helper()
	if _, err := r.worker.RunDue(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) item(id string) media.Item {
	r.t.Helper()
	its, err := r.Of(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return its[id]
}

func (r *room) read(id string) []byte {
	r.t.Helper()
	_, body, err := r.Open(storetest.Acts(r.t.Context()), id)
	if err != nil {
		r.t.Fatal(err)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		r.t.Fatal(err)
	}
	return data
}

// pieces counts what is left of an item's bytes.
func (r *room) pieces(id string) int {
	n := 0
	for it := r.item(id); ; n++ {
		if _, err := r.db.Media().Piece(r.t.Context(), it, n); errors.Is(err, media.ErrGone) {
			return n
		} else if err != nil {
			r.t.Fatal(err)
		}
	}
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// film is an MP4 as far as anybody looks, of more than one piece.
func film(size int) []byte {
	b := []byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00")
	for n := 0; len(b) < size; n++ {
		b = fmt.Appendf(b, "%d,", n)
	}
	return b[:size]
}

func TestAPictureIsFetchedOnceHoweverOftenItsMessageComes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		r := newRoom(t, p)
		r.p.files["m1"] = picture(t, 40, 30)
		id := r.sends("a", channel.KindImage, "m1")
		if got := r.item(id).State; got != media.Coming {
			t.Errorf("before the fetch it is %s", got)
		}
		if again := r.sends("a", channel.KindImage, "m1"); again != id {
			t.Error("the message that came again is another item")
		}
		r.work()
		r.sends("a", channel.KindImage, "m1")
		r.work()
		if it := r.item(id); it.State != media.Kept || it.Width != 40 || it.Height != 30 || it.Type != "image/png" || r.p.asked != 1 {
			t.Errorf("%+v after %d fetches, want it kept after one", it, r.p.asked)
		}
		if cfg, _, err := image.DecodeConfig(bytes.NewReader(r.read(id))); err != nil || cfg.Width != 40 {
			t.Errorf("what is kept is no picture of the size: %+v, %v", cfg, err)
		}
	})
}

func TestAFilmOfManyPiecesIsReadFromAnywhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		r := newRoom(t, p)
		want := film(3*media.PieceSize + 17)
		r.p.files["m1"] = want
		id := r.sends("a", channel.KindVideo, "m1")
		r.work()
		if !bytes.Equal(r.read(id), want) {
			t.Error("the film is another than the one that was sent")
		}
		_, body, err := r.Open(storetest.Acts(t.Context()), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []int64{media.PieceSize - 3, 3 * media.PieceSize, 5} {
			got := make([]byte, 9)
			if _, err := body.Seek(from, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(body, got); err != nil || !bytes.Equal(got, want[from:from+9]) {
				t.Errorf("from %d: %q, %v; want %q", from, got, err, want[from:from+9])
			}
		}
		if n := r.pieces(id); n != 4 {
			t.Errorf("%d pieces, want 4", n)
		}
	})
}

func TestWhatThePlatformDoesNotGiveYetIsAskedForForThreeDays(t *testing.T) {
	r := newRoom(t, storetest.SQLite(t))
	r.p.away, r.p.files["m1"] = true, picture(t, 4, 4)
	id, other := r.sends("a", channel.KindImage, "m1"), r.sends("b", channel.KindImage, "m1")
	for range 60 { // hours: more than one row of the outbox is tried for
		r.work()
		r.clock = r.clock.Add(time.Hour)
	}
	if it := r.item(id); it.State != media.Coming || r.p.asked < 60 {
		t.Fatalf("after 60 hours and %d tries it is %s", r.p.asked, it.State)
	}
	r.p.away = false
	for range 5 {
		r.work()
		r.clock = r.clock.Add(time.Hour)
	}
	if r.item(id).State != media.Kept || r.item(other).State != media.Kept || len(r.lost) != 0 {
		t.Errorf("the platform is back, and they are %s and %s (%d given up)", r.item(id).State, r.item(other).State, len(r.lost))
	}
	r.p.away = true
	late := r.sends("c", channel.KindImage, "m1")
	for range 80 {
		r.work()
		r.clock = r.clock.Add(time.Hour)
	}
	asked := r.p.asked
	r.work()
	if it := r.item(late); it.State != media.Failed || it.Why != media.Gone || len(r.lost) != 1 || r.p.asked != asked {
		t.Errorf("after three days: %+v, told %d times", it, len(r.lost))
	}
}

func TestOneThatDoesNotComeHoldsUpNoOther(t *testing.T) {
	r := newRoom(t, storetest.SQLite(t))
	r.p.away, r.p.files["m1"] = true, picture(t, 4, 4)
	first := r.sends("a", channel.KindImage, "m1")
	r.work()
	r.p.away = false
	second := r.sends("b", channel.KindImage, "m1")
	r.work()
	if r.item(first).State != media.Coming || r.item(second).State != media.Kept {
		t.Errorf("the first is %s, the second %s; want the second kept", r.item(first).State, r.item(second).State)
	}
}

func TestWhatIsNotLetInIsGivenUpAndSaidOnce(t *testing.T) {
	r := newRoom(t, storetest.SQLite(t))
	r.p.files["html"] = []byte("<html>")
	id := r.sends("a", channel.KindImage, "html")
	gone := r.sends("b", channel.KindVoice, "never")
	r.work()
	r.work()
	if it := r.item(id); it.State != media.Failed || it.Why != media.WrongType {
		t.Errorf("HTML: %+v", it)
	}
	if it := r.item(gone); it.State != media.Failed || it.Why != media.Gone {
		t.Errorf("an ID that the platform does not know: %+v", it)
	}
	if len(r.lost) != 2 || r.pieces(id) != 0 {
		t.Errorf("given up %d times with %d pieces kept, want 2 and none", len(r.lost), r.pieces(id))
	}
	if _, _, err := r.Open(storetest.Acts(t.Context()), id); !errors.Is(err, media.ErrGone) {
		t.Errorf("opening it: %v", err)
	}
}

func TestWhatWillNotBeFetchedIsKnownBeforehand(t *testing.T) {
	r := newRoom(t, storetest.SQLite(t))
	in := channel.Inbound{Address: channel.Address{Channel: "term"}, Kind: channel.KindImage}
	if ok, err := r.Takes(t.Context(), r.person, in); ok || err != nil {
		t.Errorf("from a channel that cannot: %t, %v", ok, err)
	}
	if it := r.item(r.expects("t", in)); it.State != media.Failed || it.Why != media.NoWay {
		t.Errorf("from a channel that cannot: %+v", it)
	}
	in.Channel = "wechat"
	for n := range media.PerDay {
		if ok, err := r.Takes(t.Context(), r.person, in); n < media.PerDay-1 && (!ok || err != nil) {
			t.Fatalf("the %dth of a day: %t, %v", n+1, ok, err)
		}
		r.expects(fmt.Sprint("n", n), in)
	}
	if ok, err := r.Takes(t.Context(), r.person, in); ok || err != nil {
		t.Errorf("beyond the day's number: %t, %v", ok, err)
	}
	r.clock = r.clock.Add(25 * time.Hour)
	if ok, err := r.Takes(t.Context(), r.person, in); !ok || err != nil {
		t.Errorf("on the next day: %t, %v", ok, err)
	}
}

func TestNothingIsKeptLongerThanItMayBe(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		r := newRoom(t, p)
		r.p.files["m1"] = film(media.PieceSize + 1)
		of := r.sends("a", channel.KindVideo, "m1")
		r.work()
		if err := r.Plan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Plan(t.Context()); err != nil { // a second replica
			t.Fatal(err)
		}
		closeCase(t, r.db, r.open.ID, r.clock)
		next, err := r.cases.Raise(t.Context(), casework.Signal{Person: r.person, Level: risk.Medium, Subject: risk.Self, Reason: "示例", Key: "k2"})
		if err != nil {
			t.Fatal(err)
		}
		r.open = next
		later := r.sends("b", channel.KindVideo, "m1")
		r.work()
		days := func(n int) {
			for range n {
				r.clock = r.clock.AddDate(0, 0, 1)
				r.work()
			}
		}
		days(29)
		if r.item(of).State != media.Kept || r.pieces(of) != 2 {
			t.Fatalf("29 days after its case was closed it is %s", r.item(of).State)
		}
		days(3)
		if r.item(of).State != media.Expired || r.pieces(of) != 0 {
			t.Errorf("32 days after its case was closed it is %s with %d pieces", r.item(of).State, r.pieces(of))
		}
		if r.item(later).State != media.Kept {
			t.Errorf("that of the open case is %s", r.item(later).State)
		}
		days(57)
		r.clock = r.clock.AddDate(0, 0, 1) // its 90 days are over, and no purge has been by
		if _, _, err := r.Open(storetest.Acts(t.Context()), later); !errors.Is(err, media.ErrGone) {
			t.Errorf("after 90 days it still opens: %v", err)
		}
		days(1)
		if r.item(later).State != media.Expired || r.pieces(later) != 0 {
			t.Errorf("after 91 days it is %s with %d pieces", r.item(later).State, r.pieces(later))
		}
	})
}

func closeCase(t *testing.T, db *store.DB, id string, at time.Time) {
	t.Helper()
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		c, err := db.Cases().ForUpdate(ctx, id)
		if err != nil {
			return err
		}
		c.Status, c.ClosedAt = casework.StatusClosed, at
		return db.Cases().Update(ctx, c)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnErasureTakesTheBytesAndWhatIsStillComing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		r := newRoom(t, p)
		r.p.files["m1"] = picture(t, 4, 4)
		id := r.sends("a", channel.KindImage, "m1")
		r.work()
		kept := r.item(id)
		r.sends("b", channel.KindImage, "m1")
		closeCase(t, r.db, r.open.ID, r.clock)
		if _, err := r.db.Rights().Erase(t.Context(), r.person, "本人"); err != nil {
			t.Fatal(err)
		}
		asked := r.p.asked
		r.work()
		if _, err := r.db.Media().Piece(t.Context(), kept, 0); !errors.Is(err, media.ErrGone) {
			t.Errorf("its bytes are there after the erasure: %v", err)
		}
		if _, _, err := r.Open(storetest.Acts(t.Context()), id); !errors.Is(err, media.ErrNotFound) {
			t.Errorf("it opens after the erasure: %v", err)
		}
		if r.p.asked != asked {
			t.Error("what was still to come was fetched after the erasure")
		}
	})
}

func TestAPieceOpensNowhereElse(t *testing.T) {
	r := newRoom(t, storetest.SQLite(t))
	r.p.files["m1"] = film(2 * media.PieceSize)
	id := r.sends("a", channel.KindVideo, "m1")
	r.work()
	it := r.item(id)
	it.Size-- // as if the end had been cut off
	if _, err := r.db.Media().Piece(t.Context(), it, 0); err == nil {
		t.Error("a piece opens for an item of another size")
	}
}

func TestAPictureTakenInByAChannelOfOurOwn(t *testing.T) {
	r := newRoom(t, storetest.SQLite(t))
	it, err := r.Take(t.Context(), r.person, "web:1", picture(t, 8, 8))
	if err != nil || it.State != media.Kept {
		t.Fatalf("%+v, %v", it, err)
	}
	if again, err := r.Take(t.Context(), r.person, "web:1", picture(t, 8, 8)); err != nil || again.ID != it.ID {
		t.Errorf("again: %+v, %v", again, err)
	}
	unsent, err := r.Take(t.Context(), r.person, "web:2", picture(t, 8, 8))
	if err != nil {
		t.Fatal(err)
	}
	var no *media.RefusedError
	if _, err := r.Take(t.Context(), r.person, "web:3", []byte("<svg/>")); !errors.As(err, &no) || no.Why != media.WrongType {
		t.Errorf("an SVG: %v", err)
	}
	in := channel.Inbound{Address: channel.Address{Channel: "web"}, Kind: channel.KindImage, Media: channel.Media{Kept: it.ID}}
	if ok, err := r.Takes(t.Context(), r.person, in); !ok || err != nil {
		t.Errorf("it is there already, and Takes says %t, %v", ok, err)
	}
	r.expects("", in)
	r.clock = r.clock.Add(2 * time.Hour)
	if got := r.item(it.ID); got.State != media.Kept || got.Case != r.open.ID {
		t.Errorf("after its message: %+v", got)
	}
	if got := r.item(unsent.ID); got.State != media.Expired {
		t.Errorf("whose message never came: %+v", got)
	}
}
