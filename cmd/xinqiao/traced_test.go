package main

import (
	"fmt"
	"strings"
	"testing"

	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/xinqiao-bot/xinqiao/internal/config"
	"github.com/xinqiao-bot/xinqiao/internal/tracing"
	"github.com/xinqiao-bot/xinqiao/internal/wxsim"
)

func TestOneTraceFollowsADangerFromTheWebhookToTheCallForHelp(t *testing.T) {
	eachBackend(t, func(t *testing.T, cfg config.Config) {
		desk := newDutyDesk(t)
		cfg.Alerts.Ways = []config.Way{desk.way()}
		kept := tracetest.NewInMemoryExporter()
		w := start(t, cfg, appOptions{tracer: tracing.New(sdk.WithSyncer(kept), tracing.Options{Ratio: 1, Version: "test"})})
		const who = "oInDanger-traced"
		w.sends(wxsim.Text(who, "我不想活了"))
		byName := func() map[string]tracetest.SpanStub {
			out := map[string]tracetest.SpanStub{}
			for _, s := range kept.GetSpans() {
				out[s.Name] = s
			}
			return out
		}
		w.eventually("the call to be made and followed", func() bool { _, made := byName()["work case.alert"]; return made })
		spans := byName()
		hook, handled, called := spans["POST /wechat/:account"], spans["handle"], spans["work case.alert"]
		if handled.Parent.SpanID() != hook.SpanContext.SpanID() || called.Parent.SpanID() != handled.SpanContext.SpanID() || called.SpanContext.TraceID() != hook.SpanContext.TraceID() {
			t.Errorf("the spans do not follow one another: %v", spans)
		}
		for _, s := range kept.GetSpans() {
			if all := fmt.Sprint(s.Name, s.Attributes, s.Events, s.Status); strings.Contains(all, who) || strings.Contains(all, "不想活") || strings.Contains(all, "access_token") {
				t.Errorf("a span tells of a person, or a secret: %s", all)
			}
		}
	})
}
