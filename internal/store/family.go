package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"gorm.io/gorm/clause"

	"github.com/xinqiao-bot/xinqiao/internal/family"
	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

type childrenRow struct {
	PersonID  string `gorm:"column:person_id;primaryKey"`
	Body      []byte `gorm:"column:body"` // sealed JSON: the children
	AgreedAt  micros `gorm:"column:agreed_at"`
	ChangedAt micros `gorm:"column:changed_at"`
}

func (childrenRow) TableName() string { return "child_profiles" }

func childrenCell(personID string) cell {
	return cell{"child_profiles", personID, "children:" + personID}
}

// Families keeps what parents agreed to have remembered of their children.
type Families struct{ db *DB }

// Families returns the view of children.
func (db *DB) Families() Families { return Families{db} }

var _ family.Store = Families{}

// Profile implements family.Store. Where it cannot be read just now nobody is known, and Change refuses.
func (s Families) Profile(ctx context.Context, personID string) (family.Profile, error) {
	var rows []childrenRow
	if err := s.db.read(ctx).Where("person_id = ?", personID).Limit(1).Find(&rows).Error; err != nil {
		return family.Profile{}, fmt.Errorf("find the children of person %s: %w", personID, err)
	}
	if len(rows) == 0 {
		return family.Profile{}, nil
	}
	p := family.Profile{Agreed: rows[0].AgreedAt.Time()}
	if _, err := s.db.body(ctx, childrenCell(personID), rows[0].Body, &p.Children); err != nil {
		return family.Profile{}, err
	}
	return p, nil
}

// Change implements family.Store.
func (s Families) Change(ctx context.Context, personID string, f func(*family.Profile) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.db.lockPerson(ctx, personID); err != nil {
			return err
		}
		if err := s.db.guard(ctx, childrenCell(personID), "SELECT body FROM child_profiles WHERE person_id = ?", personID); err != nil {
			return err
		}
		p, err := s.Profile(ctx, personID)
		if err != nil {
			return err
		}
		if err := f(&p); err != nil {
			return err
		}
		tx := s.db.write(ctx)
		if len(p.Children) == 0 {
			if err := tx.Where("person_id = ?", personID).Delete(&childrenRow{}).Error; err != nil {
				return fmt.Errorf("forget the children of person %s: %w", personID, err)
			}
			return nil
		}
		raw, err := json.Marshal(p.Children)
		if err != nil {
			return err
		}
		sealed, err := s.db.sealFor(ctx, personID, string(raw), childrenCell(personID).aad)
		if err != nil {
			return err
		}
		r := childrenRow{PersonID: personID, Body: sealed, AgreedAt: toMicros(p.Agreed), ChangedAt: toMicros(s.db.now())}
		if err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "person_id"}}, UpdateAll: true}).Create(&r).Error; err != nil {
			return fmt.Errorf("keep the children of person %s: %w", personID, err)
		}
		return nil
	})
}

// children is what is remembered of a person's children, as the person reads it.
func (s Rights) children(ctx context.Context, personID string) (rights.Section, error) {
	sec := rights.Section{Title: "您同意记着的孩子"}
	p, err := s.db.Families().Profile(ctx, personID)
	for _, c := range p.Children {
		e := rights.Entry{At: p.Agreed, What: c.Name}
		for _, d := range []rights.Detail{{Name: "年级", Value: c.Grade}, {Name: "年级是哪一学年的", Value: year(c.Since)}, {Name: "哪年出生", Value: year(c.Born)}, {Name: "住在", Value: c.District}} {
			if d.Value != "" {
				e.Details = append(e.Details, d)
			}
		}
		sec.Entries = append(sec.Entries, e)
	}
	return sec, err
}

func year(y int) string {
	if y == 0 {
		return ""
	}
	return strconv.Itoa(y)
}
