package config

import "time"

// The bounds of a session. A shorter one would throw people out of a conversation; a longer one would leave the desk of a
// school open overnight and through the next day.
const (
	shortestIdle    = 5 * time.Minute
	shortestSession = time.Hour
	longestSession  = 24 * time.Hour
)

func (d Desk) validate(bad func(key, format string, args ...any)) {
	if d.Session < shortestSession || d.Session > longestSession {
		bad("desk.session", "%s is outside %s to %s", d.Session, shortestSession, longestSession)
	}
	if d.Idle < shortestIdle || d.Idle > d.Session {
		bad("desk.idle", "%s is outside %s to desk.session (%s)", d.Idle, shortestIdle, d.Session)
	}
}
