package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

func newCompact() *cobra.Command {
	var c node.Config
	cmd := &cobra.Command{
		Use:   "compact",
		Short: "Give the room of what was deleted or replaced in a stopped node's folder back to the system",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			bar := progress{out: os.Stderr}
			defer bar.clear()
			c.Progress = bar.show
			list, err := node.Compact(cmd.Context(), c)
			bar.clear()
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', tabwriter.AlignRight)
			if len(list) > 0 {
				fmt.Fprintln(w, "STORE\tBYTES BEFORE\tAFTER\t")
			}
			for _, s := range list {
				fmt.Fprintf(w, "%s\t%d\t%d\t\n", s.Store, s.Before, s.After)
			}
			w.Flush()
			return err
		},
	}
	cmd.Flags().StringVar(&c.Data, "data", node.DefaultData, "folder of the register")
	return cmd
}
