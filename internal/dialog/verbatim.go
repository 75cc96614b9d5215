package dialog

// verbatim surrounds words that somebody wrote, in what a command comes to: a character that nobody types and that shows
// nothing.
const verbatim = '\u2063'

// Verbatim marks words of a person or of staff in a result, so that what is done to our own texts before they are said, such
// as addressing a pupil as 你, is not done to them.
func Verbatim(words string) string {
	if words == "" {
		return ""
	}
	return string(verbatim) + words + string(verbatim)
}

// IsVerbatim says whether a rune is the mark before and behind such words.
func IsVerbatim(r rune) bool { return r == verbatim }
