package channel

// Progress is how far the messages of an account were taken that are pulled from its platform. Done are messages behind the cursor that were taken already: a page
// is pulled again from its beginning. Version grows with every step.
type Progress struct {
	Cursor  string   `json:"cursor"`
	Done    []string `json:"done,omitempty"`
	Version int64    `json:"version"`
}
