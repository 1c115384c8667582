package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

func newRebuild() *cobra.Command {
	var c node.Config
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Drop what a stopped node reads from, and build it anew from the ledger",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			bar := progress{out: os.Stderr}
			defer bar.clear()
			c.Progress = bar.show
			size, err := node.Rebuild(cmd.Context(), c)
			bar.clear()
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: index, catalogue and deals are built from %d records\n", c.Data, size)
			return nil
		},
	}
	cmd.Flags().StringVar(&c.Data, "data", node.DefaultData, "folder of the register")
	return cmd
}
