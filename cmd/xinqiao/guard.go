package main

import (
	"net"
	"net/http"
	"net/netip"
)

// guarded sets the headers that every answer of the server carries, whichever room it comes from; a room may set its own
// policy and say that its answers may be kept. So a new route is guarded before its author thinks of it. What answers a
// platform's signed message takes them off: no browser ever has it.
func (a *App) guarded(next http.Handler) http.Handler {
	secure := a.secure()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for _, g := range guards {
			h[g.name] = g.value
		}
		if secure {
			h[strict.name] = strict.value
		}
		next.ServeHTTP(w, r)
	})
}

// guard is a header that every answer carries, in the form in which http.Header keeps it: the answers share one value, which
// Set replaces and Add copies.
type guard struct {
	name  string
	value []string
}

func newGuard(name, value string) guard {
	return guard{http.CanonicalHeaderKey(name), []string{value}}
}

var (
	guards = []guard{
		newGuard("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
		newGuard("X-Content-Type-Options", "nosniff"),
		newGuard("X-Frame-Options", "DENY"),
		newGuard("Referrer-Policy", "no-referrer"),
		newGuard("Cross-Origin-Opener-Policy", "same-origin"),
		newGuard("Cross-Origin-Resource-Policy", "same-origin"),
		newGuard("Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), display-capture=()"),
		newGuard("X-Robots-Tag", "noindex"),
		newGuard("Cache-Control", "no-store"),
	}
	strict = newGuard("Strict-Transport-Security", "max-age=31536000") // a year; the names below ours are not ours to bind
)

// inside says whether a request comes from this machine itself and through nobody: the connection is from a loopback
// address to one, the name that was asked for is one of this machine's, and no proxy has left a trace.
func inside(r *http.Request) bool {
	for _, trace := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"} {
		if r.Header.Get(trace) != "" {
			return false
		}
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
