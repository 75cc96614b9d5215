package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
)

// talking is a chat whose bot knows whoever has said something.
func talking(t *testing.T) (s *server) {
	t.Helper()
	s = open(t, func(o *web.Options) {
		handle := o.Handle
		o.Handle = func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
			if _, err := s.db.People().Resolve(ctx, in.Address); err != nil {
				return nil, err
			}
			return handle(ctx, in)
		}
	})
	return s
}

// given is the cookie that an answer sets, nil where it sets none.
func given(res *http.Response) *http.Cookie {
	for _, c := range res.Cookies() {
		if strings.HasSuffix(c.Name, "xinqiao_chat") && c.MaxAge > 0 {
			return c
		}
	}
	return nil
}

func (s *server) say(ck *http.Cookie, words string) *http.Response {
	s.t.Helper()
	return s.do(http.MethodPost, "/chat/messages", ck, fields{"id": uuid.NewString(), "text": words})
}

func TestACookieThatTheServerDidNotMakeIsNeverKept(t *testing.T) {
	s := talking(t)
	ours := s.visit()
	for name, value := range map[string]string{
		"made up in the earlier form": "AAAAAAAAAAAAAAAAAAAAAA", "made up": "me", "empty": "", "changed": ours.Value[:len(ours.Value)-3] + "AAA", "long": strings.Repeat("A", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			planted := &http.Cookie{Name: ours.Name, Value: value}
			for _, do := range []func() *http.Response{
				func() *http.Response { return s.do(http.MethodGet, "/chat/messages", planted, nil) },
				func() *http.Response { return s.say(planted, "在吗") },
				func() *http.Response { return s.do(http.MethodPost, "/chat/typing", planted, "") },
			} {
				if res := do(); res.StatusCode != http.StatusUnauthorized {
					t.Errorf("it is taken: %d", res.StatusCode)
				}
			}
			after := given(s.do(http.MethodGet, "/chat", planted, nil))
			if after == nil || after.Value == value {
				t.Fatalf("the page keeps it: %v", after)
			}
			s.user(after) // one of ours
		})
	}
	if len(s.inbound()) != 0 {
		t.Error("words under a planted cookie reached the bot")
	}
}

func TestACookieThatSomebodyFetchedAndPlantedNamesNobodyOnceItsVictimOpensThePage(t *testing.T) {
	s := talking(t)
	planted := s.visit() // the attacker keeps a copy
	victim := given(s.do(http.MethodGet, "/chat", planted, nil))
	if victim == nil || s.user(victim) == s.user(planted) {
		t.Fatal("whoever opens the page goes on under the planted cookie")
	}
	res := s.say(victim, "我只跟你说")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("a first word: %d", res.StatusCode)
	}
	spoken := given(res)
	if spoken == nil || spoken.Value == victim.Value || s.user(spoken) != s.user(victim) {
		t.Errorf("at the first word the cookie is not made anew for the same person: %v", spoken)
	}
	if h := s.history(planted); len(h.Messages) != 0 || s.user(planted) == s.user(spoken) {
		t.Errorf("the attacker reads %v", h.Messages)
	}
}

func TestWhoHasSpokenIsThemselvesAgainHoweverTheyComeBack(t *testing.T) {
	s := talking(t)
	first := s.visit()
	spoken := given(s.say(first, "在吗"))
	who := s.user(spoken)
	for name, ck := range map[string]*http.Cookie{"with the cookie of their first word": spoken, "with the one before, where that answer was lost": first} {
		again := given(s.do(http.MethodGet, "/chat", ck, nil))
		if again == nil || s.user(again) != who {
			t.Errorf("%s they are somebody else", name)
		}
		if again.Value == ck.Value {
			t.Errorf("%s: the cookie is not sealed anew", name)
		}
	}
	s.say(first, "在吗？") // sent again under the first cookie: the same person
	got := s.inbound()
	if len(got) != 2 || got[0].User != got[1].User {
		t.Errorf("one person's words are %d people's", len(got))
	}
}

func TestSomebodyWhoCameBeforeCookiesWereSealedIsStillThemselves(t *testing.T) {
	s := talking(t)
	earlier := &http.Cookie{Name: "xinqiao_chat", Value: "abcdefghijklmnopqrstuv"}
	if _, err := s.db.People().Resolve(t.Context(), channel.Address{Channel: web.ChannelName, Account: web.AccountName, User: channel.UserKey(earlier.Value)}); err != nil {
		t.Fatal(err)
	}
	if res := s.say(earlier, "在吗"); res.StatusCode != http.StatusUnauthorized {
		t.Fatalf("before the page is opened again: %d", res.StatusCode)
	}
	now := given(s.do(http.MethodGet, "/chat", earlier, nil))
	if now == nil || s.user(now) != earlier.Value {
		t.Errorf("they are somebody else now: %v", now)
	}
}

func TestWhoLeavesLeavesNothingInTheBrowserAndNobodyBehindTheirCookie(t *testing.T) {
	s := talking(t)
	spoken := given(s.say(s.visit(), "在吗"))
	res := s.do(http.MethodPost, "/chat/leave", spoken, "")
	if res.StatusCode != http.StatusNoContent || !strings.Contains(res.Header.Get("Clear-Site-Data"), "cache") {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	ended := false
	for _, c := range res.Cookies() {
		ended = ended || c.Name == spoken.Name && c.MaxAge < 0 && c.Path == "/"
	}
	if !ended || len(s.left) != 1 || s.left[0].User.Reveal() != s.user(spoken) {
		t.Errorf("cookies %v, ended on the server: %v", res.Cookies(), s.left)
	}
	if page := text(s.do(http.MethodGet, "/chat/left", nil, nil)); !strings.Contains(page, "已经离开了") || !strings.Contains(page, "12356") {
		t.Errorf("afterwards the page says %.300s", page)
	}
	if res := s.do(http.MethodPost, "/chat/leave", nil, ""); res.StatusCode != http.StatusNoContent {
		t.Errorf("who is nobody leaves with %d", res.StatusCode)
	}
}
