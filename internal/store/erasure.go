package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/xinqiao-bot/xinqiao/internal/rights"
)

// Erased means bytes: with a person goes their key, and what is left of their texts, in freed pages, in a log or in a backup, is
// noise. The key's own bytes must go too. SQLite writes zeros over what is deleted (secure_delete); its log is emptied here. On
// a server the logs hold the key sealed with the key file's, until they end or that key is retired: deploy/README.md says how
// long that is.

// erasureMark is what is kept of somebody who was erased: enough to know them again in an old backup, and no more.
func (db *DB) erasureMark(personID string) string { return db.sealer.Digest("erased", personID) }

// scrubPatience is how long an erasure waits for those who read an older state of the file.
const scrubPatience = 9 * time.Second

// scrubFailed is the code by which it is counted that the log could not be emptied: the next erasure, or the next start, does.
const scrubFailed = "LOG_NOT_EMPTIED"

// errReaders says that somebody still reads what must go.
var errReaders = errors.New("a reader still uses the write-ahead log")

// scrub writes SQLite's log into the file and cuts it to nothing: what was erased stands in neither. An erasure is rare, and
// whoever writes meanwhile waits in line.
func (db *DB) scrub(ctx context.Context) error {
	if db.mysql() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, scrubPatience)
	defer cancel()
	err := db.alone(ctx, func(ctx context.Context) error {
		var busy, log, moved int
		err := db.writes.WithContext(ctx).Raw("PRAGMA wal_checkpoint(TRUNCATE)").Row().Scan(&busy, &log, &moved)
		if err == nil && busy != 0 {
			err = errReaders // it waited for busy_timeout
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	return nil
}

// alone runs f on SQLite's one writing connection while nobody has a transaction open.
func (db *DB) alone(ctx context.Context, f func(ctx context.Context) error) error {
	for {
		s, err := db.line.enter(ctx)
		if err != nil {
			return err
		}
		if s == nil {
			defer db.line.pass(nil)
			return f(ctx)
		}
		s.n++ // others have a transaction open: it ends first
		db.goOn(s)
		<-s.done
	}
}

// Replay erases again whoever was erased and came back with an old backup, and returns how many. Open cases do not keep them:
// they were closed when the person was erased.
func (s Rights) Replay(ctx context.Context, by string) (n int, err error) {
	var marks []string
	if err := s.db.read(ctx).Raw("SELECT mark FROM erasures").Scan(&marks).Error; err != nil {
		return 0, fmt.Errorf("erase again who was erased: %w", err)
	}
	if len(marks) == 0 {
		return 0, nil
	}
	erased := make(map[string]bool, len(marks))
	for _, m := range marks {
		erased[m] = true
	}
	for after := ""; ; {
		var ids []string
		if err := s.db.read(ctx).Raw("SELECT id FROM persons WHERE id > ? ORDER BY id LIMIT 1000", after).Scan(&ids).Error; err != nil {
			return n, fmt.Errorf("erase again who was erased: %w", err)
		}
		if len(ids) == 0 {
			return n, nil
		}
		for _, id := range ids {
			if !erased[s.db.erasureMark(id)] {
				continue
			}
			if err := s.closeForErased(ctx, id); err != nil {
				return n, err
			}
			if _, err := s.Erase(ctx, id, by); err != nil && !errors.Is(err, rights.ErrOpenCase) {
				return n, err
			}
			n++
		}
		after = ids[len(ids)-1]
	}
}

// Restored says whether the database was just put back from a backup: deploy/backup/restore.sh leaves a mark.
func (db *DB) Restored(ctx context.Context) (bool, error) {
	var n int
	if err := db.read(ctx).Raw("SELECT COUNT(*) FROM key_marks WHERE name = 'restored'").Scan(&n).Error; err != nil {
		return false, fmt.Errorf("look whether a backup was put back: %w", err)
	}
	return n > 0, nil
}

// RestoreEnded takes the mark away.
func (db *DB) RestoreEnded(ctx context.Context) error {
	if _, err := db.exec(ctx, "DELETE FROM key_marks WHERE name = 'restored'"); err != nil {
		return fmt.Errorf("note that a backup is put back: %w", err)
	}
	return nil
}

// closeForErased closes what was open when the backup was made, and closed when the person was erased.
func (s Rights) closeForErased(ctx context.Context, personID string) error {
	err := s.db.write(ctx).Exec("UPDATE cases SET status = 'closed', stands = 'closed', waits = '', open_person = NULL, closed_at = ?, changed_at = ? WHERE open_person = ?",
		toMicros(s.db.now()), toMicros(s.db.now()), personID).Error
	if err != nil {
		return fmt.Errorf("close the case of somebody who was erased: %w", err)
	}
	return nil
}

// tidied is the row of reseals that says that the file was written anew.
const tidied = "(tidied)"

// Tidy writes SQLite's file anew, once, after everything was sealed under people's keys: what earlier versions deleted may still
// lie in its free pages, sealed with the key file's. It says whether it did, or whether it noted for the first time that all is sealed
// with the key that seals.
func (db *DB) Tidy(ctx context.Context, worker string) (bool, error) {
	var before []string
	if err := db.read(ctx).Raw("SELECT target FROM reseals WHERE name = ?", tidied).Scan(&before).Error; err != nil {
		return false, fmt.Errorf("look whether the file was tidied: %w", err)
	}
	target := joinKeys([]uint32{db.sealer.Keys().Using})
	if len(before) > 0 && before[0] == target {
		return false, nil
	}
	if len(before) == 0 && !db.mysql() {
		if err := db.alone(ctx, func(ctx context.Context) error { return db.writes.WithContext(ctx).Exec("VACUUM").Error }); err != nil {
			return false, fmt.Errorf("write the file anew: %w", err)
		}
		if err := db.scrub(ctx); err != nil {
			return false, err
		}
	}
	at := int64(toMicros(db.now()))
	if _, err := db.exec(ctx, "INSERT INTO reseals (name, target, place, moved, unreadable, worker, until_at, done_at) VALUES (?,?,'',0,0,?,0,?)"+db.keep("name"), tidied, target, worker, at); err != nil {
		return false, fmt.Errorf("note that all is sealed: %w", err)
	}
	if _, err := db.exec(ctx, "UPDATE reseals SET target = ?, done_at = ? WHERE name = ?", target, at, tidied); err != nil {
		return false, fmt.Errorf("note that all is sealed: %w", err)
	}
	return true, nil
}
