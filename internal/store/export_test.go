package store

import (
	"errors"

	"gorm.io/gorm"
)

// PersonalTables are the tables that a person is erased from, with the column that leads to the person.
func PersonalTables() map[string]string {
	out := map[string]string{}
	for _, t := range personal {
		out[t.name] = t.of
		if t.of == "" {
			out[t.name] = "person_id"
		}
	}
	return out
}

// ImpersonalTables are the tables that hold nothing of a person, with the reason.
func ImpersonalTables() map[string]string { return impersonal }

// Watch hands every statement that reads to f, with its arguments put in, once it has run.
func (db *DB) Watch(f func(sql string)) error {
	tell := func(tx *gorm.DB) { f(tx.Explain(tx.Statement.SQL.String(), tx.Statement.Vars...)) }
	return errors.Join(db.reads.Callback().Query().After("gorm:query").Register("watch", tell),
		db.reads.Callback().Row().After("gorm:row").Register("watch", tell))
}
