package risk

// Shapes are the content files that this package reads, each as the empty value that it is decoded into, by the kind of
// file; from them the JSON Schemas for editors are made.
func Shapes() map[string]any {
	return map[string]any{"risk-words": wordsFile{}, "risk-rules": rulesFile{}, "risk-disguise": disguiseFile{}}
}
