package main

import (
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/bench"
)

func newBench() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "Measure what this machine does", Args: exactly(0)}
	cmd.AddCommand(newBenchLedger())
	return cmd
}

func newBenchLedger() *cobra.Command {
	var c bench.Config
	var in string
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Measure a node on a ledger of its own, each figure beside its mark",
		Long: "Measure a node on a ledger of its own, in a folder that is made for it and removed afterwards. The loader runs in the\n" +
			"same process, on the same cores. The sizes are small where nothing is said; for the marks, give --events 5000000\n" +
			"--edges 1000000 and --leaves 10000000.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.Check(); err != nil {
				return usage(err)
			}
			dir, err := os.MkdirTemp(in, "sogoc-bench-*")
			if err != nil {
				return usage(fmt.Errorf("--in: %w", err))
			}
			c.Dir = filepath.Clean(dir)
			bar := progress{out: os.Stderr}
			c.Progress = bar.show
			fmt.Fprintf(cmd.OutOrStdout(), "%s, sogoc %s\n", bench.Machine(), version())
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "WHAT\tFIGURE\tBESIDE IT\tMARK")
			err = bench.Run(cmd.Context(), c, func(r bench.Row) {
				bar.clear()
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.What, r.Figure, r.Floor, r.Mark)
			})
			bar.clear()
			if flushed := w.Flush(); err == nil {
				err = flushed
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&in, "in", "", "folder on the disk that is to be measured; that of temporary files where nothing is said")
	f.IntVar(&c.Events, "events", 20_000, "single events")
	f.IntVar(&c.Documents, "documents", 200, "documents of 100 events")
	f.IntVar(&c.Scans, "scans", 500, "codes that are looked up, four times each")
	f.IntVar(&c.Edges, "edges", 10_000, "edges of the lineages that are traced")
	f.IntVar(&c.Leaves, "leaves", 1_000_000, "leaves of the tree in which inclusion is proved")
	f.IntVar(&c.Writers, "writers", 256, "how many write at once")
	f.StringVar(&c.Profiles, "profiles", "", "folder for a processor profile of each part, to be read by go tool pprof")
	return cmd
}
