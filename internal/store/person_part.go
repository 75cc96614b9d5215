package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// Part lets nobody be behind an address any more: what is held of the person stays, and their address becomes one that nobody
// has. Replicas that remember them must be told (live.TopicErased).
func (s People) Part(ctx context.Context, personID string, from channel.Address) error {
	nobody := channel.Address{Channel: from.Channel, Account: from.Account, User: channel.UserKey(s.db.newID())}
	raw, err := json.Marshal(nobody)
	if err != nil {
		return fmt.Errorf("write an address: %w", err)
	}
	sealed, err := s.db.sealAs(ctx, personID, raw, addressAAD(personID))
	if err != nil {
		return err
	}
	index := s.db.sealer.Index(from)
	_, err = s.db.exec(ctx, "UPDATE identities SET index_hash = ?, sealed_address = ? WHERE index_hash = ? AND person_id = ?", s.db.sealer.Index(nobody), sealed, index, personID)
	if err != nil {
		return fmt.Errorf("part person %s from their address: %w", personID, err)
	}
	s.db.After(ctx, func() { s.db.people.forget(index) })
	return nil
}
