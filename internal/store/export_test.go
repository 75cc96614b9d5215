package store

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
