package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/tencent"
)

const (
	syncPath = "/cgi-bin/kf/sync_msg"
	pageSize = 100 // of at most 1,000: so many may be pulled again after a crash

	pullLock  = 12 * time.Second // ends by itself where its replica died
	lockWait  = 8 * time.Second
	callLimit = 4 * time.Second
	hardLimit = 30 * time.Second // ends a handler that hangs
	youth     = 10 * time.Minute // what is pulled blindly and is older was answered, as far as anybody knows
)

// errLeft says that some messages of a page were neither handled nor kept: the page is pulled again.
var errLeft = errors.New("some messages could not be kept")

// follow pulls an account whenever the platform calls, and every now and then without: a call may be lost.
func (c *Channel) follow(ctx context.Context, a *account) {
	pause, failed, called := time.Duration(0), 0, false // at once: something may have come while nobody was here
	for {
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-a.wake:
			called = true
		case <-timer.C:
		}
		timer.Stop()
		err := c.pull(ctx, a, called)
		if err == nil {
			pause, failed, called = c.o.Every, 0, false
			continue
		}
		if ctx.Err() != nil {
			return
		}
		pause = min(time.Second<<min(failed, 10), c.o.Every)
		if failed++; failed == 1 || failed%20 == 0 {
			c.o.Log.Error("messages of WeCom customer service cannot be pulled; trying again", "account", a.Name, "error", err, "pause", pause)
		}
	}
}

// pull takes page after page until there is none.
func (c *Channel) pull(ctx context.Context, a *account, called bool) error {
	for ctx.Err() == nil {
		more, err := c.page(ctx, a, called)
		if err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}

// synced is a page as it comes.
type synced struct {
	Next string            `json:"next_cursor"`
	More int               `json:"has_more"`
	List []json.RawMessage `json:"msg_list"`
}

// page takes one page. One replica does so at a time. Where the lock's backend is away a page is taken all the same if the
// platform has called: that call went to one replica, and danger does not wait.
func (c *Channel) page(ctx context.Context, a *account, called bool) (more bool, err error) {
	locking, cancel := context.WithTimeout(ctx, lockWait)
	unlock, err := c.o.Cache.Lock(locking, "wecom-pull:"+a.OpenKfID, pullLock)
	cancel()
	switch {
	case err == nil:
		defer unlock()
	case ctx.Err() != nil:
		return false, ctx.Err()
	case !called:
		return false, fmt.Errorf("wait for the other replicas: %w", err)
	default:
		c.o.Log.Warn("pulling without the lock of the replicas", "account", a.Name, "error", err)
	}
	p, blind := c.progress(ctx, a)
	got, err := c.sync(ctx, a, p.Cursor)
	if err != nil {
		return false, err
	}
	c.metrics.pulled.WithLabelValues(a.Name).Set(float64(c.o.Now().Unix()))
	if got.Next == "" { // nothing to go on from: never begin anew
		got.Next = p.Cursor
	}
	c.settled(a, syncPath)
	works := c.works(a, got.List, p, blind)
	p, left := c.hand(ctx, a, p, works, blind)
	p.Version++
	switch {
	case left && !blind:
		c.advance(ctx, a, p)
		return false, errLeft
	case blind:
		a.mu.Lock()
		a.local.Cursor = got.Next
		a.mu.Unlock()
	case got.Next != p.Cursor || len(p.Done) > 0:
		c.advance(ctx, a, channel.Progress{Cursor: got.Next, Version: p.Version})
	}
	return got.More == 1 && ctx.Err() == nil, nil
}

// sync asks the platform for a page.
func (c *Channel) sync(ctx context.Context, a *account, cursor string) (got synced, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	ask := map[string]any{"cursor": cursor, "limit": pageSize, "open_kfid": a.OpenKfID, "voice_format": 0}
	token := a.token(c.o.Now())
	if token != "" {
		ask["token"] = token
	}
	err = c.call(ctx, a, syncPath, ask, &got)
	var ae *tencent.APIError
	if errors.As(err, &ae) && ae.Code == codeToken && token != "" { // it had its ten minutes
		a.mu.Lock()
		a.hint = hint{}
		a.mu.Unlock()
		delete(ask, "token")
		err = c.call(ctx, a, syncPath, ask, &got)
	}
	if err != nil {
		c.meet(a, syncPath, err)
	}
	return got, err
}

// work is a message that is to be handled.
type work struct {
	in   channel.Inbound
	code string // of an event that may be answered once by it

	mu       sync.Mutex
	finished bool
	held     bool // it is durable, and nobody need wait for it
}

// works are the messages of a page that are to be handled, each person's in the order in which the platform took them. What
// was taken already, or is being, is left out.
func (c *Channel) works(a *account, list []json.RawMessage, p channel.Progress, blind bool) [][]*work {
	done := map[string]bool{}
	for _, id := range p.Done {
		done[id] = true
	}
	now := c.o.Now()
	var people [][]*work
	at := map[string]int{}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, raw := range list {
		m := readMessage(raw)
		if m.KfID != "" && m.KfID != a.OpenKfID {
			continue
		}
		id := m.id()
		if done[id] || a.recent.has(id) {
			continue
		}
		if _, there := a.inHand[id]; there {
			continue
		}
		done[id] = true // a page may bring one twice
		c.metrics.messages.WithLabelValues(a.Name, known(m)).Inc()
		if !m.fromPerson() {
			c.report(a, m)
			continue
		}
		in := a.inbound(m, now)
		if blind && now.Sub(in.At) > youth {
			continue
		}
		in.At = a.behind(m.User, in.At)
		a.inHand[id] = struct{}{}
		i, there := at[m.User]
		if !there {
			i = len(people)
			at[m.User] = i
			people = append(people, nil)
		}
		people[i] = append(people[i], &work{in: in, code: m.Event.WelcomeCode})
	}
	return people
}

// behind is when somebody wrote, to be told from what they wrote before in the same second. The caller holds mu.
func (a *account) behind(user string, at time.Time) time.Time {
	if last, there := a.spoke[user]; there && !at.After(last) && last.Sub(at) < time.Second {
		at = last.Add(time.Microsecond)
	}
	if len(a.spoke) > mostRecent {
		clear(a.spoke)
	}
	a.spoke[user] = at
	return at
}

// hand gives messages to the handler, people beside each other, and waits for them for the budget. What takes longer is made
// durable, so that the cursor may move, and goes on. It returns the progress with what is settled, and whether
// some are not.
func (c *Channel) hand(ctx context.Context, a *account, p channel.Progress, people [][]*work, blind bool) (_ channel.Progress, left bool) {
	pending := map[*work]bool{}
	for _, ws := range people {
		for _, w := range ws {
			pending[w] = true
		}
	}
	type end struct {
		w  *work
		ok bool
	}
	ends := make(chan end, len(pending))
	for _, ws := range people {
		c.working.Go(func() {
			for _, w := range ws {
				ends <- end{w, c.take(context.WithoutCancel(ctx), a, w)}
			}
		})
	}
	took := func(e end) {
		delete(pending, e.w)
		if e.ok {
			p.Done = append(p.Done[:len(p.Done):len(p.Done)], e.w.in.ID)
		}
		left = left || !e.ok
	}
	timer := time.NewTimer(c.o.Budget)
	defer timer.Stop()
	for len(pending) > 0 {
		select {
		case e := <-ends:
			took(e)
			for more := true; more; {
				select {
				case e := <-ends:
					took(e)
				default:
					more = false
				}
			}
			if len(pending) > 0 && !blind {
				p.Version++
				c.advance(ctx, a, p)
			}
			continue
		case <-timer.C:
		case <-ctx.Done():
		}
		for w := range pending {
			took(end{w, c.hold(context.WithoutCancel(ctx), a, w)})
		}
	}
	return p, left
}

// hold makes a message durable that is not handled yet.
func (c *Channel) hold(ctx context.Context, a *account, w *work) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.finished || w.held {
		return true
	}
	if err := c.o.Accept(ctx, w.in); err != nil {
		c.o.Log.Error("a message cannot be made durable; it stays with the platform until it is handled", "account", a.Name, "error", err)
		return false
	}
	c.metrics.late.Inc()
	w.held = true
	return true
}

