package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/intake"
	"github.com/xinqiao-bot/xinqiao/internal/problem"
	"github.com/xinqiao-bot/xinqiao/internal/store"
)

// importKind is a kind of content that comes as a table.
type importKind struct {
	name    string
	folder  string // under dialogs/
	file    string // in it
	columns string
	judge   func(src intake.Source, dir string) (intake.Report, error)
	touched func(db *store.DB) intake.Touched
}

var importKinds = []importKind{
	{"stations", "stations", intake.File, intake.StationHeadings() + `
坐标用高德或腾讯地图的（GCJ-02）。开放时间写成：周一至周五 9:00-12:00、
14:00-17:00；周六 9:00-12:00；周一、三、五 9:00-17:00；每天 9:00-17:00（周一闭馆）；24小时。`, intake.Stations, touchedStation},
	{"courses", "courses", intake.File, `课程名称、系列、学段、简介、家长会怎么问一定要有；期数、主题、讲师、时长、上架日期、要点（或要点1、要点2、要点3）、链接、封面、
相关、示例可以有。小测写在小测题目1、选项1、正确答案1、解析1（到 3）。封面写图片的文件名，图片放在表格旁边，或者用 --covers 说在哪里。`, intake.Courses, touchedLesson},
	{"events", "events", intake.File, `活动名称、类型、日期、地点、介绍、名额一定要有；编号、时间、时长、地址、区、主讲、对象、要带、候补、取消、起始日期、结束日期、停办日期、
示例可以有。日期写 2026-12-19 或者 每周六，时间写 9:30-11:00。`, intake.Events, touchedEvent},
	{"faq", "flows", intake.FAQFile, `问法、回答一定要有；别的问法可以有。几种问法各写一行。`, intake.FAQ, nil},
}

func importCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "import", Short: "take an office's table (XLSX, CSV) into dialogs/, whole or not at all"}
	for _, k := range importKinds {
		cmd.AddCommand(importTable(e, k))
	}
	return cmd
}

func importTable(e env, k importKind) *cobra.Command {
	var (
		dry, all bool
		sheet    string
		covers   string
	)
	cmd := &cobra.Command{
		Use:   k.name + " FILE",
		Short: "import " + k.name + " and report every row",
		Long: "Reads FILE as the office keeps it (.xlsx; .csv or text in UTF-8, GBK or UTF-16), judges every row, and writes\ndialogs/" + k.folder + "/" + k.file + ` when all are well; one cell that is not wholly understood, and nothing is written. A second import
replaces the first, and says what changes and whom that touches. Title rows, merged cells, notes and other columns may stay.

` + k.columns,
		Example: "  xinqiao import " + k.name + " 目录.xlsx --dry-run\n  xinqiao import " + k.name + " 目录.xlsx --sheet 2026年",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			root, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			src, err := readSource(args[0], sheet, covers)
			if err != nil {
				return err
			}
			dir, media := filepath.Join(root, k.folder), filepath.Join(root, "media")
			report, err := k.judge(src, dir)
			if err != nil {
				return err
			}
			if report.OK() {
				if err := wholeContent(root, k.folder+"/"+k.file, &report); err != nil {
					return err
				}
			}
			if report.OK() && k.touched != nil && report.Changes.Concern() {
				e.look(cmd, k, &report)
			}
			report.Print(e.out)
			switch {
			case !report.OK():
				return errors.New("什么都没有导入")
			case report.Shrinks() && !all:
				return fmt.Errorf("上一次导入了 %d 个，这张表只有 %d 个，少了一半以上：是不是只有一部分？确定要换成这 %d 个，请加上 --replace。什么都没有写进去", report.Present, len(report.Rows), len(report.Rows))
			}
			if dry {
				_, _ = fmt.Fprintln(e.out, "只是试一试，没有写进去。")
				return nil
			}
			path := filepath.Join(dir, k.file)
			changed, err := report.Write(path, media)
			if err != nil {
				return err
			}
			if !changed {
				_, _ = fmt.Fprintf(e.out, "%s 里已经是这些内容，没有要改的。\n", path)
				return nil
			}
			_, _ = fmt.Fprintf(e.out, "已经写进 %s。示例不再需要的话，删掉同一个文件夹里的 samples 文件，再运行 xinqiao check。\n这里只写了这一个文件夹；有几台服务器、各放各的 dialogs，每一台都要放一份同样的。\n", path)
			return nil
		}),
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "judge and report, write nothing")
	cmd.Flags().BoolVar(&all, "replace", false, "write also when the table has fewer than half of what the last import wrote")
	cmd.Flags().StringVar(&sheet, "sheet", "", "read the sheet of this `NAME` (default: the one whose heading is recognised)")
	if k.name == "courses" {
		cmd.Flags().StringVar(&covers, "covers", "", "take the covers that the table names from `DIR` (default: the folder of FILE)")
	}
	return cmd
}

