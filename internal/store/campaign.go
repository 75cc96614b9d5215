package store

import (
	"context"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

// Campaigns keeps who agreed to hear of campaigns, and who got which.
type Campaigns struct{ db *DB }

// Campaigns returns the view of campaigns.
func (db *DB) Campaigns() Campaigns { return Campaigns{db} }

var _ campaign.Store = Campaigns{}

// InTx implements campaign.Store.
func (s Campaigns) InTx(ctx context.Context, f func(ctx context.Context) error) error {
	return s.db.InTx(ctx, f)
}

// Run implements campaign.Store.
func (s Campaigns) Run(ctx context.Context, id string) (campaign.Run, error) {
	query := "SELECT id, state, serial, after_id, reason, by_name, started_at, changed_at FROM campaigns WHERE id = ?"
	if s.db.inTx(ctx) && s.db.mysql() {
		query += " FOR UPDATE"
	}
	var rows []struct {
		ID, State            string
		Serial               int
		AfterID              string
		Reason, ByName       string
		StartedAt, ChangedAt micros
	}
	if err := s.db.read(ctx).Raw(query, id).Scan(&rows).Error; err != nil {
		return campaign.Run{}, fmt.Errorf("read a campaign: %w", err)
	}
	if len(rows) == 0 {
		return campaign.Run{}, nil
	}
	r := rows[0]
	return campaign.Run{
		ID: r.ID, State: campaign.State(r.State), Serial: r.Serial, After: r.AfterID, Reason: r.Reason, By: r.ByName,
		StartedAt: r.StartedAt.Time(), ChangedAt: r.ChangedAt.Time(),
	}, nil
}

// Save implements campaign.Store.
func (s Campaigns) Save(ctx context.Context, r campaign.Run) error {
	query := `INSERT INTO campaigns (id, state, serial, after_id, reason, by_name, started_at, changed_at) VALUES (?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, serial = excluded.serial, after_id = excluded.after_id, reason = excluded.reason,
by_name = excluded.by_name, started_at = excluded.started_at, changed_at = excluded.changed_at`
	if s.db.mysql() {
		query = `INSERT INTO campaigns (id, state, serial, after_id, reason, by_name, started_at, changed_at) VALUES (?,?,?,?,?,?,?,?)
ON DUPLICATE KEY UPDATE state = VALUES(state), serial = VALUES(serial), after_id = VALUES(after_id), reason = VALUES(reason),
by_name = VALUES(by_name), started_at = VALUES(started_at), changed_at = VALUES(changed_at)`
	}
	_, err := s.db.exec(ctx, query, r.ID, string(r.State), r.Serial, r.After, r.Reason, r.By, int64(toMicros(r.StartedAt)), int64(toMicros(r.ChangedAt)))
	if err != nil {
		return fmt.Errorf("save a campaign: %w", err)
	}
	return nil
}

// People implements campaign.Store. EXPLAIN: the primary key of campaign_consents, from the person on.
func (s Campaigns) People(ctx context.Context, audience, after string, n int) ([]string, error) {
	query, args := "SELECT c.person_id FROM campaign_consents c JOIN persons p ON p.id = c.person_id WHERE c.person_id > ? AND c.agreed = 1", []any{after}
	if audience != "" {
		query, args = query+" AND p.audience = ?", append(args, audience)
	}
	var ids []string
	if err := s.db.read(ctx).Raw(query+" ORDER BY c.person_id LIMIT ?", append(args, n)...).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("look for who agreed: %w", err)
	}
	return ids, nil
}

type recipientRow struct {
	CampaignID, PersonID, State string
	Code, Pieces                int
	RowKey                      string
	At                          micros
}

func (r recipientRow) recipient() campaign.Recipient {
	return campaign.Recipient{Campaign: r.CampaignID, Person: r.PersonID, Fate: campaign.Fate(r.State), Code: r.Code, Pieces: r.Pieces, Key: r.RowKey, At: r.At.Time()}
}

func (s Campaigns) recipients(ctx context.Context, tail string, args ...any) ([]campaign.Recipient, error) {
	var rows []recipientRow
	if err := s.db.read(ctx).Raw("SELECT campaign_id, person_id, state, code, pieces, row_key, at FROM campaign_recipients "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read who got a campaign: %w", err)
	}
	out := make([]campaign.Recipient, len(rows))
	for i, r := range rows {
		out[i] = r.recipient()
	}
	return out, nil
}

// Held implements campaign.Store.
func (s Campaigns) Held(ctx context.Context, id string, n int) ([]campaign.Recipient, error) {
	return s.recipients(ctx, "WHERE campaign_id = ? AND state = ? ORDER BY person_id LIMIT ?", id, string(campaign.Held), n)
}

// Recipient implements campaign.Store.
func (s Campaigns) Recipient(ctx context.Context, id, personID string) (campaign.Recipient, error) {
	rs, err := s.recipients(ctx, "WHERE campaign_id = ? AND person_id = ?", id, personID)
	if err == nil && len(rs) == 0 {
		err = campaign.ErrNotFound
	}
	if err != nil {
		return campaign.Recipient{}, err
	}
	return rs[0], nil
}

