package store

import (
	"strings"
)

// sealedColumn is a column that holds sealed texts: how a row is found, what its seal is bound to, and whose it is. A test
// reads the schema: a column of bytes that stands neither here nor in unsealed fails it, so that none is forgotten when texts are
// sealed anew.
type sealedColumn struct {
	table, column string
	key           []string // the primary key
	with          []string // what aad needs beside the key
	owner         string   // SQL for the person that a row belongs to, of the table t; "" for rows that are nobody's
	batch         int      // rows in one go; 0: resealBatch
	aad           func(v []string) string
}

// byID is the aad of most: a word and the row's key.
func byID(word string) func([]string) string {
	return func(v []string) string { return word + ":" + v[0] }
}

// of is SQL for the person that a row of another table belongs to.
func of(table, column string) string {
	return "(SELECT o.person_id FROM " + table + " o WHERE o.id = t." + column + ")"
}

const own = "t.person_id"

var sealedColumns = []sealedColumn{
	{table: "person_keys", column: "body", key: []string{"id"}, aad: byID("person-key")}, // nobody's: sealed with the key file's
	{table: "identities", column: "sealed_address", key: []string{"index_hash"}, with: []string{"person_id"}, owner: own, aad: func(v []string) string { return addressAAD(v[1]) }},
	{table: "messages", column: "body", key: []string{"id"}, with: []string{"person_id"}, owner: own, aad: func(v []string) string { return messageAAD(v[1]) }},
	{table: "outbox", column: "payload", key: []string{"seq"}, with: []string{"id"}, owner: own, aad: func(v []string) string { return payloadAAD(v[1]) }},
	{table: "operations", column: "result", key: []string{"op_key"}, with: []string{"person_id"}, owner: own, aad: func(v []string) string { return operationAAD(v[1], v[0]) }},
	{table: "cases", column: "reason", key: []string{"id"}, owner: own, aad: byID("case")},
	{table: "case_signals", column: "reason", key: []string{"id"}, owner: of("cases", "case_id"), aad: byID("signal")},
	{table: "case_steps", column: "note", key: []string{"id"}, owner: of("cases", "case_id"), aad: byID("step")},
	{table: "case_tasks", column: "note", key: []string{"id"}, owner: of("cases", "case_id"), aad: byID("task")},
	{table: "case_referrals", column: "body", key: []string{"id"}, owner: of("cases", "case_id"), aad: byID("referral")},
	{table: "asked_talks", column: "reason", key: []string{"id"}, owner: own, aad: byID("asked")},
	{table: "results", column: "body", key: []string{"id"}, owner: own, aad: byID("result")},
	{table: "survey_drafts", column: "body", key: []string{"person_id"}, owner: own, aad: byID("draft")},
	{table: "appointments", column: "body", key: []string{"id"}, owner: own, aad: byID("appointment")},
	{table: "appointment_steps", column: "body", key: []string{"id"}, owner: of("appointments", "appointment_id"), aad: func(v []string) string { return appointmentStepAAD(v[0]) }},
	{table: "visit_ratings", column: "body", key: []string{"appointment_id"}, owner: own, aad: func(v []string) string { return ratingAAD(v[0]) }},
	{table: "booking_blocks", column: "body", key: []string{"id"}, aad: func(v []string) string { return blockAAD(v[0]) }},
	{table: "letters", column: "body", key: []string{"id"}, owner: own, aad: byID("letter")},
	{table: "letter_drafts", column: "body", key: []string{"id"}, with: []string{"letter_id", "slot"}, owner: of("letters", "letter_id"), aad: func(v []string) string { return draftAAD(v[1], v[2]) }},
	{table: "letter_pieces", column: "body", key: []string{"id"}, owner: of("letters", "letter_id"), aad: byID("letter-piece")},
	{table: "event_signups", column: "body", key: []string{"id"}, owner: own, aad: byID("signup")},
	{table: "school_requests", column: "body", key: []string{"id"}, owner: own, aad: func(v []string) string { return requestAAD(v[0]) }},
	{table: "school_request_steps", column: "note", key: []string{"id"}, owner: of("school_requests", "request_id"), aad: func(v []string) string { return requestStepAAD(v[0]) }},
	{table: "person_vars", column: "body", key: []string{"person_id"}, owner: own, aad: byID("vars")},
	{table: "child_profiles", column: "body", key: []string{"person_id"}, owner: own, aad: byID("children")},
	{table: "calendar_feeds", column: "body", key: []string{"person_id"}, owner: own, aad: byID("calendar")},
	{table: "media_pieces", column: "body", key: []string{"item_id", "seq"}, with: []string{"(SELECT i.size FROM media_items i WHERE i.id = t.item_id)"}, owner: own, batch: 4,
		aad: func(v []string) string { return "media:" + strings.Join(v, ":") }},
	{table: "person_ages", column: "body", key: []string{"person_id"}, owner: own, aad: byID("age")},
	{table: "consents", column: "body", key: []string{"person_id", "purpose", "side"}, owner: own, aad: func(v []string) string { return "consent:" + strings.Join(v, ":") }},
	{table: "consent_steps", column: "body", key: []string{"id"}, owner: own, aad: byID("consent-step")},
	{table: "staff_factors", column: "secret", key: []string{"staff_id"}, aad: byID("staff_factor")},
	{table: "staff_factors", column: "next_secret", key: []string{"staff_id"}, aad: byID("staff_factor")},
	{table: "missed_texts", column: "body", key: []string{"digest", "day"}, aad: byID("missed")},
	{table: "rota_plans", column: "body", key: []string{"version"}, aad: byID("rota-plan")},
	{table: "rota_changes", column: "note", key: []string{"id"}, aad: byID("rota")},
	{table: "staff_browsers", column: "body", key: []string{"id"}, aad: byID("browser")},
	{table: "program_keys", column: "body", key: []string{"name"}, aad: byID("program-key")},
}

// unsealed are the columns of bytes that hold nothing sealed, with the reason.
var unsealed = map[string]string{
	"staff_sessions.data": "who is signed in at the desk, by IDs alone",
}

// name is what a column is called in what is noted of it.
func (c sealedColumn) name() string { return c.table + "." + c.column }

// keys are the columns of the primary key, in its order.
func (c sealedColumn) keys() string { return "t." + strings.Join(c.key, ", t.") }

// columns are what of a row of the table t says which it is and what its seal is bound to.
func (c sealedColumn) columns() []string {
	var out []string
	for _, name := range append(append([]string{}, c.key...), c.with...) {
		if !strings.HasPrefix(name, "(") {
			name = "t." + name
		}
		out = append(out, name)
	}
	return out
}
