package store

import (
	"context"
	"strings"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/staff"
)

type tokenRow struct {
	ID         string  `gorm:"column:id;primaryKey"`
	Name       string  `gorm:"column:name"`
	Role       string  `gorm:"column:role"`
	Rights     string  `gorm:"column:rights"`
	Hash       string  `gorm:"column:hash"`
	MadeBy     string  `gorm:"column:made_by"`
	CreatedAt  micros  `gorm:"column:created_at"`
	LastUsedAt *micros `gorm:"column:last_used_at"`
	ExpiresAt  *micros `gorm:"column:expires_at"`
	RevokedAt  *micros `gorm:"column:revoked_at"`
	Account    string  `gorm:"column:account"`
	Districts  string  `gorm:"column:districts"`
}

func (tokenRow) TableName() string { return "api_tokens" }

var tokenColumns = []string{"id", "name", "role", "rights", "hash", "made_by", "created_at", "last_used_at", "expires_at", "revoked_at", "account", "districts"}

func (r tokenRow) token() staff.Token {
	t := staff.Token{
		ID: r.ID, Name: r.Name, Role: staff.Role(r.Role), Hash: r.Hash, MadeBy: r.MadeBy, CreatedAt: r.CreatedAt.Time(),
		LastUsedAt: timeOrZero(r.LastUsedAt), ExpiresAt: timeOrZero(r.ExpiresAt), RevokedAt: timeOrZero(r.RevokedAt),
		Serves: r.Account, Districts: listOf(r.Districts),
	}
	for _, right := range strings.Fields(r.Rights) {
		t.Scope = append(t.Scope, staff.Right(right))
	}
	return t
}

// InsertToken implements staff.TokenStore.
func (s Staff) InsertToken(ctx context.Context, t staff.Token) error {
	scope := make([]string, len(t.Scope))
	for i, r := range t.Scope {
		scope[i] = string(r)
	}
	return s.db.write(ctx).Create(&tokenRow{
		ID: t.ID, Name: t.Name, Role: string(t.Role), Rights: strings.Join(scope, " "), Hash: t.Hash, MadeBy: t.MadeBy, CreatedAt: toMicros(t.CreatedAt),
		LastUsedAt: microsOrNil(t.LastUsedAt), ExpiresAt: microsOrNil(t.ExpiresAt), RevokedAt: microsOrNil(t.RevokedAt),
		Account: t.Serves, Districts: strings.Join(t.Districts, ","),
	}).Error
}

// TokenByHash implements staff.TokenStore.
func (s Staff) TokenByHash(ctx context.Context, hash string) (staff.Token, error) {
	var rows []tokenRow
	if err := s.db.read(ctx).Select(tokenColumns).Where("hash = ?", hash).Limit(1).Find(&rows).Error; err != nil {
		return staff.Token{}, err
	}
	if len(rows) == 0 {
		return staff.Token{}, staff.ErrToken
	}
	return rows[0].token(), nil
}

// Tokens implements staff.TokenStore: the newest first.
func (s Staff) Tokens(ctx context.Context) ([]staff.Token, error) {
	var rows []tokenRow
	if err := s.db.read(ctx).Select(tokenColumns).Order("created_at DESC, id DESC").Limit(500).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]staff.Token, len(rows))
	for i, r := range rows {
		out[i] = r.token()
	}
	return out, nil
}

// RevokeToken implements staff.TokenStore.
func (s Staff) RevokeToken(ctx context.Context, id string, at time.Time) (bool, error) {
	res := s.db.write(ctx).Exec("UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", toMicros(at), id)
	return res.RowsAffected == 1, res.Error
}

// TouchToken implements staff.TokenStore.
func (s Staff) TouchToken(ctx context.Context, id string, at time.Time) error {
	return s.db.write(ctx).Exec("UPDATE api_tokens SET last_used_at = ? WHERE id = ?", toMicros(at), id).Error
}
