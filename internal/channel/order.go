package channel

import (
	"strconv"
	"strings"
)

// NumberEnds ends the number that an ID begins with, where more stands behind it.
const NumberEnds = "."

// Seq is the message's place among those of one person and one second: platforms number messages in the order in which they
// took them. What has no number, an event, comes before the words of its second.
func (in Inbound) Seq() uint64 {
	number, _, _ := strings.Cut(in.ID, NumberEnds)
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Order compares, as a string, like the platform's time and then its number. A platform promises no order of delivery: two
// messages of one person may arrive at once, at two replicas, and the later first.
func (in Inbound) Order() string {
	return string(append(append(in.when(len(in.ID)), '.'), in.ID...))
}

// When is Order without the message's ID: the same for two that the platform says nothing about which came first.
func (in Inbound) When() string { return string(in.when(0)) }

func (in Inbound) when(room int) []byte {
	b := make([]byte, 0, 2*(orderDigits+1)+room)
	b = append(appendHex(b, uint64(max(0, in.At.UnixMicro()))), '.') //nolint:gosec // not below zero
	return appendHex(b, in.Seq())
}

// orderDigits is how long a number is written, so that a string compares as it does.
const orderDigits = 16

func appendHex(b []byte, n uint64) []byte {
	var digits [orderDigits]byte
	hex := strconv.AppendUint(digits[:0], n, 16)
	for range orderDigits - len(hex) {
		b = append(b, '0')
	}
	return append(b, hex...)
}
