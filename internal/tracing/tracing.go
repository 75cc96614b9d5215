// Package tracing follows one message from the webhook through the bot and the outbox to its delivery, over replicas and
// hours, for whoever looks where time goes (OpenTelemetry). A span says kinds, channels and outcomes: never what anybody
// wrote, nor who they are. Start reading at Open.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracer makes spans. A nil *Tracer makes none and costs nothing.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// Options say where spans go and how many.
type Options struct {
	URL     string  // of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318
	Ratio   float64 // the part of messages that is followed, 0 to 1
	Version string
}

// Open makes a tracer; nil without a URL. A collector that is away is tried again and holds nothing up.
func Open(ctx context.Context, o Options) (*Tracer, error) {
	if o.URL == "" {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.URL+"/v1/traces"), otlptracehttp.WithTimeout(5*time.Second))
	if err != nil {
		return nil, fmt.Errorf("open tracing: %w", err)
	}
	return New(sdk.WithBatcher(exporter), o), nil
}

// New makes a tracer whose spans go where the option says.
func New(to sdk.TracerProviderOption, o Options) *Tracer {
	about := resource.NewSchemaless(attribute.String("service.name", "xinqiao"), attribute.String("service.version", o.Version))
	p := sdk.NewTracerProvider(to, sdk.WithResource(about), sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(o.Ratio))))
	return &Tracer{p, p.Tracer("xinqiao")}
}

// Close sends what is left.
func (t *Tracer) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// Span is something that is being done. A nil *Span is none.
type Span struct{ span trace.Span }

// Label is a word about a span.
type Label = attribute.KeyValue

// Says makes a label.
func Says(name, value string) Label { return attribute.String("xinqiao."+name, value) }

// Begin begins a span within that of ctx.
func (t *Tracer) Begin(ctx context.Context, name string, labels ...Label) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithAttributes(labels...))
	return ctx, &Span{span}
}

// End ends a span. Of an error it keeps that there was one, not its words, which may hold an address.
func (s *Span) End(err error, labels ...Label) {
	if s == nil {
		return
	}
	s.span.SetAttributes(labels...)
	if err != nil {
		s.span.SetStatus(codes.Error, "failed")
	}
	s.span.End()
}

var wire propagation.TraceContext

const parent = "traceparent"

// Of is the span of ctx in a form that can be kept beside work for later; "" where it is not followed.
func Of(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	wire.Inject(ctx, carrier)
	return carrier[parent]
}

// Within is ctx within a span that Of kept.
func Within(ctx context.Context, kept string) context.Context {
	if kept == "" {
		return ctx
	}
	return wire.Extract(ctx, propagation.MapCarrier{parent: kept})
}

// Transport follows calls of an API by their path alone: the rest of an address may hold a token.
func (t *Tracer) Transport(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return transport{t, next}
}

type transport struct {
	t    *Tracer
	next http.RoundTripper
}

var errStatus = errors.New("not 2xx")

// RoundTrip implements http.RoundTripper.
func (c transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := c.t.Begin(r.Context(), "call "+r.URL.Path)
	res, err := c.next.RoundTrip(r.WithContext(ctx))
	failed := err
	if err == nil && res.StatusCode/100 != 2 {
		failed = errStatus
	}
	span.End(failed)
	return res, err
}