// Keep implements campaign.Store: the primary key decides.
func (s Campaigns) Keep(ctx context.Context, r campaign.Recipient) (bool, error) {
	if known, err := s.recipients(ctx, "WHERE campaign_id = ? AND person_id = ?", r.Campaign, r.Person); err != nil || len(known) > 0 {
		return false, err
	}
	_, err := s.db.exec(ctx, "INSERT INTO campaign_recipients (campaign_id, person_id, state, code, row_key, at) VALUES (?,?,?,?,?,?)",
		r.Campaign, r.Person, string(r.Fate), r.Code, r.Key, int64(toMicros(r.At)))
	if err != nil {
		return false, fmt.Errorf("keep who gets a campaign: %w", err)
	}
	return true, nil
}

// Fate implements campaign.Store.
func (s Campaigns) Fate(ctx context.Context, r campaign.Recipient) error {
	_, err := s.db.exec(ctx, "UPDATE campaign_recipients SET state = ?, code = ?, pieces = ?, row_key = ?, at = ? WHERE campaign_id = ? AND person_id = ?",
		string(r.Fate), r.Code, r.Pieces, r.Key, int64(toMicros(r.At)), r.Campaign, r.Person)
	if err != nil {
		return fmt.Errorf("note what became of a copy: %w", err)
	}
	return nil
}

// Results implements campaign.Store.
func (s Campaigns) Results(ctx context.Context, id string) (map[campaign.Fate]int, int, error) {
	var rows []struct {
		State string
		N     int
	}
	if err := s.db.read(ctx).Raw("SELECT state, COUNT(*) AS n FROM campaign_recipients WHERE campaign_id = ? GROUP BY state", id).Scan(&rows).Error; err != nil {
		return nil, 0, fmt.Errorf("count who got a campaign: %w", err)
	}
	out := map[campaign.Fate]int{}
	for _, r := range rows {
		out[campaign.Fate(r.State)] = r.N
	}
	if err := s.givenUp(ctx, id, out); err != nil {
		return nil, 0, err
	}
	if out[campaign.Waiting] == 0 {
		return out, 0, nil
	}
	var fetched int
	err := s.db.read(ctx).Raw(`SELECT COUNT(*) FROM campaign_recipients r JOIN outbox o ON o.op_key = r.row_key
WHERE r.campaign_id = ? AND r.state = ? AND o.state = ?`, id, string(campaign.Waiting), outboxDone).Scan(&fetched).Error
	if err != nil {
		return nil, 0, fmt.Errorf("count who came by: %w", err)
	}
	return out, fetched, nil
}

// givenUp counts the copies whose rows the outbox gave up as what they are: nobody takes them out of a queue any more.
func (s Campaigns) givenUp(ctx context.Context, id string, out map[campaign.Fate]int) error {
	for was, is := range map[campaign.Fate]campaign.Fate{campaign.Queued: campaign.Failed, campaign.Sending: campaign.Unsure} {
		if out[was] == 0 {
			continue
		}
		var n int
		err := s.db.read(ctx).Raw(`SELECT COUNT(*) FROM campaign_recipients r JOIN outbox o ON o.op_key = r.row_key
WHERE r.campaign_id = ? AND r.state = ? AND o.state = ?`, id, string(was), outboxBuried).Scan(&n).Error
		if err != nil {
			return fmt.Errorf("count what was given up: %w", err)
		}
		out[was] -= n
		out[is] += n
	}
	return nil
}

// Consent implements campaign.Store.
func (s Campaigns) Consent(ctx context.Context, personID string) (agreed, asked bool, err error) {
	var rows []int
	if err := s.db.read(ctx).Raw("SELECT agreed FROM campaign_consents WHERE person_id = ?", personID).Scan(&rows).Error; err != nil {
		return false, false, fmt.Errorf("read a consent: %w", err)
	}
	return len(rows) > 0 && rows[0] == 1, len(rows) > 0, nil
}

// SetConsent implements campaign.Store.
func (s Campaigns) SetConsent(ctx context.Context, personID string, agreed bool, at time.Time) error {
	yes := 0
	if agreed {
		yes = 1
	}
	query := "INSERT INTO campaign_consents (person_id, agreed, at) VALUES (?,?,?) ON CONFLICT (person_id) DO UPDATE SET agreed = excluded.agreed, at = excluded.at"
	if s.db.mysql() {
		query = "INSERT INTO campaign_consents (person_id, agreed, at) VALUES (?,?,?) ON DUPLICATE KEY UPDATE agreed = VALUES(agreed), at = VALUES(at)"
	}
	if _, err := s.db.exec(ctx, query, personID, yes, int64(toMicros(at))); err != nil {
		return fmt.Errorf("keep a consent: %w", err)
	}
	return nil
}

// notices are what a person agreed to hear of, and which campaigns they were told.
func (s Rights) notices(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "活动通知"}
	var consent []struct {
		Agreed int
		At     micros
	}
	if err := s.db.read(ctx).Raw("SELECT agreed, at FROM campaign_consents WHERE person_id = ?", personID).Scan(&consent).Error; err != nil {
		return sec, err
	}
	for _, c := range consent {
		what := "不收通知"
		if c.Agreed == 1 {
			what = "同意收通知"
		}
		sec.Entries = append(sec.Entries, rights.Entry{At: c.At.Time(), What: what})
	}
	rs, err := s.db.Campaigns().recipients(ctx, "WHERE person_id = ? ORDER BY at", personID)
	for _, r := range rs {
		sec.Entries = append(sec.Entries, rights.Entry{At: r.At, What: r.Campaign, Ref: r.Campaign})
	}
	return sec, err
}
