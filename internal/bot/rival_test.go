package bot_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

// rival is another replica that makes whoever we meet before we do, once.
type rival struct {
	person.Directory
	was bool
}

func (r *rival) Meet(ctx context.Context, a channel.Address) (person.Person, func(context.Context) error, error) {
	p, create, err := r.Directory.Meet(ctx, a)
	if err == nil && !r.was {
		r.was = true
		_, err = r.Resolve(ctx, a)
	}
	return p, create, err
}

func TestDangerOfANewPersonWhomAnotherReplicaMadeMeanwhileIsTheirsAndOnce(t *testing.T) {
	r := newRoom(t)
	r.People = &rival{Directory: r.People}
	if answer := r.says("我不想活了"); !strings.Contains(answer, "12356") {
		t.Errorf("danger was answered without the hotline: %s", answer)
	}
	if entries, err := os.ReadDir(r.spoolDir); err != nil || len(entries) > 0 {
		t.Errorf("the danger was put off: %v, %v", entries, err)
	}
	f := r.file() // of the person who is found by the address
	if n := len(f.Signals); n != 1 || f.Case.Unread != 1 {
		t.Errorf("the case has %d signals and %d unread messages, want one of each", n, f.Case.Unread)
	}
	if answer := r.says("没有"); strings.Contains(answer, "没听懂") {
		t.Errorf("the talk did not go on: %s", answer)
	}
}
