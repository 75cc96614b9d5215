// Package person says who someone is to us: a random ID, a friendly alias and, once told, an audience. Who they are on
// a platform stands in one sealed place (Identity) that only delivery and, under the rules, life at stake may open.
package person

import (
	"context"
	"errors"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// ErrNotFound says that no such person is known.
var ErrNotFound = errors.New("person: not found")

// ErrTaken says that the person behind an address was made by somebody else meanwhile.
var ErrTaken = errors.New("person: made by somebody else meanwhile")

// Audience is whom a person speaks as.
type Audience string

// The audiences.
const (
	Unknown Audience = ""
	Parent  Audience = "parent"
	Student Audience = "student"
	Teacher Audience = "teacher"
)

// Known says whether it is one of the audiences that a person may say they are.
func (a Audience) Known() bool { return a == Parent || a == Student || a == Teacher }

// Person is one user as everyone but the channel sees them.
type Person struct {
	ID        string // random (UUID)
	Alias     string // "家长·木棉 4127"
	Audience  Audience
	Channel   string // "wechat"
	Account   string // "main"
	CreatedAt time.Time
	New       bool // made by this very call: nothing of theirs is anywhere yet
}

// Directory finds people. Index is the keyed hash of an address (seal.Index), the only form in which it can be searched.
type Directory interface {
	// Resolve returns the person behind an address, made on first contact. The same address gives the same person, on every replica.
	Resolve(ctx context.Context, a channel.Address) (Person, error)
	// Meet is Resolve for whoever writes more of a new person in one transaction: one whom nobody knew is made there, by calling
	// make in it, which fails with ErrTaken where another was faster. Nothing of them may be written before. Else make is nil.
	Meet(ctx context.Context, a channel.Address) (p Person, make func(ctx context.Context) error, err error)
	// Find is Resolve that makes nobody; ErrNotFound where no one behind the address has said or done anything yet.
	Find(ctx context.Context, a channel.Address) (Person, error)
	Get(ctx context.Context, id string) (Person, error)
	// SetAudience records whom the person speaks as; the alias follows ("同学·…", "家长·…") while its number stays.
	SetAudience(ctx context.Context, id string, a Audience) (Person, error)
	// Kept returns what flows keep of the person in variables of theirs, by name; nil where there is nothing.
	Kept(ctx context.Context, id string) (map[string]any, error)
	// Keep replaces all of it. The values are texts, float64 and bool.
	Keep(ctx context.Context, id string, vars map[string]any) error
	// Unfollowed says since when the person follows the account no more, the zero time where they do; SetUnfollowed notes it.
	Unfollowed(ctx context.Context, id string) (time.Time, error)
	SetUnfollowed(ctx context.Context, id string, at time.Time) error
	// Address opens the sealed address, for delivery.
	Address(ctx context.Context, id string) (channel.Address, error)
}
