// Package api is /api/v1: the same cases, letters, appointments and figures as JSON, for other programs of the city. A
// program carries a bearer token whose role says what it may see (package staff); nothing here tells what a person
// wrote. OpenAPI is made from the Go types and served at /api/v1/openapi.json. Start reading at Register.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/xinqiao-bot/xinqiao/internal/audit"
	"github.com/xinqiao-bot/xinqiao/internal/budget"
	"github.com/xinqiao-bot/xinqiao/internal/casework"
	"github.com/xinqiao-bot/xinqiao/internal/reach"
	"github.com/xinqiao-bot/xinqiao/internal/staff"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
)

// Options are what the API is made of. Letters, Appointments and Stations may be nil: their operations are left out.
type Options struct {
	Cases        *casework.Service
	Staff        *staff.Service
	Trail        *audit.Log // each read of a program is in it before it is answered
	Letters      Letters
	Appointments Appointments
	Stations     Stations
	SelfChecks   func(ctx context.Context) ([]survey.Group, error) // what may be published of self-checks; may be nil
	Map          staff.Map                                         // what districts are made of
	Budget       *budget.Purse                                     // how much one program may ask, and how often one network may guess; nil: no bounds
	Version      string
	Log          *slog.Logger
}

// Handler serves the API.
type Handler struct{ Options }

// New makes the API.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Handler{o}
}

// prefix is where the API lives.
const prefix = "/api/v1"

// Register puts the API on an engine.
func (h *Handler) Register(r *gin.Engine) {
	config := huma.DefaultConfig("心桥 API", h.Version)
	config.CreateHooks = nil // no $schema in answers: a case has the keys of the contract and no other
	config.DocsPath = ""     // its page would fetch scripts from elsewhere
	config.SchemasPath = ""
	config.Servers = []*huma.Server{{URL: prefix}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "xinqiao token create --role ROLE --name NAME [--rights RIGHTS] [--days DAYS], or the desk: 账号 › 别的程序的令牌"},
	}
	group := r.Group(prefix, func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		c.Header("X-Content-Type-Options", "nosniff")
		c.Request = c.Request.WithContext(audit.With(c.Request.Context(), audit.Actor{From: c.ClientIP()}))
	})
	a := humagin.NewWithGroup(r, group, config)
	a.UseMiddleware(h.authorize(a))
	h.registerCases(a)
	h.registerStats(a)
	if h.Appointments != nil {
		h.registerAppointments(a)
	}
	if h.Stations != nil {
		h.registerStations(a)
	}
	if h.Letters != nil {
		h.registerLetters(a)
	}
}

// rightKey is where an operation says which right it needs.
const rightKey = "right"

// operation describes one operation of the API.
func operation(method, path, id, summary string, right staff.Right) huma.Operation {
	return huma.Operation{
		Method: method, Path: path, OperationID: id, Summary: summary,
		Metadata: map[string]any{rightKey: right},
		Security: []map[string][]string{{"token": {}}},
		Errors:   []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity},
	}
}

type tokenKey struct{}

