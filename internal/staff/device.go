package staff

import (
	"context"
	"fmt"
	"net/netip"
	"time"
)

// Device is a browser in which a member of staff has signed in. Its ID is the hash of a secret that its cookie holds.
type Device struct {
	ID      string
	StaffID string
	Label   string // Windows · Edge
	Network string // roughly, as NetworkLabel has it
	At      time.Time
}

// mostDevices are remembered of an account: a browser that forgets its cookies is a new one every day.
const mostDevices = 20

// DeviceStore keeps in which browsers staff have signed in.
type DeviceStore interface {
	KnowsDevice(ctx context.Context, staffID, device string) (bool, error)
	// PutDevice remembers a device, and forgets the oldest past most. It returns whether its owner is to be told: it is not
	// their first, and new.
	PutDevice(ctx context.Context, d Device, most int) (news bool, err error)
	// UntoldDevices are the new devices of somebody that they were not told of, but for the one that asks.
	UntoldDevices(ctx context.Context, staffID, but string) ([]Device, error)
	ToldDevices(ctx context.Context, staffID, but string, at time.Time) error
	// DropDevices forgets all devices of somebody but one.
	DropDevices(ctx context.Context, staffID, but string) error
}

// NewDevice makes the secret of a browser that has none.
func NewDevice() string { return randomSecret() }

// deviceID is how a device's secret is kept; "" where there is none.
func deviceID(secret string) string {
	if secret == "" {
		return ""
	}
	return hexHash("device:" + secret)
}

func (s *Service) familiar(ctx context.Context, staffID, device string) (bool, error) {
	known, err := s.Store.KnowsDevice(ctx, staffID, deviceID(device))
	if err != nil {
		return false, fmt.Errorf("look for a device: %w", err)
	}
	return known && device != "", nil
}

// NewDevices are the devices in which somebody has signed in for the first time, to be told in any other of theirs: whoever
// stole a password must not be the one who is told.
func (s *Service) NewDevices(ctx context.Context, x Session) ([]Device, error) {
	ds, err := s.Store.UntoldDevices(ctx, x.Of, x.Device)
	if err != nil {
		return nil, fmt.Errorf("list new devices: %w", err)
	}
	return ds, nil
}

// Mine says that the devices told of in a session are its owner's.
func (s *Service) Mine(ctx context.Context, x Session) error {
	if err := s.Store.ToldDevices(ctx, x.Of, x.Device, s.Time().UTC()); err != nil {
		return fmt.Errorf("note that devices are known: %w", err)
	}
	return nil
}

// NotMine says that a device told of is not its owner's: every other session ends, and every other device is unknown again.
func (s *Service) NotMine(ctx context.Context, x Session) error {
	if err := s.EndOthers(ctx, x); err != nil {
		return err
	}
	if err := s.Store.DropDevices(ctx, x.Of, x.Device); err != nil {
		return fmt.Errorf("forget devices: %w", err)
	}
	return nil
}

// NetworkLabel is an address without what tells one machine from its neighbours: enough to know one's own network again.
func NetworkLabel(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if a = a.Unmap(); a.Is4() {
		b := a.As4()
		return fmt.Sprintf("%d.%d.%d.*", b[0], b[1], b[2])
	}
	p, err := a.WithZone("").Prefix(48)
	if err != nil {
		return ""
	}
	return p.Addr().String() + "*"
}