// readSource reads the table's file. What is far too large to be one is refused before it is read.
func readSource(file, sheet, covers string) (intake.Source, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return intake.Source{}, fmt.Errorf("没有找到 %s；请检查文件名，连后缀一起写", file)
	case err == nil && !info.Mode().IsRegular():
		return intake.Source{}, fmt.Errorf("%s 不是一个文件", file)
	case err == nil && info.Size() > intake.MaxBytes:
		return intake.Source{}, fmt.Errorf("%s 有 %d MB，最多 %d MB；请只留要导入的那一张表，另存一份再来", file, info.Size()>>20, intake.MaxBytes>>20)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return intake.Source{}, fmt.Errorf("%s 读不出来：%w", file, err)
	}
	if covers == "" {
		covers = filepath.Dir(file)
	}
	return intake.Source{Name: file, Data: data, Sheet: sheet, Covers: covers}, nil
}

// wholeContent loads all of the content with what would be written, as `check` does, so that an import never leaves a
// folder that the server refuses. What is wrong goes to the report.
func wholeContent(root, file string, report *intake.Report) error {
	tmp, err := os.MkdirTemp("", "xinqiao-import-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	if err := os.CopyFS(tmp, os.DirFS(root)); err != nil {
		return err
	}
	if _, err := report.Write(filepath.Join(tmp, file), filepath.Join(tmp, "media")); err != nil {
		return err
	}
	_, err = openContent(tmp)
	var ps problem.Problems
	if errors.As(err, &ps) {
		report.Blame(ps, file)
		return nil
	}
	return err
}

// look asks the database whom the changes touch. An import also works where there is none: then the report says that
// nobody looked.
func (e env) look(cmd *cobra.Command, k importKind, report *intake.Report) {
	cfg, err := e.load(cmd)
	if err == nil {
		if file, embedded := strings.CutPrefix(cfg.Database.URL, "sqlite:"); embedded {
			_, err = os.Stat(cfg.Path(file)) // asking must not make one
		}
	}
	if err == nil {
		err = e.withDB(cmd, func(ctx context.Context, db *store.DB) error { return report.Changes.Touch(ctx, k.touched(db)) })
	}
	if err != nil {
		report.Notes = append(report.Notes, "没有连上数据库，没有查会影响到谁（在服务器上运行就会查）")
	}
}

func touchedStation(db *store.DB) intake.Touched {
	return func(ctx context.Context, id string) (string, error) {
		n, err := db.Appointments().Open(ctx, id, time.Now())
		if err != nil || n == 0 {
			return "", err
		}
		return fmt.Sprintf("有 %d 个还没到的预约，请先联系他们", n), nil
	}
}

func touchedLesson(db *store.DB) intake.Touched {
	return func(ctx context.Context, id string) (string, error) {
		liked, opened, err := db.Lessons().Followers(ctx, id)
		if err != nil || liked+opened == 0 {
			return "", err
		}
		return fmt.Sprintf("%d 个人收藏了，%d 个人看过", liked, opened), nil
	}
}

func touchedEvent(db *store.DB) intake.Touched {
	return func(ctx context.Context, id string) (string, error) {
		n, err := db.Signups().Coming(ctx, id, time.Now())
		if err != nil || n == 0 {
			return "", err
		}
		return fmt.Sprintf("有 %d 个家庭报了名", n), nil
	}
}
