package web_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/live"
	"github.com/xinqiao-bot/xinqiao/internal/person"
)

func TestALookMakesNobody(t *testing.T) {
	s, _ := withPictures(t)
	ck := s.visit()
	who := channel.Address{Channel: web.ChannelName, Account: web.AccountName, User: channel.UserKey(s.user(ck))}
	for want, do := range map[string]func() *http.Response{
		"200 OK":         func() *http.Response { return s.do(http.MethodGet, "/chat/messages", ck, nil) },
		"204 No Content": func() *http.Response { return s.do(http.MethodPost, "/chat/typing", ck, "") },
		"404 Not Found":  func() *http.Response { return s.do(http.MethodGet, "/chat/media/none", ck, nil) },
		"403 Forbidden":  func() *http.Response { return s.do(http.MethodPost, "/chat/media?id=12345678", ck, "x") },
	} {
		if res := do(); res.Status != want {
			t.Errorf("it answers %s, want %s", res.Status, want)
		}
	}
	next, stop := s.stream(ck)
	_ = next()
	stop()
	if p, err := s.db.People().Find(t.Context(), who); !errors.Is(err, person.ErrNotFound) {
		t.Errorf("a look made %+v, %v", p, err)
	}
}

func TestTheStreamOfSomebodyWhoHasSaidNothingFollowsThemFromTheirFirstWord(t *testing.T) {
	for name, lost := range map[string]bool{"the word of it arrives": false, "the word of it is lost": true} {
		t.Run(name, func(t *testing.T) {
			var s *server
			s = open(t, func(o *web.Options) {
				o.Handle = func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
					_, err := s.db.People().Resolve(ctx, in.Address)
					return nil, err
				}
				if lost {
					o.Heartbeat = 5 * time.Millisecond
				}
			})
			ck := s.visit()
			next, stop := s.stream(ck)
			defer stop()
			_ = next()
			if lost {
				s.person(ck)
			} else if res := s.do(http.MethodPost, "/chat/messages", ck, map[string]any{"id": "12345678", "text": "在吗"}); res.StatusCode != http.StatusOK {
				t.Fatalf("it answers %d", res.StatusCode)
			}
			told := func(of string) {
				t.Helper()
				for {
					switch got := next(); got {
					case "changed":
						return
					case "heartbeat":
					default:
						t.Fatalf("%s: came %q", of, got)
					}
				}
			}
			told("somebody now")
			if err := s.bus.Publish(t.Context(), live.TopicPerson(s.person(ck).ID)); err != nil {
				t.Fatal(err)
			}
			told("a counsellor's word")
		})
	}
}
