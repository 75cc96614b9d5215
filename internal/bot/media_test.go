package bot_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// something is a message of a kind with a file behind it.
func (r *room) something(k channel.Kind, id string) channel.Inbound {
	in := r.text("")
	in.Kind, in.Media = k, channel.Media{ID: id}
	return in
}

func (r *room) place(label string) channel.Inbound {
	in := r.text("")
	in.Kind, in.Location = channel.KindLocation, &channel.Location{Latitude: 23.129, Longitude: 113.264, Label: label, Datum: "gcj02"}
	return in
}

func pixels(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// latest is the item of the last thing with media in the file.
func (r *room) latest() (transcript.Message, media.Item) {
	r.t.Helper()
	var m transcript.Message
	for _, x := range r.file().Messages {
		if x.Media != nil {
			m = x
		}
	}
	if m.Media == nil {
		r.t.Fatal("no message of the file has media")
	}
	its, err := r.media.Of(r.t.Context(), m.Media.Item)
	if err != nil {
		r.t.Fatal(err)
	}
	return m, its[m.Media.Item]
}

func (r *room) taken() casework.Case {
	r.t.Helper()
	c, err := r.cases.Take(r.t.Context(), r.file().Case.ID, counsellor)
	if err != nil {
		r.t.Fatal(err)
	}
	r.work()
	return c
}

func TestTheBotPromisesOfAPictureWhatIsDone(t *testing.T) {
	t.Run("without a case nothing is fetched and nothing is promised", func(t *testing.T) {
		r := newRoom(t)
		r.says("家长")
		answer := r.sends(r.something(channel.KindImage, "m1"))
		wants(t, answer, "看不懂图片")
		lacks(t, answer, "给老师留着")
		lacks(t, answer, "拿给老师")
		p, err := r.People.Resolve(t.Context(), someone)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := r.media.Store.CountSince(t.Context(), p.ID, time.Time{}); err != nil || n != 0 {
			t.Errorf("%d items are noted (%v), want none", n, err)
		}
	})
	t.Run("while a case waits it is kept for the counsellor", func(t *testing.T) {
		r := newRoom(t)
		r.phone.sent = map[string][]byte{"m1": pixels(t)}
		r.says("人工")
		wants(t, r.sends(r.something(channel.KindImage, "m1")), "图片我看不懂", "能看到")
		r.work()
		if _, it := r.latest(); it.State != media.Kept || it.Case != r.file().Case.ID {
			t.Errorf("%+v, want it kept for the case", it)
		}
		wants(t, r.sends(r.something(channel.KindVoice, "m2")), "语音", "能听到")
	})
	t.Run("in the talk after danger the program says the same", func(t *testing.T) {
		r := newRoom(t)
		r.says("我不想活了")
		answer := r.sends(r.something(channel.KindImage, "m1"))
		wants(t, answer, "给老师留着")
		lacks(t, answer, "打不开")
		wants(t, r.sends(r.place("天河公园")), "老师看得到")
	})
	t.Run("where the channel cannot fetch, that is said", func(t *testing.T) {
		r := newRoom(t)
		r.phone.cannotFetch = true
		r.says("我不想活了")
		answer := r.sends(r.something(channel.KindImage, "m1"))
		wants(t, answer, "打不开")
		lacks(t, answer, "给老师留着")
		r.taken()
		answer = r.sends(r.something(channel.KindVideo, "m2"))
		wants(t, answer, "视频老师打不开", "打字")
		lacks(t, answer, "拿给老师")
		if _, it := r.latest(); it.State != media.Failed || it.Why != media.NoWay {
			t.Errorf("%+v, want the desk to know that it cannot be fetched", it)
		}
	})
	t.Run("a link is no picture", func(t *testing.T) {
		r := newRoom(t)
		r.says("我不想活了")
		r.taken()
		wants(t, r.sends(r.something(channel.KindLink, "")), "链接老师打不开")
	})
}

func TestAPictureThatCannotBeGotIsSaidWhileAHumanIsThere(t *testing.T) {
	r := newRoom(t)
	r.says("我不想活了")
	r.sends(r.something(channel.KindImage, "never"))
	r.work()
	if said := strings.Join(r.phone.texts(), "\n"); strings.Contains(said, "没能打开") {
		t.Errorf("nobody has the conversation, and it is said:\n%s", said)
	}
	r.taken()
	wants(t, r.sends(r.something(channel.KindImage, "never")), "拿给老师看", "会在这里告诉您")
	r.sends(r.something(channel.KindImage, "nor-this"))
	r.work()
	if n := strings.Count(strings.Join(r.phone.texts(), "\n"), "您发来的图片没能打开"); n != 1 {
		t.Errorf("it was said %d times of two at once, want once", n)
	}
	if _, it := r.latest(); it.State != media.Failed {
		t.Errorf("%+v", it)
	}
}

func TestAPictureThatComesTwiceIsOneItem(t *testing.T) {
	r := newRoom(t)
	r.phone.sent = map[string][]byte{"m1": pixels(t)}
	r.says("我不想活了")
	in := r.something(channel.KindImage, "m1")
	r.sends(in)
	r.now = r.now.Add(20 * time.Minute) // the recorded reply is forgotten
	if err := r.sessions.Forget(t.Context(), r.Sealer.Index(someone)); err != nil {
		t.Fatal(err)
	}
	r.sends(in)
	r.work()
	n := 0
	for _, m := range r.file().Messages {
		if m.Media != nil {
			n++
		}
	}
	if _, it := r.latest(); n != 1 || it.State != media.Kept {
		t.Errorf("%d messages with a picture, which is %+v; want one, kept", n, it)
	}
}

func TestAVoiceThatOpensACaseIsFetchedWithIt(t *testing.T) {
	voice := func(r *room) channel.Inbound {
		in := r.something(channel.KindVoice, "v1")
		in.Text, in.Media.Format = "我不想活了", "amr"
		return in
	}
	t.Run("in a turn", func(t *testing.T) {
		r := newRoom(t)
		r.phone.sent = map[string][]byte{"v1": []byte("#!AMR\n\x3c")}
		wants(t, r.sends(voice(r)), "12356")
		r.work()
		if m, it := r.latest(); it.State != media.Kept || it.Type != "audio/amr" || !strings.Contains(m.Text, "我不想活了") {
			t.Errorf("%+v of %+v", it, m)
		}
	})
	t.Run("recorded from the spool", func(t *testing.T) {
		r := newRoom(t)
		r.phone.sent = map[string][]byte{"v1": []byte("#!AMR\n\x3c")}
		sessions := &down{Store: r.sessions, err: errGone}
		r.Sessions = sessions
		wants(t, r.sends(voice(r)), "12356")
		sessions.err = nil
		r.replay()
		r.work()
		if _, it := r.latest(); it.State != media.Kept {
			t.Errorf("%+v, want it kept", it)
		}
	})
}

func TestAPlaceKeepsItsPosition(t *testing.T) {
	r := newRoom(t)
	r.says("我不想活了")
	r.sends(r.place("天河公园"))
	for _, m := range r.file().Messages {
		if m.Location != nil {
			if m.Location.Label != "天河公园" || m.Location.Datum != "gcj02" || m.Location.Longitude != 113.264 {
				t.Errorf("%+v", m.Location)
			}
			return
		}
	}
	t.Error("no message of the file has a position")
}
