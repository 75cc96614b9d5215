package bot_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// After an outage many late answers may wait for a person's next words, and a platform shows only the beginning of a long
// answer at once.
func TestTheHotlinesStandBeforeWhatWaited(t *testing.T) {
	r := newRoom(t)
	r.says("我是学生")
	r.phone.verr = &channel.PushError{Verdict: channel.PushPark, Code: 45047, Err: errors.New("over the count")}
	if err := r.Late(t.Context(), r.text("菜单"), []channel.Reply{{Text: "晚到的回答"}}, nil); err != nil {
		t.Fatal(err)
	}
	r.work()
	said := r.says("我不想活了，今晚就跳下去")
	hotline, late := strings.Index(said, "12356"), strings.Index(said, "晚到的回答")
	if hotline < 0 || late < hotline {
		t.Errorf("the hotline must stand before what waited: %s", said)
	}
}
