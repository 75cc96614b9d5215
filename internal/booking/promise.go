package booking

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
)

// KindPromises is the outbox kind of looking whether stations still keep what was promised.
const KindPromises = "booking.promises"

// promisesEvery is how often that is looked at: editors close days and stations at any time.
const promisesEvery = 30 * time.Minute

// promisesBatch is how many appointments are read at a time.
const promisesBatch = 200

type promises struct{}

// Kind implements outbox.Job.
func (promises) Kind() string { return KindPromises }

// PlanPromises puts the next look into the outbox. Every replica may call it, at its start.
func (s *Service) PlanPromises(ctx context.Context) error {
	at := s.Time().Truncate(promisesEvery).Add(promisesEvery)
	row := outbox.Row{ID: s.ID(), Key: fmt.Sprintf("%s:%d", KindPromises, at.Unix()), RunAt: at}
	if err := outbox.Ask(ctx, s.Outbox, promises{}, row); err != nil {
		return fmt.Errorf("plan to look after appointments: %w", err)
	}
	return nil
}

// Promises is the outbox handler of KindPromises: whoever has an appointment at a station that is gone, or closed then, is
// told once, with another offer. The appointment stays until the person moves or cancels it: an editor's slip that is
// mended takes nothing from anybody, and they are told that too. Of a station that moved house they are told where it is now.
func (s *Service) Promises(ctx context.Context, _ outbox.Row) error {
	from, last := s.Time(), ""
	for {
		as, err := s.Store.Coming(ctx, from, last, promisesBatch)
		if err != nil {
			return fmt.Errorf("look after appointments: %w", err)
		}
		for _, a := range as {
			if err := s.look(ctx, a); err != nil {
				return fmt.Errorf("look after appointments: %w", err)
			}
			from, last = a.Start, a.ID
		}
		if len(as) < promisesBatch {
			break
		}
	}
	awaited, err := s.Store.Awaited(ctx) // an editor may have added counsellors or days
	if err != nil {
		return fmt.Errorf("look after who waits: %w", err)
	}
	for _, stationID := range awaited {
		if err := s.offer(ctx, stationID); err != nil {
			return err
		}
	}
	return s.PlanPromises(ctx)
}

// look tells the person of an appointment what changed about it since they were told last.
func (s *Service) look(ctx context.Context, a Appointment) error {
	if !s.kept(a) {
		return s.tellUnkept(ctx, a)
	}
	if err := s.tellReopened(ctx, a); err != nil {
		return err
	}
	return s.tellMoved(ctx, a)
}

// kept says whether the station of an appointment is there and open when it starts.
func (s *Service) kept(a Appointment) bool {
	st, ok := s.Directory().Station(a.Station)
	return ok && !st.Referral && st.OpenAt(a.Start)
}

// tellUnkept tells a person, once for each time of an appointment, that nobody will be there.
func (s *Service) tellUnkept(ctx context.Context, a Appointment) error {
	if a.WalkIn() || a.Status != Booked || a.Closed() {
		return nil
	}
	where, why := "您约的站点", "这个站点不再开放了"
	if st, ok := s.Directory().Station(a.Station); ok {
		where, why = st.Name, "站点那天不开了"
		if name, off := st.city.Holiday(a.Start); off {
			why = "那天是" + name + "假期，站点不开"
		}
	}
	text := fmt.Sprintf("很抱歉，您 %s 在%s的预约去不了了：%s，请不要白跑一趟。", WhenLabel(a.Start), where, why)
	others, err := s.others(ctx, a)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		text += "\n这些时间还空着：\n" + strings.Join(others, "\n")
	}
	text += "\n发“我的预约”可以改时间或取消，发“预约”可以换一个站点。想马上找人说说，发“人工”。"
	return s.turn(ctx, a, StepUnkept, text)
}

// The other offers to somebody whose appointment is not kept: how many, and from how many stations.
const (
	otherOffers   = 3
	otherStations = 3
)

// others are free times instead of an appointment that is not kept: at its station, then at the nearest; where it is no more,
// at those of the district in the address that the person knows.
func (s *Service) others(ctx context.Context, a Appointment) ([]string, error) {
	d, today := s.Directory(), midnight(s.Time())
	var stations []Station
	if st, ok := d.Station(a.Station); ok {
		stations = append(stations, st)
		for _, n := range d.Nearest(channel.Location{Latitude: st.Lat, Longitude: st.Lng, Datum: "gcj02"}, otherStations) {
			if n.ID != st.ID {
				stations = append(stations, n.Station)
			}
		}
	} else if i := slices.IndexFunc(d.Districts, func(district string) bool { return strings.Contains(a.Where, district) }); i >= 0 {
		stations = d.In(d.Districts[i])
	}
	stations = slices.DeleteFunc(slices.Clone(stations), func(st Station) bool { return st.Referral })
	var out []string
	for _, st := range stations {
		free, err := s.free(ctx, st, opening{from: today, to: today.Add(ahead + 24*time.Hour), offered: s.bookable()})
		if err != nil {
			return nil, err
		}
		for i, sl := range free {
			if len(out) >= otherOffers || i > 1 && st.ID != a.Station {
				break
			}
			out = append(out, WhenLabel(sl.Start)+"，"+st.Name)
		}
	}
	return out, nil
}
