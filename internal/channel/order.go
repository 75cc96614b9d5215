package channel

import (
	"fmt"
	"strconv"
)

// Seq is the message's place among those of one person and one second: platforms number messages in the order in which they
// took them. What has no number, an event, comes before the words of its second.
func (in Inbound) Seq() uint64 {
	n, err := strconv.ParseUint(in.ID, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Order compares, as a string, like the platform's time and then its number. A platform promises no order of delivery: two
// messages of one person may arrive at once, at two replicas, and the later first.
func (in Inbound) Order() string {
	return fmt.Sprintf("%016x.%016x.%s", max(0, in.At.UnixMicro()), in.Seq(), in.ID)
}