// authorize lets only tokens whose role has the operation's right through. An operation without a right is refused.
func (h *Handler) authorize(a huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		from := budget.From(humagin.Unwrap(ctx).ClientIP())
		if err := h.Budget.Spent(ctx.Context(), budget.Token, from); err != nil {
			h.spent(a, ctx, err)
			return
		}
		scheme, secret, _ := strings.Cut(ctx.Header("Authorization"), " ")
		token, err := staff.Token{}, staff.ErrToken
		if strings.EqualFold(scheme, "bearer") {
			token, err = h.Staff.CheckToken(ctx.Context(), strings.TrimSpace(secret))
		}
		switch {
		case errors.Is(err, staff.ErrToken):
			h.Budget.Note(ctx.Context(), budget.Token, from)
			ctx.SetHeader("WWW-Authenticate", `Bearer realm="xinqiao"`)
			_ = huma.WriteErr(a, ctx, http.StatusUnauthorized, "a valid bearer token is needed")
			return
		case errors.Is(err, staff.ErrTokenExpired), errors.Is(err, staff.ErrTokenRevoked):
			ctx.SetHeader("WWW-Authenticate", `Bearer realm="xinqiao", error="invalid_token"`)
			_ = huma.WriteErr(a, ctx, http.StatusUnauthorized, ended(token, err)+": ask an administrator of the desk for a new one")
			return
		case err != nil:
			h.Log.ErrorContext(ctx.Context(), "api cannot check a token", "err", err)
			_ = huma.WriteErr(a, ctx, http.StatusInternalServerError, "the token cannot be checked just now")
			return
		}
		by, _ := audit.By(ctx.Context())
		by.ID, by.Name, by.Role = token.ID, "API · "+token.Name, string(token.Role)
		ctx = huma.WithContext(ctx, audit.With(ctx.Context(), by))
		if err := h.Budget.Take(ctx.Context(), budget.Program, budget.By{Person: token.ID}); err != nil {
			h.spent(a, ctx, err)
			return
		}
		right, _ := ctx.Operation().Metadata[rightKey].(staff.Right)
		if !token.May(right) {
			_ = h.traced(ctx, audit.Denied)
			text := "the token's role does not allow this"
			if token.Role.May(right) {
				text = "the token's scope does not have the right " + string(right) + ": make one that has, with as little else as it needs"
			}
			_ = huma.WriteErr(a, ctx, http.StatusForbidden, text)
			return
		}
		if err := h.traced(ctx, audit.APIRead); err != nil {
			h.Log.ErrorContext(ctx.Context(), "api cannot write the audit trail", "err", err)
			_ = huma.WriteErr(a, ctx, http.StatusInternalServerError, "this cannot be answered just now")
			return
		}
		ctx = huma.WithContext(ctx, reach.With(ctx.Context(), token.Reaches(h.Map)))
		next(huma.WithValue(ctx, tokenKey{}, token))
	}
}

// traced writes into the trail which operation a program asks for, and of what; the same within a minute is one line. What
// cannot be written there is not answered.
func (h *Handler) traced(ctx huma.Context, as audit.Kind) error {
	return h.Trail.RecordOnce(ctx.Context(), audit.Event{Kind: as, Object: ctx.Operation().OperationID, Note: ctx.Param("id")})
}

// ended says why a token is good no more.
func ended(t staff.Token, err error) string {
	if errors.Is(err, staff.ErrTokenRevoked) {
		return "the token was revoked on " + t.RevokedAt.UTC().Format(time.DateOnly)
	}
	return "the token expired on " + t.ExpiresAt.UTC().Format(time.DateOnly)
}

// actor is the program behind a request, as casework's history names it.
func actor(ctx context.Context) casework.Actor {
	t, _ := ctx.Value(tokenKey{}).(staff.Token)
	return casework.Actor{ID: t.ID, Name: "API · " + t.Name}
}

// answer maps an error of a domain to a problem; the one place where the API does so.
func (h *Handler) answer(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, casework.ErrNotFound):
		return huma.Error404NotFound("no such case")
	case errors.Is(err, casework.ErrClosed):
		return huma.Error409Conflict("the case is closed")
	case errors.Is(err, casework.ErrCursor), errors.Is(err, errCursor):
		return huma.Error422UnprocessableEntity("the cursor is not one of ours", &huma.ErrorDetail{Location: "query.cursor", Message: "take it from next of the last page"})
	}
	h.Log.ErrorContext(ctx, "api request failed", "err", err)
	return huma.Error500InternalServerError("this cannot be answered just now")
}

// NotFound answers a path that the API does not have, as a problem like every other. The server's router calls it for
// unknown paths under /api/.
func NotFound(c *gin.Context) {
	c.Header("Content-Type", "application/problem+json")
	c.String(http.StatusNotFound, `{"title":"Not Found","status":404,"detail":"no such path"}`)
}

// Page is what every list takes. It is exported for huma, which does not see fields of an unexported embedded struct.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"how many items at most"`
	Cursor string `query:"cursor" maxLength:"512" doc:"next of the last page"`
}

// list is what every list answers. Next is empty at the end.
type list[T any] struct {
	Body struct {
		Items []T    `json:"items" nullable:"false"`
		Next  string `json:"next"`
	}
}

func newList[T any](items []T, next string) *list[T] {
	if items == nil {
		items = []T{}
	}
	l := &list[T]{}
	l.Body.Items, l.Body.Next = items, next
	return l
}

// orNil makes null of no time.
func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
