package bot_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/letter"
)

// writes begins a letter.
func (r *room) writes(first string) {
	r.t.Helper()
	r.says("学生")
	r.says("写信")
	r.says("写一封信")
	r.says("我15岁") // asked once of pupils
	wants(r.t, r.says(first), "第 1 段收好了")
}

func TestEachPartOfALetterIsReadForDangerAndNoneIsLost(t *testing.T) {
	r := doubtful(t)
	r.writes("老师您好，我想说一件事")
	wants(t, r.says("我现在站在天台上"), "12356", "120")
	if f := r.file(); f.Case.ID == "" || len(f.Signals) != 1 {
		t.Errorf("a part of danger raises no case: %+v", f.Case)
	}
	p, err := r.People.Resolve(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Commands["letter.look"].Run(t.Context(), dialog.Call{Person: p.ID}) // while the talk about the roof has the word
	if err != nil || got.Vars["draft"] != dialog.Verbatim("老师您好，我想说一件事\n我现在站在天台上") {
		t.Errorf("the letter: %+v, %v", got, err)
	}
}

func TestAPartThatIsAskedAboutStandsInTheLetterOnce(t *testing.T) {
	for answer, what := range map[string]string{"没有": "after a no", "有过": "after a yes"} {
		t.Run(what, func(t *testing.T) {
			r := doubtful(t)
			r.writes("老师您好，我想说一件事")
			wants(t, r.says(unclear), "多问一句")
			r.says(answer)
			wants(t, r.says("写信"), "写了 2 段")
			got := r.says("看看写了什么")
			if n := strings.Count(got, unclear); n != 1 {
				t.Errorf("the part stands %d times in the letter:\n%s", n, got)
			}
		})
	}
}

func TestTheWordsThatEndALetterAreNoDanger(t *testing.T) {
	r := newRoom(t) // the shipped reader takes 写好了 for a note of farewell, anywhere else
	r.writes("老师您好，我想问问考试前怎么复习")
	wants(t, r.says("写好了"), "要寄出去吗")
	if f := r.file(); f.Case.ID != "" {
		t.Errorf("ending a letter raised a case: %+v", f.Case)
	}
}

func TestAPictureInALetterGetsAnHonestWord(t *testing.T) {
	r := doubtful(t)
	r.writes("老师您好，我想说一件事")
	r.n++
	in := channel.Inbound{Address: someone, ID: fmt.Sprintf("m%d", r.n), Kind: channel.KindImage, At: r.now}
	wants(t, r.sends(in), "放不了图片", "写过的都还在", "［写完了］")
	wants(t, r.says("然后就好了一点"), "第 2 段")
}

func TestTheButtonUnderTheNewsOpensTheAnswerInTheMiddleOfSomethingElse(t *testing.T) {
	r := doubtful(t)
	r.writes("老师您好，我想说一件事")
	p, err := r.People.Resolve(t.Context(), someone)
	if err != nil {
		t.Fatal(err)
	}
	button := dialog.Opening(letter.WordOpen)
	if err := r.DeliverLater(t.Context(), p.ID, "news", []channel.Reply{{Text: "老师回信了", Choices: []channel.Choice{button}}}); err != nil {
		t.Fatal(err)
	}
	r.work()
	in := r.text(button.Saying())
	in.MenuID = button.ID
	wants(t, r.sends(in), "请输入取信码")  // no letter was sent in this room: the button leads to the replies
	wants(t, r.says("写信"), "写了 1 段") // and was no line of the letter
}

func TestTheWordsThatEndALetterAreNoAnswerToAQuestionBesideIt(t *testing.T) {
	r := doubtful(t)
	r.writes("老师您好，我想说一件事")
	wants(t, r.says(unclear), "多问一句")
	wants(t, r.says("写完了"), "要寄出去吗")
}
