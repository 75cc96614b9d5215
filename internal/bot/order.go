package bot

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
)

// saidID is the ID that an inbound message has in the transcript, whose IDs are in the order of time. It is made of when the
// platform took the message and of its number there, not of when we got round to it: words that waited in the spool stand
// where they were said, and a burst that came all at once stands as it was written. A message that its platform does not
// number gets the next ID of ours.
//
// UUIDv7: 48 bits of milliseconds, then, beside version and variant, 44 bits of the number, 29 bits that tell two people's
// equal numbers apart, and one bit for the answer (answerID).
func (b *Bot) saidID(key string, in channel.Inbound) string {
	if in.Seq() == 0 || in.At.IsZero() {
		return b.NewID()
	}
	at := in.At
	if at.Equal(at.Truncate(time.Second)) { // platforms tell whole seconds: behind what was said to the person in it
		at = at.Add(time.Second - time.Millisecond)
	}
	sum := sha256.Sum256([]byte(key))
	const numberBits, apartBits = 44, 29
	number := in.Seq() & (1<<numberBits - 1)
	apart := uint64(binary.BigEndian.Uint32(sum[:4])) & (1<<apartBits - 1)
	high := number >> (numberBits - 12)                              // 12 bits beside the version
	low := (number&(1<<(numberBits-12)-1))<<(apartBits+1) | apart<<1 // 62 bits beside the variant
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|0x7<<12|high) //nolint:gosec // after 1970
	binary.BigEndian.PutUint64(id[8:], 1<<63|low)
	return id.String()
}

// answerID is the ID of the answer to a message: right behind it, and before whatever was said next.
func (b *Bot) answerID(said string) string {
	id, err := uuid.Parse(said)
	if err != nil || id[15]&1 == 1 { // not one of saidID's
		return b.NewID()
	}
	id[15] |= 1
	return id.String()
}

// atOnce is how soon after another a message comes that was not written in answer to it: there the platform's numbers tell.
const atOnce = 50 * time.Millisecond

// How long ago the platform took a message that it brings again because nobody took it the first time: more than its whole
// seconds and two clocks explain, and no more than it goes on bringing it.
const (
	leastRepeated = 4 * time.Second
	mostRepeated  = 5 * time.Minute
)

// repeated says that a message was said a while ago, perhaps before what was answered last: its own place is where it was said.
func (x *exchange) repeated() bool {
	ago := x.now.Sub(x.in.At)
	return !x.in.At.IsZero() && ago > leastRepeated && ago < mostRepeated
}

// after returns an ID that is behind the last one: the ID itself, or the next of our own making.
func after(id, last string) string {
	if id > last {
		return id
	}
	u, err := uuid.Parse(last)
	if err != nil {
		return id
	}
	next := binary.BigEndian.Uint64(u[:8])>>16 + 1 // a millisecond later
	v, err := uuid.Parse(id)
	if err != nil {
		return id
	}
	binary.BigEndian.PutUint64(v[:8], next<<16|binary.BigEndian.Uint64(v[:8])&0xffff)
	return v.String()
}
