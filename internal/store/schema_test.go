package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "github.com/glebarez/go-sqlite"
	"github.com/google/go-cmp/cmp"

	"github.com/xinqiao-bot/xinqiao/internal/channel"
	"github.com/xinqiao-bot/xinqiao/internal/media"
	"github.com/xinqiao-bot/xinqiao/internal/outbox"
	"github.com/xinqiao-bot/xinqiao/internal/store/storetest"
	"github.com/xinqiao-bot/xinqiao/internal/transcript"
)

// raw opens the place's database past the store.
func raw(t *testing.T, p storetest.Place) *sql.DB {
	t.Helper()
	var db *sql.DB
	var err error
	if p.Dialect == "sqlite" {
		db, err = sql.Open("sqlite", strings.TrimPrefix(p.URL, "sqlite:"))
	} else {
		user, rest, _ := strings.Cut(strings.TrimPrefix(p.URL, "mysql://"), "@")
		host, name, _ := strings.Cut(rest, "/")
		db, err = sql.Open("mysql", fmt.Sprintf("%s@tcp(%s)/%s", user, host, name))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// strs reads a query whose rows are of n texts.
func strs(t *testing.T, db *sql.DB, query string, args ...any) [][]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	cols, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for rows.Next() {
		vals, ptrs := make([]sql.NullString, len(cols)), make([]any, len(cols))
		for i := range vals {
			ptrs[i] = &vals[i]
		}
		if err := rows.Scan(ptrs...); err != nil {
			t.Fatal(err)
		}
		line := make([]string, len(cols))
		for i, v := range vals {
			line[i] = v.String
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func tables(t *testing.T, db *sql.DB, dialect string) []string {
	t.Helper()
	q := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if dialect == "mysql" {
		q = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
	}
	var names []string
	for _, r := range strs(t, db, q) {
		if !strings.HasPrefix(r[0], "goose_") {
			names = append(names, r[0])
		}
	}
	slices.Sort(names)
	return names
}

// kindOf names what a column may hold, in words that both dialects share.
func kindOf(sqlType string) string {
	base, _, _ := strings.Cut(strings.ToUpper(sqlType), "(")
	switch {
	case strings.HasSuffix(base, "BLOB"), base == "VARBINARY", base == "BINARY":
		return "bytes"
	case strings.HasSuffix(base, "CHAR"), strings.HasSuffix(base, "TEXT"):
		return "text"
	case strings.HasSuffix(base, "INT"), base == "INTEGER":
		return "integer"
	case base == "DOUBLE", base == "REAL":
		return "real"
	}
	return sqlType
}

// schema describes every column and index, one a line, in the same words for both dialects.
func schema(t *testing.T, p storetest.Place) []string {
	t.Helper()
	db := raw(t, p)
	var lines []string
	for _, table := range tables(t, db, p.Dialect) {
		if p.Dialect == "sqlite" {
			for _, c := range strs(t, db, "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)", table) {
				lines = append(lines, fmt.Sprintf("%s.%s %s required=%t key=%t", table, c[0], kindOf(c[1]), c[2] == "1" || c[3] != "0", c[3] != "0"))
			}
			for _, i := range strs(t, db, "SELECT name, \"unique\" FROM pragma_index_list(?) WHERE origin = 'c'", table) {
				var cols []string
				for _, c := range strs(t, db, "SELECT name FROM pragma_index_info(?) ORDER BY seqno", i[0]) {
					cols = append(cols, c[0])
				}
				lines = append(lines, fmt.Sprintf("%s index %s (%s) unique=%t", table, i[0], strings.Join(cols, ","), i[1] == "1"))
			}
			continue
		}
		for _, c := range strs(t, db, "SELECT column_name, data_type, is_nullable, column_key FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?", table) {
			lines = append(lines, fmt.Sprintf("%s.%s %s required=%t key=%t", table, c[0], kindOf(c[1]), c[2] == "NO", c[3] == "PRI"))
		}
		for _, i := range strs(t, db, `SELECT index_name, MAX(non_unique), GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ',')
FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND index_name <> 'PRIMARY' GROUP BY index_name`, table) {
			lines = append(lines, fmt.Sprintf("%s index %s (%s) unique=%t", table, i[0], i[2], i[1] == "0"))
		}
	}
	slices.Sort(lines)
	return lines
}

func TestBothDialectsHaveTheSameSchema(t *testing.T) {
	lite, my := storetest.SQLite(t), storetest.MySQL(t)
	lite.Open(t, nil)
	my.Open(t, nil)
	got := schema(t, lite)
	if len(got) < 20 {
		t.Fatalf("only %d lines of schema were read", len(got))
	}
	if diff := cmp.Diff(got, schema(t, my)); diff != "" {
		t.Errorf("the migrations differ (-sqlite +mysql); mend the one that is wrong:\n%s", diff)
	}
}

func TestTextsCompareByteByByteOnMySQL(t *testing.T) {
	p := storetest.MySQL(t)
	p.Open(t, nil)
	for _, c := range strs(t, raw(t, p), `SELECT table_name, column_name, collation_name FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name NOT LIKE 'goose%' AND collation_name IS NOT NULL AND collation_name <> 'utf8mb4_bin'`) {
		t.Errorf("%s.%s has the collation %s: add CHARACTER SET utf8mb4 COLLATE utf8mb4_bin to its table, or IDs that differ in case are one", c[0], c[1], c[2])
	}
}

func TestNoColumnButTheIdentitysIsMadeForAPlatformsUserKey(t *testing.T) {
	suspect := regexp.MustCompile(`open_?id|union_?id|user_?key|address|phone|mobile`)
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		p.Open(t, nil)
		for _, line := range schema(t, p) {
			column, _, _ := strings.Cut(line, " ")
			if suspect.MatchString(column) && !strings.HasPrefix(column, "identities.") {
				t.Errorf("column %s: who someone is stands in identities only", column)
			}
		}
	})
}

// TestSecretsAreNowhereInTheRawDatabase looks at every byte of every column, and of the SQLite files themselves.
func TestSecretsAreNowhereInTheRawDatabase(t *testing.T) {
	const openid, text, answer, payload, picture = "oSecretOpenid-4127", "示例:孩子说的一句话", "示例:老师的回答", "示例:待发送的话", "示例:照片里的样子"
	secrets := []string{openid, text, answer, payload, picture}
	storetest.Each(t, func(t *testing.T, p storetest.Place) {
		db := p.Open(t, nil)
		who, err := db.People().Resolve(t.Context(), wechat(openid))
		if err != nil {
			t.Fatal(err)
		}
		err = db.InTx(t.Context(), func(ctx context.Context) error {
			err := db.Messages().Append(ctx,
				// An event's ID is made of the sender's openid and the second it happened.
				transcript.Message{ID: "1", Person: who.ID, From: transcript.FromPerson, Text: text, Inbound: openid + "1700000000", At: noon},
				transcript.Message{ID: "2", Person: who.ID, From: transcript.FromStaff, Replies: []channel.Reply{{Text: answer}}, At: noon})
			if err != nil {
				return err
			}
			seen := media.Item{ID: media.ID("k"), Person: who.ID, Kind: channel.KindImage, State: media.Coming, Size: int64(len(picture)), Sent: noon, Expires: noon}
			if _, err := db.Media().Add(ctx, seen); err != nil {
				return err
			}
			if kept, err := db.Media().Keep(ctx, seen, []byte(picture)); err != nil || !kept {
				return fmt.Errorf("keep a picture: %t, %w", kept, err)
			}
			return db.Outbox().Put(ctx, outbox.Row{Key: "k", Kind: "deliver", Person: who.ID, Payload: []byte(payload), RunAt: noon})
		})
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		look := func(where string, content []byte) {
			for _, s := range secrets {
				if bytes.Contains(content, []byte(s)) {
					t.Errorf("%q stands in clear in %s", s, where)
				}
			}
		}
		conn := raw(t, p)
		for _, table := range tables(t, conn, p.Dialect) {
			for _, r := range strs(t, conn, "SELECT * FROM "+table) {
				seen++
				look(table, []byte(strings.Join(r, "\x00")))
			}
		}
		if seen < 7 { // a person, an identity, two messages, a row of work, a picture and its one piece
			t.Errorf("only %d rows were looked at", seen)
		}
		if p.Dialect == "sqlite" {
			files, err := filepath.Glob(strings.TrimPrefix(p.URL, "sqlite:") + "*") // the database and its log
			if err != nil || len(files) == 0 {
				t.Fatalf("no files of the database: %v", err)
			}
			for _, f := range files {
				content, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				look(filepath.Base(f), content)
			}
		}
	})
}