// take handles one message and says the answer; false where it came to none and could not be kept either.
func (c *Channel) take(ctx context.Context, a *account, w *work) bool {
	ctx, cancel := context.WithTimeout(ctx, hardLimit)
	defer cancel()
	var err error
	if !c.goOn(ctx, a, w.in) {
		var replies []channel.Reply
		if replies, err = c.handle(ctx, w.in); err == nil {
			err = c.answer(ctx, a, w, replies)
		}
	}
	kept := err == nil || c.hold(ctx, a, w)
	w.mu.Lock()
	w.finished = kept
	held := w.held
	w.mu.Unlock()
	if held {
		if lerr := c.o.Late(ctx, w.in, nil, err); lerr != nil {
			c.o.Log.Error("a message waits in the spool", "channel", w.in.Address, "error", lerr)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.inHand, w.in.ID)
	if kept {
		a.recent.add(w.in.ID)
	}
	return kept
}

func (c *Channel) handle(ctx context.Context, in channel.Inbound) (replies []channel.Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.o.Log.Error("message handler panicked", "channel", in.Address)
			replies, err = nil, errors.New("handler panicked")
		}
	}()
	return c.o.Handle(ctx, in)
}

// known keeps a stranger's type out of the metrics' labels.
func known(m message) string {
	switch m.Type {
	case "text", "image", "voice", "video", "file", "location", "link", "business_card", "miniprogram", "merged_msg":
		return m.Type
	case "event":
		switch m.Event.Type {
		case "enter_session", "msg_send_fail", "session_status_change", "servicer_status_change", "user_recall_msg", "servicer_recall_msg", "reject_customer_msg_switch_change":
			return m.Event.Type
		}
		return "event"
	}
	return "other"
}

// report counts what the platform says by itself.
func (c *Channel) report(a *account, m message) {
	if m.Type != "event" || m.Event.Type != "msg_send_fail" {
		return
	}
	why := failReason(m.Event.FailType)
	c.metrics.failed.WithLabelValues(a.Name, why).Inc()
	c.o.Log.Warn("WeCom took a message that did not arrive", "account", a.Name, "reason", why)
}
