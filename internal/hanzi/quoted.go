package hanzi

// Unquoted says whether a character stands in a text outside quotation marks: what stands in them is for the reader to say to
// others.
func Unquoted(text string, wanted rune) bool {
	depth := 0
	for _, r := range text {
		switch {
		case r == '“':
			depth++
		case r == '”':
			depth--
		case r == wanted && depth <= 0:
			return true
		}
	}
	return false
}
