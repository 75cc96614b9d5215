package dialog

// Shapes are the content files that this package reads, each as the empty value that it is decoded into, by the kind of
// file; from them the JSON Schemas for editors are made.
func Shapes() map[string]any {
	return map[string]any{
		"flow": struct {
			flowFile `yaml:",inline"`
			Steps    map[string]stepFile `yaml:"steps"`
		}{},
		"system":        systemFile{},
		"person":        personFile{},
		"faq":           faqFile{},
		"faq-words":     faqWordsFile{},
		"faq-not":       faqNotFile{},
		"faq-asked":     faqAskedFile{},
		"conversations": scriptFile{},
	}
}

// AskKinds are what an ask may take, by their names in flows.
func AskKinds() []string {
	return []string{
		string(askChoice), string(askText), string(askNumber), string(askYesNo), string(askLocation), string(askDate), string(askTime),
		string(askDatetime), string(askPhone),
	}
}

// PersonTypes are the types of variables that go with the person.
func PersonTypes() []string {
	return []string{string(TypeText), string(TypeNumber), string(TypeBool)}
}

// Types are the types of variables, by their names in flows.
func Types() []string {
	return []string{string(TypeText), string(TypeNumber), string(TypeBool), string(TypeChoices), string(TypeTexts)}
}
