package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

// kf is the customer-service account of the tests.
var kf = wxsim.Account{
	Name: "kf", AppID: "ww0123456789abcdef", AppSecret: "kf-secret-0001", Token: "kf-token",
	AESKey: "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", OpenKfID: "wkAJ2GCAAAZSfhHCt7IFSvLKtMPxyJTw",
}

// kfWorld is a replica, and customer service around it.
type kfWorld struct {
	*world
	kf *wxsim.KfClient
}

// withKf is a configuration with an account of customer service at a platform that several replicas share.
func withKf(t *testing.T, cfg config.Config) (config.Config, *wxsim.Server) {
	t.Helper()
	platform := wxsim.NewServer(kf)
	api := httptest.NewServer(platform)
	t.Cleanup(api.Close)
	cfg.WeCom.Accounts = []config.KfAccount{{Name: kf.Name, CorpID: kf.AppID, Secret: config.Secret(kf.AppSecret), Token: config.Secret(kf.Token),
		AESKey: config.Secret(kf.AESKey), OpenKfID: kf.OpenKfID, APIURL: api.URL}}
	return cfg, platform
}

func startKf(t *testing.T, cfg config.Config, platform *wxsim.Server, o appOptions) *kfWorld {
	t.Helper()
	w := start(t, cfg, o)
	if o.now != nil {
		platform.Now = o.now
	}
	return &kfWorld{w, &wxsim.KfClient{URL: w.url + "/wecom/kf", Account: kf, Platform: platform, Now: o.now}}
}

// says lets somebody write, with the call of the platform that says so, and waits for something new on their screen.
func (w *kfWorld) says(user, text string) string {
	w.t.Helper()
	before := len(w.kf.Platform.KfShown(user))
	if _, err := w.kf.Says(w.t.Context(), user, text); err != nil {
		w.t.Fatalf("%v\n%s", err, w.logs)
	}
	return w.shownAfter(user, before)
}

func (w *kfWorld) shownAfter(user string, before int) string {
	w.t.Helper()
	w.eventually("an answer to come", func() bool { return len(w.kf.Platform.KfShown(user)) > before })
	var words []string
	for _, m := range w.kf.Platform.KfShown(user)[before:] {
		words = append(words, m.Words())
	}
	return strings.Join(words, "\n")
}

// pulled waits until everything that lies at the platform was taken.
func (w *kfWorld) pulled(n string) {
	w.t.Helper()
	w.eventually("the cursor to stand at "+n, func() bool {
		p, err := w.app.db.KfProgress().Progress(w.t.Context(), kf.OpenKfID)
		return err == nil && p.Cursor == "cursor-"+n
	})
}

func TestDangerSaidToCustomerServiceIsAnsweredAndReachesAHuman(t *testing.T) {
	t.Parallel()
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		cfg, platform := withKf(t, cfg)
		w := startKf(t, cfg, platform, appOptions{})
		if err := w.kf.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		who, lin := "wmPupil-0001", casework.Actor{ID: "lin", Name: "示例·林老师"}
		if said := w.says(who, "我不想活了，药就在手边"); !strings.Contains(said, "12356") {
			t.Fatalf("the answer has no hotline:\n%s", said)
		}
		cases := w.cases(w.token("counsellor"))
		if len(cases) != 1 || cases[0].Channel != "wecom" {
			t.Fatalf("at the desk: %+v", cases)
		}
		if _, err := w.app.cases.Take(t.Context(), cases[0].ID, lin); err != nil {
			t.Fatal(err)
		}
		const words = "我是林老师，我在，慢慢说。"
		if err := w.app.cases.Say(t.Context(), cases[0].ID, lin, words, "k1"); err != nil {
			t.Fatal(err)
		}
		w.eventually("the counsellor's words to arrive", func() bool {
			for _, m := range platform.KfShown(who) {
				if strings.Contains(m.Words(), words) {
					return true
				}
			}
			return false
		})
		if strings.Contains(w.logs.String(), who) || strings.Contains(w.logs.String(), "药就在手边") {
			t.Error("the log tells of the person")
		}
	})
}

