package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/xinqiao-bot/xinqiao/internal/intake"
)

func importCommand(e env) *cobra.Command {
	cmd := &cobra.Command{Use: "import", Short: "take an office's table (CSV or XLSX) into dialogs/, whole or not at all"}
	cmd.AddCommand(
		importTable(e, "courses", `The first row names the columns: 编号、标题、系列、阶段、简介、家长会怎么问 must be there; 主题、讲师、时长、上架日期、要点1、要点2、
要点3、链接、封面、相关、示例 may. Several values in a cell stand on lines of their own or between ；.`, intake.Courses),
		importTable(e, "stations", `The first row names the columns: 编号、名称、区、地址、电话、纬度、经度、开放时间 must be there; 类型、面向、可直接来、老师人数、
每次分钟、休息日、示例 may. Coordinates are GCJ-02. Opening hours are written 周一至周五 09:00-17:00；周六 09:00-12:00.`, intake.Stations),
	)
	return cmd
}

func importTable(e env, folder, columns string, judge func(name string, data []byte, dir string) (intake.Report, error)) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   folder + " FILE",
		Short: "import " + folder + " and report every row",
		Long: "Reads FILE (.csv in UTF-8 or GBK, or .xlsx), judges every row, and writes dialogs/" + folder + "/" + intake.File + ` when all are
well; one bad row, and nothing is written. A second import replaces the first.

` + columns,
		Example: "  xinqiao import " + folder + " 目录.xlsx --dry-run\n  xinqiao import " + folder + " 目录.xlsx",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			root, err := e.contentDir(cmd, nil)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			dir := filepath.Join(root, folder)
			report, err := judge(args[0], data, dir)
			if err != nil {
				return err
			}
			report.Print(e.out)
			switch {
			case !report.OK():
				return errors.New("nothing was imported")
			case dry:
				_, _ = fmt.Fprintln(e.out, "只是试一试，没有写进去。")
				return nil
			}
			path := filepath.Join(dir, intake.File)
			if err := report.Write(path); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(e.out, "已经写进 %s。示例不再需要的话，删掉同一个文件夹里的 samples 文件，再运行 xinqiao check。\n", path)
			return nil
		}),
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "judge and report, write nothing")
	return cmd
}
