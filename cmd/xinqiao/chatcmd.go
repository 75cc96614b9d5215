package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/term"
	"github.com/xinqiao-bot/xinqiao/internal/citytime"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/script"
)

func chatCommand(e env) *cobra.Command {
	var record, name, account string
	c := &cobra.Command{
		Use:   "chat",
		Short: "talk to the assistant in the terminal, and record the talk as a test",
		Long: `Talks to the assistant in the terminal, in a world of its own: nothing is kept and nobody is called.
Type a number to tap a choice; :state shows where the conversation stands; :help lists the rest; :quit leaves.

With --record the conversation is added to a file of conversation tests when it ends, with what was typed and
tapped and a tell-tale part of each answer; :drop takes back the last turn. The clock then stands, but for :after.`,
		Example: "  xinqiao chat\n  xinqiao chat --record dialogs/tests/snack.yaml --name 点一份肠粉",
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			dir, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			lib, err := openContent(dir)
			if err != nil {
				return err
			}
			if err := hasAccount(lib, account); err != nil {
				return err
			}
			c := &chat{env: e, lib: lib, account: account, clock: &clock{now: time.Now}, pushes: make(chan channel.Reply)}
			if record != "" {
				return c.record(cmd.Context(), record, name)
			}
			if name != "" {
				return errors.New("--name names a recording; add --record FILE.yaml")
			}
			return c.talk(cmd.Context())
		}),
	}
	c.Flags().StringVar(&account, "account", "", "talk as with this account, a `NAME` under dialogs/accounts/ (default: what all have in common)")
	c.Flags().StringVar(&record, "record", "", "add the conversation to this `FILE` of tests, under dialogs/tests/")
	c.Flags().StringVar(&name, "name", "", "`NAME` of the recorded test (default: the day and time)")
	return c
}

// clock is time that can be moved on.
type clock struct {
	now  func() time.Time
	mu   sync.Mutex
	gone time.Duration
}

// Now is the base's time and what went by beside it.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().Add(c.gone)
}

// move lets d go by, or takes it back.
func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone += d
}

// chat is one run of the chat command.
type chat struct {
	env
	lib     *content.Library
	account string
	clock   *clock
	talker  *talker
	pushes  chan channel.Reply
}

// talk talks, with the outbox at work: reminders and what staff say come as they fall due.
func (c *chat) talk(ctx context.Context) (err error) {
	if c.talker, err = newTalker(ctx, c.lib, c.clock.Now, c.err); err != nil {
		return err
	}
	defer c.talker.Close()
	working, stop := context.WithCancel(ctx)
	c.talker.app.terminal = pushed{c.pushes, working.Done()}
	var wg sync.WaitGroup
	wg.Go(func() { err = c.talker.app.work(working) })
	terr := c.run(ctx, c.talker.Say, map[string]term.Order{
		":after": {Help: "72h  让时间过去这么久，到期的提醒会自己来", Do: c.after},
		":staff": {Help: "文字  扮一位老师，接过对话说一句（先要有人需要老师）", Do: c.asStaff},
	})
	stop()
	wg.Wait()
	return errors.Join(terr, err)
}

func (c *chat) run(ctx context.Context, say func(context.Context, channel.Inbound) ([]channel.Reply, error), orders map[string]term.Order) error {
	orders[":state"] = term.Order{Help: " 对话进行到哪一步", Do: func(context.Context, string) (string, []channel.Reply, error) { return c.talker.State(), nil, nil }}
	return term.Run(ctx, term.Options{
		In: c.in, Out: c.out, Handle: say, Pushes: c.pushes, Orders: orders, PublicURL: c.talker.app.cfg.HTTP.PublicURL, Account: c.account, Now: c.clock.Now, Color: c.colored(),
	})
}

// colored says whether the output shows colours: https://no-color.org
func (c *chat) colored() bool {
	f, ok := c.out.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && c.lookup("NO_COLOR") == "" && c.lookup("TERM") != "dumb"
}

// after lets time go by.
func (c *chat) after(_ context.Context, arg string) (string, []channel.Reply, error) {
	d, err := time.ParseDuration(arg)
	if err != nil || d <= 0 {
		return "写成 :after 30m、:after 72h", nil, nil //nolint:nilerr // whoever typed it was told
	}
	c.clock.move(d)
	c.talker.app.worker.Notify()
	return "现在是 " + c.clock.Now().In(citytime.Zone).Format("2006-01-02 15:04"), nil, nil
}

