package store

import (
	"context"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/agenda"
	"github.com/xinqiao-bot/xinqiao/internal/seal"
)

// Feeds keeps the private addresses of calendars.
type Feeds struct{ db *DB }

// Feeds returns the view of calendars.
func (db *DB) Feeds() Feeds { return Feeds{db} }

var _ agenda.FeedStore = Feeds{}

type feedRow struct {
	PersonID string `gorm:"column:person_id"`
	Body     []byte `gorm:"column:body"`
	Since    micros `gorm:"column:since"`
}

func (s Feeds) tokenHash(token string) string { return s.db.sealer.Digest("calendar feed", token) }

// Open implements agenda.FeedStore. The person's row is locked, so that nobody who is erased just now gets an address.
func (s Feeds) Open(ctx context.Context, f agenda.Feed) error {
	body, err := s.db.sealFor(ctx, f.Person, f.Token, "calendar:"+f.Person)
	if err != nil {
		return fmt.Errorf("keep a calendar's address: %w", err)
	}
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.db.lockPerson(ctx, f.Person); err != nil {
			return err
		}
		if err := s.Close(ctx, f.Person); err != nil {
			return err
		}
		err := s.db.write(ctx).Exec("INSERT INTO calendar_feeds (person_id, token, body, since) VALUES (?, ?, ?, ?)", f.Person, s.tokenHash(f.Token), body, toMicros(f.Since)).Error
		if err != nil {
			return fmt.Errorf("keep a calendar's address: %w", err)
		}
		return nil
	})
}

// Close implements agenda.FeedStore.
func (s Feeds) Close(ctx context.Context, personID string) error {
	if err := s.db.write(ctx).Exec("DELETE FROM calendar_feeds WHERE person_id = ?", personID).Error; err != nil {
		return fmt.Errorf("take a calendar's address back: %w", err)
	}
	return nil
}

// Of implements agenda.FeedStore.
func (s Feeds) Of(ctx context.Context, personID string) (agenda.Feed, error) {
	return s.one(ctx, "person_id = ?", personID)
}

// ByToken implements agenda.FeedStore. EXPLAIN: calendar_feeds_token.
func (s Feeds) ByToken(ctx context.Context, token string) (agenda.Feed, error) {
	return s.one(ctx, "token = ?", s.tokenHash(token))
}

func (s Feeds) one(ctx context.Context, where, arg string) (agenda.Feed, error) {
	var rows []feedRow
	if err := s.db.read(ctx).Raw("SELECT person_id, body, since FROM calendar_feeds WHERE "+where, arg).Scan(&rows).Error; err != nil {
		return agenda.Feed{}, fmt.Errorf("read a calendar's address: %w", err)
	}
	if len(rows) == 0 {
		return agenda.Feed{}, agenda.ErrNoFeed
	}
	token, err := s.db.open(ctx, rows[0].Body, "calendar:"+rows[0].PersonID)
	if seal.Unreadable(err) { // they are given another
		s.db.unreadable("calendar_feeds", rows[0].PersonID, err)
		return agenda.Feed{}, agenda.ErrNoFeed
	}
	if err != nil {
		return agenda.Feed{}, fmt.Errorf("open a calendar's address: %w", err)
	}
	return agenda.Feed{Person: rows[0].PersonID, Token: token, Since: rows[0].Since.Time()}, nil
}
