package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel/wechat"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	people "github.com/xinqiao-bot/xinqiao/internal/person"
)

// KindTags is the outbox kind of tagJob.
const KindTags = "wechat.tags"

// tagJob puts on a follower the tags by which the platform chooses their menu. It says of nobody who they are: that is read
// when it is done, so that of two the last holds.
type tagJob struct {
	Person string `json:"person"`
}

// Kind implements outbox.Job.
func (tagJob) Kind() string { return KindTags }

// tagLater asks for a person's tags to be set, in the transaction that ctx carries. Nobody's are while no menu needs them.
func (a *App) tagLater(ctx context.Context, personID, key string) error {
	p, err := a.db.People().Get(ctx, personID)
	if err != nil {
		return fmt.Errorf("ask for the tags of a person: %w", err)
	}
	if p.Channel != wechat.ChannelName || len(a.menusFor(p.Account)) == 0 {
		return nil
	}
	return outbox.Ask(ctx, a.db.Outbox(), tagJob{personID}, outbox.Row{
		ID: uuid.Must(uuid.NewV7()).String(), Key: "tags:" + personID + ":" + key, Person: personID, RunAt: a.now(),
	})
}

// menusFor are whom an account has menus of their own for.
func (a *App) menusFor(account string) (audiences []string) {
	f, err := loadMenu(a.cfg.Dialogs.Dir, account)
	if err != nil { // `xinqiao check` says so; the menu that is there stays
		return nil
	}
	for _, m := range f.Menus {
		audiences = append(audiences, m.For)
	}
	return audiences
}

// tag is the outbox handler of tagJob. The platform is told of an audience only where a menu is for it.
func (a *App) tag(ctx context.Context, r outbox.Row) error {
	job, err := outbox.Decode[tagJob](r)
	if err != nil {
		return err
	}
	p, err := a.db.People().Get(ctx, job.Person)
	if errors.Is(err, people.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("tag a person: %w", err)
	}
	gone, err := a.db.People().Unfollowed(ctx, p.ID)
	if err != nil || !gone.IsZero() { // the platform has taken the tags off; they come again with the follower
		return err
	}
	to, err := a.db.People().Address(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("tag a person: %w", err)
	}
	has := []string{string(p.Audience)}
	name, err := a.staff.WhosePhone(ctx, p.ID)
	if err != nil {
		return fmt.Errorf("tag a person: %w", err)
	}
	if name != "" { // whoever works here gets the menu of those who do
		has = []string{"staff"}
	}
	menus := a.menusFor(to.Account)
	has = slices.DeleteFunc(has, func(audience string) bool { return !slices.Contains(menus, audience) })
	retry, err := a.wechat.SetTags(ctx, to.Account, to.User, has)
	if err != nil && !retry {
		return &outbox.Error{Verdict: outbox.Bury, Err: err}
	}
	return err
}

// bound has a chat bound to a member of staff, or the binding ended, together with the work that gives them their menu.
func (a *App) bound(ctx context.Context, person string, do func(ctx context.Context) error) error {
	return a.db.InTx(ctx, func(ctx context.Context) error {
		if err := do(ctx); err != nil || person == "" {
			return err
		}
		return a.tagLater(ctx, person, uuid.NewString())
	})
}
