package load

import "github.com/xinqiao-bot/xinqiao/internal/dialog/plan"

// Shapes are the content files that this package reads, each as the empty value that it is decoded into, by the kind of
// file; from them the JSON Schemas for editors are made.
func Shapes() map[string]any {
	return map[string]any{
		"flow": struct {
			flowFile `yaml:",inline"`
			Steps    map[string]stepFile `yaml:"steps"`
		}{},
		"system":    systemFile{},
		"person":    personFile{},
		"faq":       faqFile{},
		"faq-words": faqWordsFile{},
		"faq-not":   faqNotFile{},
		"faq-asked": faqAskedFile{},
	}
}

// AskKinds are what an ask may take, by their names in flows.
func AskKinds() []string { return plan.AskKinds() }

// PersonTypes are the types of variables that go with the person.
func PersonTypes() []string {
	return []string{string(plan.TypeText), string(plan.TypeNumber), string(plan.TypeBool)}
}

// Types are the types of variables, by their names in flows.
func Types() []string {
	return []string{string(plan.TypeText), string(plan.TypeNumber), string(plan.TypeBool), string(plan.TypeChoices), string(plan.TypeTexts)}
}
