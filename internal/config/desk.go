package config

import "time"

// The bounds of a session. Seconds are for a drill, in which one wants to see what happens; a longer one than the longest
// would leave the desk of a school open overnight and through the next day.
const (
	shortestIdle    = 2 * time.Second
	shortestSession = 2 * time.Second
	longestSession  = 24 * time.Hour
	longestOneTime  = 7 * 24 * time.Hour
)

func (d Desk) validate(bad func(key, format string, args ...any)) {
	if d.Session < shortestSession || d.Session > longestSession {
		bad("desk.session", "%s is outside %s to %s", d.Session, shortestSession, longestSession)
	}
	if d.OneTime < time.Minute || d.OneTime > longestOneTime {
		bad("desk.one_time", "%s is outside 1m to %s", d.OneTime, longestOneTime)
	}
	if d.Idle < shortestIdle || d.Idle > d.Session {
		bad("desk.idle", "%s is outside %s to desk.session (%s)", d.Idle, shortestIdle, d.Session)
	}
}
