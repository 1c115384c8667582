package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

func newRestore() *cobra.Command {
	var c node.RestoreConfig
	cmd := &cobra.Command{
		Use:   "restore --from FILE [--from INCREMENT...] --data NEWDIR",
		Short: "Make a data folder of a backup and its increments",
		Long: "Make a data folder of a full backup and its increments, in order. Everything is checked before anything is made. What\n" +
			"the register erased does not come back. The node's keys (keys/) and the master key are put back by hand.\n" +
			"Exits with 3 when a backup is damaged, or does not follow on the one before it.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(c.From) == 0 || c.Data == "" {
				return usage(errors.New("which backup, and where to? --from FILE --data NEWDIR"))
			}
			bar := progress{out: os.Stderr}
			defer bar.clear()
			c.Progress = bar.show
			r, err := node.Restore(cmd.Context(), c)
			bar.clear()
			if err != nil {
				return damaged(err)
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "%s: %s (%s), %d records, %d payloads; %d erased ones not brought back\n", c.Data, r.Register.Name, r.Register.Register(), r.Size, r.Counts.Payloads, r.Erased)
			if !r.WithKeys {
				fmt.Fprintf(w, "Put the node's keys into %s/keys, and the master key where it was, and start it.\n", c.Data)
			}
			if r.Origin != "" {
				fmt.Fprintf(w, "Records were lost: from its first start on, the register signs as %s. Give its new trust file to whoever watches it.\n", r.Origin)
			} else if r.LossAccepted {
				fmt.Fprintln(w, "Nobody made sure that no record came after the backup. Receipts of such records contradict what the register signs from now on.")
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&c.From, "from", nil, "the full backup; then, given again, its increments in order")
	f.StringVar(&c.Data, "data", "", "folder to make; it must not be there, or be empty")
	f.StringVar(&c.Witnessed, "witnessed", "", "file with the latest checkpoint that anybody has of the register, as /api/v1/checkpoint gave it: with fewer records nothing is restored")
	f.BoolVar(&c.AcceptLoss, "accept-lost-records", false, "go on although records after the backup may be lost, and receipts of them will contradict the register")
	f.StringVar(&c.Trust, "trust", "", "the register's trust file; that in the backup where nothing is said")
	return cmd
}

// damaged gives what is wrong with stored data the exit code of what does not verify.
func damaged(err error) error {
	switch ledger.CodeOf(err) {
	case ledger.Invalid, ledger.Unauthenticated:
		return &exitError{exitUnproved, err}
	}
	return err
}