// asStaff speaks as a counsellor would at the desk, so that whoever writes the content sees what a person sees then.
func (c *chat) asStaff(ctx context.Context, text string) (string, []channel.Reply, error) {
	st, err := c.talker.app.bot.State(ctx, c.talker.last)
	if err != nil {
		return "", nil, err
	}
	id, err := c.talker.app.cases.OpenCase(ctx, st.Person)
	if err != nil {
		return "", nil, err
	}
	if id == "" || text == "" {
		return "先说“人工”，或者说出需要老师的话，再写 :staff 我是老师，我在", nil, nil
	}
	by := casework.Actor{ID: "term", Name: "示例老师"}
	if _, err := c.talker.app.cases.Take(ctx, id, by); err != nil {
		return "", nil, err
	}
	if err := c.talker.app.cases.Say(ctx, id, by, text, uuid.NewString()); err != nil {
		return "", nil, err
	}
	c.talker.app.worker.Notify()
	return "", nil, nil
}

// pushed is the way to whoever sits at the terminal, until they are gone.
type pushed struct {
	to   chan<- channel.Reply
	gone <-chan struct{}
}

// Capabilities implements channel.Sender: everything said shows.
func (pushed) Capabilities() channel.Capabilities {
	return channel.Capabilities{CustomerService: true, Cards: true, Places: true}
}

// Push implements channel.Sender.
func (p pushed) Push(ctx context.Context, _ channel.UserKey, r channel.Reply) error {
	select {
	case p.to <- r:
		return nil
	case <-p.gone:
		return &channel.PushError{Verdict: channel.PushPark, Err: errors.New("the terminal is closed")}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// record talks while the clock stands, and then adds the conversation to a file of tests.
func (c *chat) record(ctx context.Context, file, name string) error {
	began := time.Now().Truncate(time.Minute)
	c.clock.now = func() time.Time { return began }
	if name == "" {
		name = "录于 " + began.In(citytime.Zone).Format("2006-01-02 15:04")
	}
	rec := &script.Recording{Name: name, Account: c.account, Clock: began}
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read what is to be added to: %w", err)
	}
	if err := rec.Fits(file, before); err != nil {
		return err
	}
	if c.talker, err = newTalker(ctx, c.lib, c.clock.Now, c.err); err != nil {
		return err
	}
	defer func() { c.talker.Close() }()
	say := func(ctx context.Context, in channel.Inbound) ([]channel.Reply, error) {
		replies, err := c.talker.Say(ctx, in)
		if err == nil {
			rec.Add(in, replies)
		}
		return replies, err
	}
	err = c.run(ctx, say, map[string]term.Order{
		":after": {Help: "72h  让时间过去这么久", Do: c.after},
		":drop": {Help: " 收回上一轮，当没说过", Do: func(ctx context.Context, _ string) (string, []channel.Reply, error) {
			return c.drop(ctx, rec)
		}},
	})
	if err != nil {
		return err
	}
	return c.save(ctx, rec, file, before)
}

// drop takes back the last turn: the conversation is held anew without it, so that it truly was not said.
func (c *chat) drop(ctx context.Context, rec *script.Recording) (string, []channel.Reply, error) {
	ins := rec.Inbounds()
	if len(ins) < 2 {
		return "开头的问候收不回", nil, nil
	}
	rec.Drop()
	gone, ins := ins[len(ins)-1], ins[:len(ins)-1]
	c.clock.move(ins[0].At.Sub(c.clock.Now()))
	t, err := newTalker(ctx, c.lib, c.clock.Now, c.err)
	if err != nil {
		return "", nil, err
	}
	c.talker.Close()
	c.talker = t
	var replies []channel.Reply
	for _, in := range ins {
		c.clock.move(in.At.Sub(c.clock.Now()))
		if replies, err = t.Say(ctx, in); err != nil {
			return "", nil, err
		}
	}
	return "收回了：" + gone.Text, replies, nil
}

func (c *chat) save(ctx context.Context, rec *script.Recording, file string, before []byte) error {
	err := rec.Settle(ctx, func(s script.Script) (script.Talker, error) { return newTalker(ctx, c.lib, s.Now, c.err) })
	if err != nil {
		return err
	}
	after, err := rec.AppendTo(file, before)
	if err != nil {
		return err
	}
	// Whole or not at all.
	tmp := file + ".new"
	if err := os.WriteFile(tmp, after, 0o600); err != nil { //nolint:gosec // whoever records names the file
		return fmt.Errorf("write the recording: %w", err)
	}
	if err := os.Rename(tmp, file); err != nil {
		return errors.Join(fmt.Errorf("write the recording: %w", err), os.Remove(tmp))
	}
	_, _ = fmt.Fprintf(c.out, "\n记进了 %s：%s，一共 %d 轮\n", file, rec.Name, len(rec.Inbounds()))
	if !strings.HasPrefix(filepath.Clean(file), filepath.Join(c.lib.Dir(), "tests")+string(filepath.Separator)) {
		_, _ = fmt.Fprintf(c.out, "xinqiao test 只看 %s 里的文件\n", filepath.Join(c.lib.Dir(), "tests"))
	}
	return nil
}
