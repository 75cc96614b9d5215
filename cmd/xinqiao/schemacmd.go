package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/booking"
	"github.com/xinqiao-bot/xinqiao/internal/calendar"
	"github.com/xinqiao-bot/xinqiao/internal/campaign"
	"github.com/xinqiao-bot/xinqiao/internal/consent"
	"github.com/xinqiao-bot/xinqiao/internal/content"
	"github.com/xinqiao-bot/xinqiao/internal/course"
	"github.com/xinqiao-bot/xinqiao/internal/crisis"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/load"
	"github.com/xinqiao-bot/xinqiao/internal/dialog/script"
	"github.com/xinqiao-bot/xinqiao/internal/event"
	"github.com/xinqiao-bot/xinqiao/internal/habit"
	"github.com/xinqiao-bot/xinqiao/internal/risk"
	"github.com/xinqiao-bot/xinqiao/internal/schema"
	"github.com/xinqiao-bot/xinqiao/internal/survey"
	"github.com/xinqiao-bot/xinqiao/internal/worry"
)

func schemaCommand(e env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "schema",
		Short: "write the JSON Schemas of the content files, for an editor's completion",
		Long: `Writes one JSON Schema for each kind of content file. Every file in dialogs/ names its own in its first line,
so that an editor that knows YAML (VS Code with the YAML extension) completes keys and marks slips with no set-up.`,
		Args: cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				content, err := e.contentDir(cmd, nil)
				if err != nil {
					return err
				}
				dir = filepath.Join(content, ".schema")
			}
			all, err := contentSchemas()
			if err != nil {
				return err
			}
			if err := os.MkdirAll(dir, 0o750); err != nil {
				return fmt.Errorf("make the folder of schemas: %w", err)
			}
			for _, kind := range slices.Sorted(maps.Keys(all)) {
				file := filepath.Join(dir, kind+".json")
				if err := os.WriteFile(file, all[kind], 0o600); err != nil {
					return fmt.Errorf("write a schema: %w", err)
				}
				_, _ = fmt.Fprintln(e.out, file)
			}
			return nil
		}),
	}
	c.Flags().StringVar(&dir, "out", "", "the `DIR` to write to (default: .schema in the content folder)")
	return c
}

// contentSchemas are the schemas of all kinds of content file, each as the text of a file.
func contentSchemas() (map[string][]byte, error) {
	shapes := map[string]any{"survey": survey.Scale{}, "menu": menuFile{}}
	for _, some := range []map[string]any{load.Shapes(), script.Shapes(), course.Shapes(), booking.Shapes(), event.Shapes(), calendar.Shapes(), consent.Shapes(), habit.Shapes(), campaign.Shapes(), risk.Shapes(), crisis.Shapes(), content.Shapes(), worry.Shapes()} {
		maps.Copy(shapes, some)
	}
	var commands []string
	for _, c := range (&App{}).signatures().Commands {
		commands = append(commands, c.Name)
	}
	slices.Sort(commands)
	danger := []string{string(risk.Low), string(risk.Medium), string(risk.High), string(risk.Imminent)}
	return schema.Make(schema.Options{
		Shapes: shapes, Words: booking.Words(),
		Enums: map[string][]string{
			"flow.vars": load.Types(), "Worry.for": worry.Roles(), "General.for": worry.Roles(), "Lesson.for": {course.ForParents, course.ForPupils, course.ForTeachers}, "personVarFile.type": load.PersonTypes(), "askFile.type": load.AskKinds(), "stepFile.call": commands, "stepFile.needs": purposes(), "Text.for": purposes(), "Event.kind": event.Kinds, "Campaign.audience": campaign.Audiences(), "Campaign.way": campaign.Ways(), "Event.holidays": {calendar.Open}, "Station.holidays": {calendar.Open},
			"survey.scoring":  {string(survey.Sum), string(survey.Mean), string(survey.Weighted), string(survey.Quiz)},
			"survey.audience": {"parent", "student"}, "Norm.sex": {string(survey.Female), string(survey.Male)}, "Example.sex": {string(survey.Female), string(survey.Male)},
			"Safety.level": danger, "Example.danger": append(slices.Clone(danger), string(risk.None)), "rule.level": append(slices.Clone(danger), string(risk.None)),
			"category.talk": danger, "category.trait": {"wish", "plan", "means", "place", "time", "company", "act", "symptom"},
			"rule.subject": {string(risk.Self), string(risk.Other)}, "rule.within": {"phrase", "clause", "near", "sentence", "message"},
			"answer.is": crisis.Classes(), "hearingFile.class": crisis.Classes(),
		},
		Required: map[string][]string{
			"flow": {"flow", "steps"}, "choiceFile": {"label"}, "faq": {"faq"}, "faq[]": {"questions", "answer"}, "system": {"system"}, "person": {"person"}, "personVarFile": {"type", "about"}, "imageFile": {"file", "about"}, "lessons": {"lessons"},
			"Lesson": {"id", "title", "series", "stages", "themes", "summary", "points", "questions"}, "courses": {"stages", "themes"}, "worries-index": {"told", "only", "only_student", "general", "signs", "people"}, "worries": {"worries"}, "Worry": {"id", "for", "heard", "tonight", "follow"}, "General": {"for", "heard", "tonight"},
			"survey": {"id", "title", "items"}, "Item": {"id", "text"}, "calendar": {"calendar"}, "Year": {"year", "source"}, "Holiday": {"name", "from"}, "consents": {"consents"}, "Text": {"for", "title", "version", "ask", "guardian", "withdraw"}, "menu": {"menu"}, "Button": {"name"}, "risk-rules": {"rules"},
			"rule": {"id", "level", "all"}, "conversations": {"conversations"}, "notices": content.Notices(), "ready": {"ready"}, "ReadyAnswer": {"title", "group", "text"}, "crisis": {"duty", "coming", "first"}, "talk": {"exits", "questions", "say"}, "hears": {"hears"}, "hearingFile": {"class"}, "question": {"ask"}, "answer": {"label", "is"},
		},
	})
}

// purposes are what people can be asked to agree to.
func purposes() []string {
	var names []string
	for _, p := range consent.Purposes() {
		names = append(names, string(p))
	}
	return names
}
