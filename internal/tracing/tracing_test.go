package tracing_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/xinqiao-bot/xinqiao/internal/tracing"
)

func TestACallIsFollowedByItsPathAndWorkForLaterBelongsToItsTrace(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer api.Close()
	kept := tracetest.NewInMemoryExporter()
	tr := tracing.New(sdk.WithSyncer(kept), tracing.Options{Ratio: 1})
	ctx, span := tr.Begin(t.Context(), "handle", tracing.Says("channel", "wechat"))
	for range 2 {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, api.URL+"/cgi-bin/message/custom/send?access_token=hush", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{Transport: tr.Transport(http.DefaultTransport)}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	later := tracing.Of(ctx)
	span.End(nil)
	_, work := tr.Begin(tracing.Within(context.Background(), later), "work")
	work.End(nil)
	spans := kept.GetSpans()
	if len(spans) != 4 {
		t.Fatalf("%d spans, want 4", len(spans))
	}
	for _, s := range spans {
		if s.SpanContext.TraceID() != spans[0].SpanContext.TraceID() {
			t.Errorf("%s is of another trace", s.Name)
		}
		if strings.Contains(s.Name, "hush") {
			t.Errorf("a span holds a token: %s", s.Name)
		}
		if called := strings.HasPrefix(s.Name, "call /cgi-bin/"); called != (s.Status.Code == codes.Error) {
			t.Errorf("%s ended with %v", s.Name, s.Status)
		}
	}
}

func TestWhatIsNotFollowedLeavesNoTrace(t *testing.T) {
	kept := tracetest.NewInMemoryExporter()
	var none *tracing.Tracer
	for _, tr := range []*tracing.Tracer{none, tracing.New(sdk.WithSyncer(kept), tracing.Options{Ratio: 0})} {
		ctx, span := tr.Begin(t.Context(), "handle")
		if of := tracing.Of(ctx); of != "" {
			t.Errorf("work for later is marked %q", of)
		}
		span.End(nil)
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := len(kept.GetSpans()); n != 0 {
		t.Errorf("%d spans were kept", n)
	}
}
