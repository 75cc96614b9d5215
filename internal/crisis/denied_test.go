package crisis

import (
	"slices"
	"strings"
	"testing"

	"github.com/xinqiao-bot/xinqiao/internal/risk"
)

func TestADenialInTheMiddleOfAGraveTalkIsAskedAboutOnce(t *testing.T) {
	calm := risk.Reading{Level: risk.None}
	denies := Heard{Text: "不是这样", Classes: []Class{NotSo}}
	grave := at(Things, Planned, risk.Self)
	grave.Level = risk.Imminent
	turn := Step(grave, denies, calm, night)
	if turn.State.Phase != Wrongly || turn.Raise.Mark != Unmarked {
		t.Fatalf("the talk stands at %q (%q), want the question what was wrong", turn.State.Phase, turn.Raise.Mark)
	}
	if again := Step(turn.State, denies, calm, night); again.State.Phase != Closed || again.Raise.Mark != IsWrong {
		t.Errorf("denied twice, the talk stands at %q (%q), want it believed", again.State.Phase, again.Raise.Mark)
	}
	if stays := Step(turn.State, Heard{Classes: []Class{Misheard}}, calm, night); stays.State.Phase == Closed || stays.State.Level != risk.Imminent {
		t.Errorf("misheard only, the talk stands at %q, level %q, want it to go on", stays.State.Phase, stays.State.Level)
	}
	reasoned := shipped(t).Hear(grave, Message{Text: "你弄错了，是语音识别错了，孩子只是不肯写作业"})
	if turn := Step(grave, reasoned, calm, night); turn.State.Phase != Closed {
		t.Errorf("denied with a reason, the talk stands at %q, want it believed at once", turn.State.Phase)
	}
	if turn := Step(grave, shipped(t).Hear(grave, Message{Text: "你弄错了"}), calm, night); turn.State.Phase != Closed {
		t.Errorf("told that it was a mistake, the talk stands at %q, want it believed at once", turn.State.Phase)
	}
	mild := at(Thoughts, Dark, risk.Self)
	mild.Level, mild.Known = risk.Medium, map[Phase]Class{}
	if turn := Step(mild, denies, calm, night); turn.State.Phase != Closed {
		t.Errorf("where nothing grave was said the talk stands at %q, want it closed", turn.State.Phase)
	}
}

func TestAJokeTakenBackASecondTimeIsAskedNoMore(t *testing.T) {
	calm, joke := risk.Reading{Level: risk.None}, Heard{Text: "开玩笑的", Classes: []Class{Joke}}
	first := Step(at(Here, Wish, risk.Self), joke, calm, night)
	if first.State.Phase == Closed {
		t.Fatal("the first joke ended the talk")
	}
	if second := Step(first.State, joke, calm, night); second.State.Phase != Closed {
		t.Errorf("the second joke left the talk at %q", second.State.Phase)
	}
}

func TestWhoseDangerItIsDoesNotTurnOnAPronoun(t *testing.T) {
	texts := shipped(t)
	other := risk.Reading{Level: risk.High, Subject: risk.Other, Category: "violence", Reason: "示例"}
	for text, turns := range map[string]bool{"不深。我怕她知道会打死我": false, "是我同学，她说要跳楼": true} {
		h := texts.Hear(at(Thoughts, Cut, risk.Self), Message{Text: text})
		r := other
		if turns {
			r.Category = "suicide"
		}
		if got := Step(at(Thoughts, Cut, risk.Self), h, r, night); (got.State.Subject == risk.Other) != turns {
			t.Errorf("%q: the danger is now %q's", text, got.State.Subject)
		}
	}
	for text, want := range map[string]risk.Subject{"我被同学打到头": risk.Self, "我儿子说要死": risk.Other} {
		r := risk.Reading{Level: risk.High, Subject: risk.Other, Category: map[risk.Subject]string{risk.Self: "bullying", risk.Other: "suicide"}[want], Reason: "示例"}
		if got := Begin(State{}, texts.Hear(State{}, Message{Text: text}), r, night); got.State.Subject != want {
			t.Errorf("%q begins as %q's danger, want %q", text, got.State.Subject, want)
		}
	}
}

func TestNothingIsSaidBackThatWasNotWritten(t *testing.T) {
	r := risk.Reading{Level: risk.Imminent, Subject: risk.Other, Category: "suicide", Reason: "示例"}
	s := at(Near, Child, risk.Other)
	s.Level = risk.High
	if turn := Step(s, Heard{Text: "他就在我面前"}, r, night); slices.Contains(turn.Say.Keys, "wants") || turn.Raise.Level != risk.Imminent {
		t.Errorf("says %v, raises to %q: nobody wrote of a wish", turn.Say.Keys, turn.Raise.Level)
	}
	means := risk.Reading{Level: risk.High, Subject: risk.Self, Traits: []risk.Trait{risk.Means}, Reason: "示例"}
	if turn := Step(at(Thoughts, Harmed, risk.Self), Heard{Text: "没想死，就是气", Classes: []Class{NoDeath}}, means, night); slices.Contains(turn.Say.Keys, "means.heard") {
		t.Error("what was denied is taken from the reading")
	}
}

func TestADeedIsNotHeardInWordsThatAskOrFear(t *testing.T) {
	texts := shipped(t)
	for _, text := range []string{"我不敢打 110 会不会抓我", "要不要打120", "怕打了会被骂"} {
		if h := texts.Hear(State{Phase: Call, Situation: Height}, Message{Text: text}); slices.Contains(h.Classes, Called) {
			t.Errorf("%q is heard as a call that was made: %v", text, h.Classes)
		}
	}
}

func TestAQuestionIsNoAnswerToADoubtAndNothingSaysThatSomebodyWasCalled(t *testing.T) {
	texts := shipped(t)
	unsure := risk.Reading{Level: risk.Medium, Ask: true, Subject: risk.Self, Reason: "示例"}
	calm := risk.Reading{Level: risk.None}
	for _, text := range []string{"是不是都怪我", "要不要报警", "你们老师会不会换人", "老师什么时候来", "你会告诉我妈吗", "你是机器人吗", "别告诉我妈", "说不出口"} {
		_, s := texts.Render(Ask(State{}, Heard{}, unsure, night), Scene{})
		turn := Step(s, texts.Hear(s, Message{Text: text}), calm, night)
		if turn.State.Phase != Doubt || turn.Doubt != DoubtOpen || turn.Raise.Level != "" {
			t.Errorf("%q ends the doubt: %q, %q, raises %q", text, turn.State.Phase, turn.Doubt, turn.Raise.Level)
			continue
		}
		bubbles, _ := texts.Render(turn, Scene{})
		for _, b := range bubbles {
			for _, untrue := range []string{"叫了", "收到提醒", "会写给你", "会在这里写给你", "老师来了"} {
				if strings.Contains(b.Text, untrue) {
					t.Errorf("%q is told %q, and nobody was called", text, b.Text)
				}
			}
		}
	}
	_, s := texts.Render(Ask(State{}, Heard{}, unsure, night), Scene{})
	if turn := Step(s, texts.Hear(s, Message{Text: "他不给钱就要发出去"}), calm, night); turn.Doubt != DoubtYes || !turn.Raise.Level.AtLeast(risk.Medium) {
		t.Errorf("a threat ends the doubt as %q, raises %q, want a yes and a case", turn.Doubt, turn.Raise.Level)
	}
}
