package wxsim

import (
	"bytes"
	"net/url"
	"time"
)

// Fault is something wrong with a delivery, for showing that it is refused.
type Fault string

// The faults.
const (
	FaultSignature Fault = "bad-signature" // both signatures are wrong
	FaultStale     Fault = "stale"         // signed, but an hour ago
	FaultAppID     Fault = "wrong-app-id"  // encrypted for another account
	FaultPlain     Fault = "plain"         // in clear, to an account that may be in safe mode
	FaultGarbage   Fault = "garbage"       // the body is no XML
	FaultEmpty     Fault = "empty"         // no body
	FaultOversize  Fault = "oversize"      // 10 MiB
	FaultTruncated Fault = "truncated"     // the message inside breaks off
)

// Faults lists them all, for help texts and table tests.
var Faults = []Fault{FaultSignature, FaultStale, FaultAppID, FaultPlain, FaultGarbage, FaultEmpty, FaultOversize, FaultTruncated}

const (
	staleBy  = time.Hour
	oversize = 10 << 20
)

// Valid says whether f is one of Faults.
func (f Fault) Valid() bool {
	for _, g := range Faults {
		if f == g {
			return true
		}
	}
	return false
}

func (f Fault) spoilClear(b []byte) []byte {
	if f == FaultTruncated {
		return b[:len(b)/2]
	}
	return b
}

func (f Fault) spoilCodec(c *codec) *codec {
	if f != FaultAppID {
		return c
	}
	other := *c
	other.appID = "wxffffffffffffffff"
	return &other
}

func (f Fault) spoilBody(b []byte) []byte {
	switch f {
	case FaultGarbage:
		return []byte("\x00\xff{not xml at all")
	case FaultEmpty:
		return nil
	case FaultOversize:
		return bytes.Repeat([]byte("<a>"), oversize/3)
	}
	return b
}

func (f Fault) spoilQuery(q url.Values) {
	if f != FaultSignature {
		return
	}
	wrong := sign("somebody else's token", q.Get("timestamp"), q.Get("nonce"))
	q.Set("signature", wrong)
	if q.Has("msg_signature") {
		q.Set("msg_signature", wrong)
	}
}
