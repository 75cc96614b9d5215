package wechat

import "time"

// What the platform lets an account say to somebody unasked, since 12 June 2023 (customer-service messages, "下发条数及有效期"):
// five messages within 48 hours after the person wrote, three within a minute after they followed, scanned a code, or tapped
// a menu. A tap on a choice inside a message is a tap on a menu, though it arrives as text. Each act opens its own anew.
const (
	WrittenFor   = 48 * time.Hour
	WrittenCount = 5
	TappedFor    = time.Minute
	TappedCount  = 3
)
