package bot_test

import (
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

// sticker is what a platform tells of without bringing it.
func (r *room) sticker() channel.Inbound {
	in := r.text("")
	in.Kind = channel.KindSticker
	return in
}

func TestAStickerIsNoAnswerAndNoLetter(t *testing.T) {
	r := newRoom(t)
	r.says("学生")
	wants(t, r.sends(r.sticker()), "看不懂图片")
	r.writes("写给老师的一句话。")
	before := r.letters()
	if said := r.sends(r.sticker()); strings.Contains(said, "没太明白") || said == "" {
		t.Errorf("beside a letter a sticker got %q", said)
	}
	if r.letters() != before {
		t.Error("a sticker became a letter")
	}
	if r.file().Case.ID != "" {
		t.Error("a sticker is no danger")
	}
}

func TestAStickerWhileACounsellorTalksIsNotPromised(t *testing.T) {
	r := newRoom(t)
	c := inDanger(t, r)
	must(t, r.cases.Take, c.ID)
	r.work()
	r.says("在")
	if said := r.sends(r.sticker()); strings.Contains(said, "拿给老师") || !strings.Contains(said, "打字") {
		t.Errorf("a sticker got %q", said)
	}
	f := r.file()
	if last := f.Messages[len(f.Messages)-2].Text + f.Messages[len(f.Messages)-1].Text; !strings.Contains(last, "表情包") {
		t.Errorf("the desk shows %q", last)
	}
}

func TestAFaceThatCriesIsMetAndCallsNobody(t *testing.T) {
	for _, face := range []string{"😭", "[流泪]", "[Sob]", "/::'(", "💔💔"} {
		r := newRoom(t)
		r.says("学生")
		for range 4 {
			if said := r.says(face); strings.Contains(said, "没太明白") {
				t.Errorf("%s was not understood: %s", face, said)
			}
		}
		if r.Read(face).Level != risk.Low || len(r.asks()) > 0 || r.file().Case.ID != "" {
			t.Errorf("%s reads as %+v, with %d questions", face, r.Read(face), len(r.asks()))
		}
	}
}

func TestFacesHideNoDanger(t *testing.T) {
	for _, text := range []string{"😭我不想活了", "我不想活了[流泪][流泪]", "[微笑]我不想活了[再见]", "我不想活了/::<"} {
		r := newRoom(t)
		wants(t, r.says(text), "12356")
	}
}

func TestAFigureInAKeyIsAChoice(t *testing.T) {
	a, b := newRoom(t), newRoom(t)
	a.says("学生")
	b.says("学生")
	if key, figure := a.says("2️⃣"), b.says("2"); key != figure {
		t.Errorf("2️⃣ got %q, 2 got %q", key, figure)
	}
}
