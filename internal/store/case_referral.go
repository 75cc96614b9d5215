package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/casework"
)

type referralRow struct {
	ID        string `gorm:"column:id;primaryKey"`
	CaseID    string `gorm:"column:case_id"`
	Kind      string `gorm:"column:kind"`
	Status    string `gorm:"column:status"`
	Body      []byte `gorm:"column:body"`
	MadeBy    string `gorm:"column:made_by"`
	MadeAt    micros `gorm:"column:made_at"`
	ChangedAt micros `gorm:"column:changed_at"`
}

func (referralRow) TableName() string { return "case_referrals" }

// AddReferral implements casework.Store. What the form says is sealed as one.
func (s Cases) AddReferral(ctx context.Context, r casework.Referral) error {
	form, err := json.Marshal(r.ReferralForm)
	if err != nil {
		return fmt.Errorf("encode a referral: %w", err)
	}
	body, err := s.db.sealUnder(ctx, "cases", r.Case, string(form), "referral:"+r.ID)
	if err != nil {
		return fmt.Errorf("seal a referral: %w", err)
	}
	return s.db.write(ctx).Create(&referralRow{
		ID: r.ID, CaseID: r.Case, Kind: string(r.Kind), Status: string(r.Status), Body: body, MadeBy: r.MadeBy,
		MadeAt: toMicros(r.MadeAt), ChangedAt: toMicros(r.ChangedAt),
	}).Error
}

// Referrals implements casework.Store. A form whose person was erased is blank.
func (s Cases) Referrals(ctx context.Context, caseID string) ([]casework.Referral, error) {
	var rows []referralRow
	err := s.db.read(ctx).Select("id", "case_id", "kind", "status", "body", "made_by", "made_at", "changed_at").
		Where("case_id = ?", caseID).Order("made_at DESC, id DESC").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]casework.Referral, 0, len(rows))
	for _, row := range rows {
		body, err := s.db.text(ctx, cell{"case_referrals", row.ID, "referral:" + row.ID}, row.Body)
		if err != nil {
			return nil, err
		}
		r := casework.Referral{
			ID: row.ID, Case: row.CaseID, Status: casework.ReferralStatus(row.Status), MadeBy: row.MadeBy,
			MadeAt: row.MadeAt.Time(), ChangedAt: row.ChangedAt.Time(),
		}
		switch body {
		case "":
		case Unreadable:
			r.Why = Unreadable
		default:
			if err := json.Unmarshal([]byte(body), &r.ReferralForm); err != nil {
				return nil, fmt.Errorf("read referral %s: %w", row.ID, err)
			}
		}
		r.Kind = casework.ReferralKind(row.Kind)
		out = append(out, r)
	}
	return out, nil
}

// MoveReferral implements casework.Store.
func (s Cases) MoveReferral(ctx context.Context, id string, to casework.ReferralStatus, at time.Time) error {
	return s.db.write(ctx).Exec("UPDATE case_referrals SET status = ?, changed_at = ? WHERE id = ?", string(to), toMicros(at), id).Error
}