func TestALostCallAndADoubledOneChangeNothing(t *testing.T) {
	t.Parallel()
	cfg, platform := withKf(t, embedded(t))
	who := "wmParent-0001"
	platform.KfPut(kf.OpenKfID, who, "m1", time.Now(), map[string]any{"msgtype": "text", "text": map[string]any{"content": "我不想活了"}}) // nobody was there to be called
	w := startKf(t, cfg, platform, appOptions{})
	if said := w.shownAfter(who, 0); !strings.Contains(said, "12356") {
		t.Fatalf("what was said while nobody was there is answered with\n%s", said)
	}
	w.pulled("1")
	shown := len(platform.KfShown(who))
	platform.KfPut(kf.OpenKfID, who, "m1", time.Now(), map[string]any{"msgtype": "text", "text": map[string]any{"content": "我不想活了"}})
	for range 3 {
		if err := w.kf.Hint(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.pulled("2")
	if now := len(platform.KfShown(who)); now != shown {
		t.Errorf("a message that came twice was answered %d times", now)
	}
	if n := len(w.cases(w.token("counsellor"))); n != 1 {
		t.Errorf("%d cases", n)
	}
}

func TestACrashBetweenPullAndHandlingLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	cfg, platform := withKf(t, embedded(t))
	w := startKf(t, cfg, platform, appOptions{})
	first, second := "wmFirst-0001", "wmSecond-0001"
	w.says(first, "你好")
	w.pulled("1")
	w.stop()
	// The page was pulled and one of its two messages taken when the process died.
	platform.KfPut(kf.OpenKfID, first, "taken", time.Now(), map[string]any{"msgtype": "text", "text": map[string]any{"content": "你好"}})
	platform.KfPut(kf.OpenKfID, second, "not-taken", time.Now(), map[string]any{"msgtype": "text", "text": map[string]any{"content": "不想活了"}})
	db := w.app.cfg
	again, err := newApp(t.Context(), db, w.app.log, appOptions{library: shipped(t)})
	if err != nil {
		t.Fatal(err)
	}
	p, err := again.db.KfProgress().Progress(t.Context(), kf.OpenKfID)
	if err != nil {
		t.Fatal(err)
	}
	p.Done, p.Version = []string{"taken"}, p.Version+1
	if err := errors.Join(again.db.KfProgress().Advance(t.Context(), kf.OpenKfID, p), again.Close()); err != nil {
		t.Fatal(err)
	}
	before := len(platform.KfShown(first))
	w = startKf(t, cfg, platform, appOptions{})
	if said := w.shownAfter(second, 0); !strings.Contains(said, "12356") {
		t.Errorf("what was pulled and not handled is answered with\n%s", said)
	}
	w.pulled("3")
	if now := len(platform.KfShown(first)); now != before {
		t.Errorf("what was handled is answered again: %d messages instead of %d", now, before)
	}
}

func TestWhatCustomerServiceDoesNotTakeWaitsForTheNextMessage(t *testing.T) {
	t.Parallel()
	cfg, platform := withKf(t, embedded(t))
	w := startKf(t, cfg, platform, appOptions{})
	who, lin := "wmPupil-0001", casework.Actor{ID: "lin", Name: "示例·林老师"}
	w.says(who, "我不想活了，药就在手边")
	c := w.cases(w.token("counsellor"))[0]
	if _, err := w.app.cases.Take(t.Context(), c.ID, lin); err != nil {
		t.Fatal(err)
	}
	platform.Fail("/cgi-bin/kf/send_msg", 95001, "send msg count limit", 0)
	const words = "明天下午我在咨询室等你。"
	if err := w.app.cases.Say(t.Context(), c.ID, lin, words, "k1"); err != nil {
		t.Fatal(err)
	}
	delivery := func() (d casework.Delivery) {
		f, err := w.app.cases.File(storetest.Acts(t.Context()), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range f.Messages {
			if m.From == transcript.FromStaff {
				d = f.Deliveries[m.ID]
			}
		}
		return d
	}
	w.eventually("the words to wait for the person", func() bool { return delivery() == casework.DeliveryWaiting })
	platform.Reset()
	if said := w.says(who, "老师你在吗"); !strings.Contains(said, words) {
		t.Errorf("the next message brings\n%s", said)
	}
	w.eventually("the words to stand as delivered", func() bool { return delivery() == casework.DeliveryDone })
}

func TestWhoeverOpensCustomerServiceIsGreetedOnce(t *testing.T) {
	t.Parallel()
	cfg, platform := withKf(t, embedded(t))
	w := startKf(t, cfg, platform, appOptions{})
	who := "wmParent-0001"
	platform.KfEnter(kf.OpenKfID, who, "", true)
	if err := w.kf.Hint(t.Context()); err != nil {
		t.Fatal(err)
	}
	greeting := w.shownAfter(who, 0)
	w.pulled("1")
	if all := platform.KfShown(who); len(all) != 1 || all[0].Code == "" || len(all[0].Menu.List) == 0 {
		t.Fatalf("a greeting is one message with its choices, and there are %d:\n%s", len(all), greeting)
	}
	item := platform.KfShown(who)[0].Menu.List[0].Click
	before := len(platform.KfShown(who))
	if _, err := w.kf.Taps(t.Context(), who, item.ID, item.Content); err != nil {
		t.Fatal(err)
	}
	if said := w.shownAfter(who, before); said == "" || said == greeting {
		t.Errorf("a tap on %q brings\n%s", item.Content, said)
	}
}

// A colleague who was given the conversation by the console's rules keeps the program from sending: it is taken over where
// that is allowed, else it waits and /readyz says so.
func TestAConversationInOtherHandsIsTakenOverOrSaidSo(t *testing.T) {
	t.Parallel()
	cfg, platform := withKf(t, embedded(t))
	w := startKf(t, cfg, platform, appOptions{})
	queued, taken := "wmQueued-0001", "wmTaken-0001"
	platform.KfSetState(kf.OpenKfID, queued, wxsim.KfQueue)
	if said := w.says(queued, "我不想活了"); !strings.Contains(said, "12356") {
		t.Errorf("whoever waits in a queue is answered with\n%s", said)
	}
	platform.KfSetState(kf.OpenKfID, taken, wxsim.KfHuman)
	if _, err := w.kf.Says(t.Context(), taken, "我不想活了"); err != nil {
		t.Fatal(err)
	}
	w.eventually("/readyz to say that nothing can be sent", func() bool {
		code, body := w.get("/readyz")
		return code == http.StatusOK && strings.Contains(body, "wecom kf: degraded") && strings.Contains(body, "人工")
	})
	w.eventually("the cases to stand at the desk", func() bool { return len(w.cases(w.token("counsellor"))) == 2 })
}

func TestTwoReplicasPullAtOnceAndNothingIsSaidTwice(t *testing.T) {
	t.Parallel()
	cfg, platform := withKf(t, shared(t))
	a, b := startKf(t, cfg, platform, appOptions{}), startKf(t, cfg, platform, appOptions{})
	people := []string{"wmA-0001", "wmB-0001", "wmC-0001", "wmD-0001", "wmE-0001", "wmF-0001"}
	for _, who := range people {
		platform.KfPut(kf.OpenKfID, who, "", time.Now(), map[string]any{"msgtype": "text", "text": map[string]any{"content": "我不想活了"}})
	}
	calls := make(chan error, 8)
	for i := range 8 {
		w := a
		if i%2 == 1 {
			w = b
		}
		go func() { calls <- w.kf.Hint(context.WithoutCancel(t.Context())) }()
	}
	for range 8 {
		if err := <-calls; err != nil {
			t.Fatal(err)
		}
	}
	a.pulled("6")
	a.eventually("everybody to be a case", func() bool { return len(a.cases(a.token("counsellor"))) == len(people) })
	for _, who := range people {
		a.eventually("the hotlines for "+who, func() bool {
			return slices.ContainsFunc(platform.KfShown(who), func(m wxsim.KfMessage) bool { return strings.Contains(m.Words(), "12356") })
		})
		said := map[string]bool{}
		for _, m := range platform.KfShown(who) { // a busy machine may answer in two steps; no step comes twice
			if said[m.Words()] {
				t.Errorf("%s was told twice: %s", who, m.Words())
			}
			said[m.Words()] = true
		}
	}
}
