package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/channel/web"
	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/dialog"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
)

// noPreview says why the preview must stay off, "" where it may be on: it shows places and variables to whoever opens
// the page, so that page must be on the editor's own machine and serve nobody.
func noPreview(cfg config.Config) string {
	host, _, err := net.SplitHostPort(cfg.HTTP.Addr)
	ip := net.ParseIP(host)
	switch {
	case err != nil || (host != "localhost" && (ip == nil || !ip.IsLoopback())):
		return "the server listens beyond this machine: set http.addr to 127.0.0.1"
	case !cfg.Database.Embedded() || cfg.Redis.URL.Reveal() != "":
		return "the server runs on shared backends"
	case len(cfg.WeCom.Accounts) > 0:
		return "accounts of WeCom customer service are configured"
	case len(cfg.WeChat.Accounts) > 0:
		return "WeChat accounts are configured"
	}
	return ""
}

// editorsPreview remembers what produced the last answers, and what became of the last edit.
type editorsPreview struct {
	mu     sync.Mutex
	traces map[string][]dialog.Trace // by person
	edit   web.Edit
}

// maxTraced bounds what is remembered of one person whose page never asks.
const maxTraced = 100

func (e *editorsPreview) trace(person string, ts []dialog.Trace) {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := append(e.traces[person], ts...)
	e.traces[person] = all[max(0, len(all)-maxTraced):]
}

func (e *editorsPreview) take(person string) []dialog.Trace {
	e.mu.Lock()
	defer e.mu.Unlock()
	ts := e.traces[person]
	delete(e.traces, person)
	return ts
}

// startPreview begins to remember, where the configuration asks for it and nothing speaks against it.
func (a *App) startPreview(o appOptions) appOptions {
	if !a.cfg.Dialogs.Preview {
		return o
	}
	if why := noPreview(a.cfg); why != "" {
		a.log.Warn("the editors' preview stays off", "reason", why)
		return o
	}
	a.editing = &editorsPreview{traces: map[string][]dialog.Trace{}, edit: web.Edit{Version: a.library.Current().Version, Problems: []string{}}}
	a.library.OnEdit(a.edited)
	others := o.trace
	o.trace = func(person string, ts []dialog.Trace) {
		a.editing.trace(person, ts)
		if others != nil {
			others(person, ts)
		}
	}
	return o
}

// edited tells open pages what became of an edit.
func (a *App) edited(err error) {
	e := web.Edit{Version: a.library.Current().Version, Problems: []string{}}
	var ps problem.Problems
	switch {
	case errors.As(err, &ps):
		for _, p := range ps {
			e.Problems = append(e.Problems, p.String())
		}
	case err != nil:
		e.Problems = append(e.Problems, err.Error())
	}
	a.editing.mu.Lock()
	a.editing.edit = e
	a.editing.mu.Unlock()
	if err := a.bus.Publish(context.Background(), web.TopicContent); err != nil {
		a.log.Warn("open pages hear of an edit late", "error", err)
	}
}

// preview is what the web chat shows to editors, nil where the preview is off.
func (a *App) preview() *web.Preview {
	if a.editing == nil {
		return nil
	}
	return &web.Preview{
		Turn: a.turn,
		Edit: func() web.Edit {
			a.editing.mu.Lock()
			defer a.editing.mu.Unlock()
			return a.editing.edit
		},
	}
}

// turn is what produced the answers to a person's last message, and where the conversation stands now.
func (a *App) turn(ctx context.Context, from channel.Address) (web.Turn, error) {
	out := web.Turn{Steps: []web.Place{}, Vars: []web.Var{}, Version: a.library.Current().Version}
	st, err := a.bot.State(ctx, from)
	if err != nil {
		return out, fmt.Errorf("read the session: %w", err)
	}
	for _, t := range a.editing.take(st.Person) {
		out.Steps = append(out.Steps, web.Place{Step: t.Flow + "." + t.Step, At: fmt.Sprintf("%s:%d", filepath.Join(a.cfg.Dialogs.Dir, t.File), t.Line)})
	}
	if n := len(st.Dialog.Stack); n > 0 {
		top := st.Dialog.Stack[n-1]
		out.Waiting = top.Flow + "." + top.Step
		for _, name := range slices.Sorted(maps.Keys(top.Vars)) {
			out.Vars = append(out.Vars, web.Var{Name: name, Value: readable(top.Vars[name])})
		}
	}
	out.Vars = append(out.Vars, web.Var{Name: "audience", Value: fmt.Sprintf("%q", st.Audience)})
	return out, nil
}

// readable writes a variable as an editor would: choices by their labels.
func readable(v any) string {
	choices, ok := v.([]channel.Choice)
	if !ok {
		return fmt.Sprintf("%v", v)
	}
	labels := make([]string, len(choices))
	for i, c := range choices {
		labels[i] = c.Label
	}
	return strings.Join(labels, "、")
}
