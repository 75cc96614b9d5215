package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/course"
)

// The lessons and, with --explain, the reasons of each that are shown.
const (
	searchShown  = 5
	reasonsShown = 8
)

func searchCommand(e env) *cobra.Command {
	var (
		explain  bool
		audience string
	)
	cmd := &cobra.Command{
		Use:   "search QUERY",
		Short: "find lessons as a parent would, and say why each was found",
		Long: `Finds lessons in dialogs/courses for what a parent would type. With --explain every lesson says by which words it was
found, in which of its fields they stand, what each added to the score, and which came from the editors' synonyms in
dialogs/courses/index.yaml. A lesson marked 猜 is offered only to who asked for lessons, not in the middle of a talk.`,
		Example: "  xinqiao search 青春期顶嘴\n  xinqiao search --explain 个仔唔肯返学",
		Args:    cobra.MinimumNArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			dir, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			cat, err := course.Load(os.DirFS(filepath.Join(dir, "courses")))
			if err != nil {
				return err
			}
			hits := cat.For(audience).Search(strings.Join(args, " "), searchShown)
			if len(hits) == 0 {
				_, _ = fmt.Fprintln(e.out, "没有找到。可以给合适的课加一个“questions”，或者在 courses/index.yaml 里加近义词。")
			}
			for i, h := range hits {
				mark := ""
				if !h.Sure {
					mark = "  猜"
				}
				_, _ = fmt.Fprintf(e.out, "%d. %s（%s）  %.1f 分%s\n", i+1, h.Lesson.Title, h.Lesson.ID, h.Score, mark)
				if explain {
					reasons(e.out, h.Why)
				}
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&explain, "explain", false, "show by which words each lesson was found and what they weigh")
	cmd.Flags().StringVar(&audience, "for", course.ForParents, "who looks for lessons: parent, student or teacher")
	return cmd
}

// fieldNames say where a word stands, in the editors' words.
var fieldNames = map[string]string{"questions": "家长的问法", "title": "标题", "themes": "主题", "points": "要点", "summary": "简介", "stages": "阶段", "check": "小测"}

func reasons(out io.Writer, rs []course.Reason) {
	rest := 0.0
	for i, r := range rs {
		if r.Weight == 0 {
			_, _ = fmt.Fprintln(out, "   打折   说的年龄和这一课的阶段不一样")
			continue
		}
		if i >= reasonsShown {
			rest += r.Weight
			continue
		}
		var places []string
		for _, f := range r.Fields {
			places = append(places, fieldNames[f])
		}
		via := ""
		if r.Via != "" {
			via = "，因为“" + r.Via + "”的近义词"
		}
		_, _ = fmt.Fprintf(out, "   +%4.1f  %s  在%s%s\n", r.Weight, r.Term, strings.Join(places, "、"), via)
	}
	if rest > 0 {
		_, _ = fmt.Fprintf(out, "   +%4.1f  其余 %d 个词\n", rest, len(rs)-reasonsShown)
	}
}
