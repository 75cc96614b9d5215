package channel

import (
	"context"
	"errors"
)

// The errors of a fetch that trying again does not mend. Every other error may be over in a while.
var (
	ErrMediaGone     = errors.New("channel: the platform does not keep it any more, or never had it")
	ErrMediaTooLarge = errors.New("channel: larger than what may be fetched")
)

// Fetcher brings what a person sent by reference. A Sender that is no Fetcher belongs to a channel on which nothing of the
// kind can be brought.
type Fetcher interface {
	// Fetches says whether something of this kind, under this reference, can be brought at all.
	Fetches(k Kind, m Media) bool
	// Fetch brings it, at most so many bytes of it.
	Fetch(ctx context.Context, k Kind, m Media, most int64) ([]byte, error)
}
