package bot_test

import (
	"errors"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/person"
)

func TestOfAnErasedPersonNothingOfTheTurnIsKept(t *testing.T) {
	r := newRoom(t)
	r.says("学生")
	before, err := r.People.Resolve(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	r.says("删除我的资料")
	r.log.ms = nil
	confirm := r.text("确定")
	wants(t, r.sends(confirm), "都删除了")
	if len(r.log.ms) != 0 {
		t.Errorf("%d messages would be written under a name that is no more", len(r.log.ms))
	}
	if st, err := r.State(t.Context(), someone); err != nil || st.Person != "" {
		t.Errorf("the session still knows %q (%v)", st.Person, err)
	}
	wants(t, r.sends(confirm), "都删除了") // the platform's retry
	if _, err := r.People.Get(t.Context(), before.ID); !errors.Is(err, person.ErrNotFound) {
		t.Errorf("the person is still there (%v)", err)
	}
	r.says("你好")
	if after, err := r.People.Resolve(t.Context(), someone); err != nil || after.ID == before.ID {
		t.Errorf("who comes back is the one who was erased (%v)", err)
	}
}

func TestWhoIsLookedAfterIsNotErased(t *testing.T) {
	r := newRoom(t)
	r.says("我不想活了")
	wants(t, r.says("删除我的资料"), "等老师跟进完") // while they are kept company, their words are answers
	r.says("菜单")
	r.says("删除我的资料")
	wants(t, r.says("确定"), "先替您留着")
	if r.file().Case.ID == "" {
		t.Error("the case is gone")
	}
}
