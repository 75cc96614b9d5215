package store

import (
	"context"
	"fmt"
	"time"
)

// Server is what a database says of itself, for whoever operates it.
type Server struct {
	Version  string
	Now      time.Time         // zero on SQLite, which has no clock of its own
	Settings map[string]string // of MySQL, those of serverSettings that it has
}

// serverSettings decide whether what is committed stays.
const serverSettings = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('innodb_flush_log_at_trx_commit', 'sync_binlog', 'read_only', 'max_connections', 'character_set_server')"

// Server asks the database what it is.
func (db *DB) Server(ctx context.Context) (Server, error) {
	s := Server{Settings: map[string]string{}}
	if !db.mysql() {
		err := db.read(ctx).Raw("SELECT sqlite_version()").Scan(&s.Version).Error
		return s, err
	}
	if err := db.read(ctx).Raw("SELECT VERSION()").Scan(&s.Version).Error; err != nil {
		return s, fmt.Errorf("ask the database's version: %w", err)
	}
	if err := db.read(ctx).Raw("SELECT UTC_TIMESTAMP(6)").Scan(&s.Now).Error; err != nil {
		return s, fmt.Errorf("ask the database's clock: %w", err)
	}
	var settings []struct {
		Name  string `gorm:"column:Variable_name"`
		Value string `gorm:"column:Value"`
	}
	if err := db.read(ctx).Raw(serverSettings).Scan(&settings).Error; err != nil {
		return s, fmt.Errorf("ask the database's settings: %w", err)
	}
	for _, v := range settings {
		s.Settings[v.Name] = v.Value
	}
	return s, nil
}
