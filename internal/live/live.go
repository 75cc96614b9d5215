// Package live tells open pages that something changed: a topic was touched, never what it says. A page that hears of
// it reads the store again, so a lost word costs a moment, not a message. memory.go serves one process, redis.go all replicas.
package live

import "context"

// Bus carries topics between whoever changes something and whoever shows it.
type Bus interface {
	// Publish touches a topic. It never waits for a listener.
	Publish(ctx context.Context, topic string) error
	// Subscribe returns a channel that receives the name of each touched topic until ctx ends, then is closed.
	// Touches that come faster than they are read are folded into one.
	Subscribe(ctx context.Context, topics ...string) <-chan string
}

// The topics.
const (
	TopicCases   = "cases"   // the queue of cases changed
	TopicLetters = "letters" // a letter came or was answered
	TopicRota    = "rota"    // who is on duty, or may be, changed
	TopicErased  = "erased"  // somebody was erased: who is behind an address may be new
)

// A topic of this kind tells of a moment: a touch that was lost is not made up for.
const momentary = "typing:"

// TopicTyping is touched while a person writes to staff, TopicStaffTyping while staff write to a person.
func TopicTyping(personID string) string { return momentary + "person:" + personID }

// TopicStaffTyping is the other way round.
func TopicStaffTyping(personID string) string { return momentary + "staff:" + personID }

// TopicStaff is touched when something is new for one member of staff alone.
func TopicStaff(staffID string) string { return "staff:" + staffID }

// TopicVisitor is touched when whoever is behind an address, named by its keyed hash, has said or done something for the first
// time.
func TopicVisitor(index string) string { return "visitor:" + index }

// TopicPerson is touched when something new stands in a person's conversation.
func TopicPerson(personID string) string { return "person:" + personID }
