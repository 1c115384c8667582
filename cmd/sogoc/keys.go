package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Replace the key that signs checkpoints, and retire one that is compromised",
		Args:  exactly(0),
	}
	cmd.AddCommand(newRotateCheckpoint(), newRecovery(), newRetire())
	return cmd
}

func newRotateCheckpoint() *cobra.Command {
	var c node.KeyChangeConfig
	var retired string
	cmd := &cobra.Command{
		Use:   "rotate-checkpoint --reason WORDS",
		Short: "Put another key in the place of the one that signs checkpoints",
		Long: "Draw another checkpoint key, and put it in the place of the one that signs, by an entry of the register that the\n" +
			"key which founded it signs. Stop the node first. The register's trust file then names both keys: receipts under the\n" +
			"key of before keep verifying, and sogoc monitor follows by the entry itself. Witnesses have to be told the new key.\n\n" +
			"When the key is compromised, name what the recovery key signed of the last good checkpoint with --retired (sogoc\n" +
			"keys retire): what the key signed then proves something with a witness's cosignature or a proof to that checkpoint\n" +
			"only. When the operator signs with another key by now, --only-draw draws the next key and prints the change for an\n" +
			"administrator to record (POST /api/v1/prepare/registry/checkpoint); the node signs by it from that entry on.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if c.Reason == "" {
				return usage(errors.New("--reason: why? it stands in the register for everybody to read"))
			}
			if retired != "" {
				if c.Retired, err = os.ReadFile(retired); err != nil {
					return usage(err)
				}
			}
			if err := c.Check(); err != nil {
				return usage(err)
			}
			done, err := node.RotateCheckpoint(cmd.Context(), c)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if c.OnlyDraw {
				b, err := json.Marshal(done.KeyChange)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(out, "%s\n", b)
				return err
			}
			fmt.Fprintf(out, "Đã thay khóa ký điểm kiểm · the checkpoint key is replaced by entry %d\n", done.Index)
			fmt.Fprintf(out, "  khóa cũ · before  %s\n  khóa mới · now    %s\n", done.Old, done.New)
			fmt.Fprintf(out, "  Hãy giữ một bản sao của %s/keys ở nơi khác · keep a copy of %s/keys elsewhere\n", c.Data, c.Data)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", node.DefaultData, "folder of the register")
	f.StringVar(&c.Reason, "reason", "", "why, for everybody who reads the register")
	f.StringVar(&retired, "retired", "", "file that sogoc keys retire wrote, where the key is compromised")
	f.BoolVar(&c.OnlyDraw, "only-draw", false, "draw the next key, print the change, and record nothing")
	return cmd
}

func newRecovery() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "recovery --to FILE",
		Short: "Draw the key that retires compromised checkpoint keys, to be kept offline",
		Long: "Draw the recovery key of a register that is to be founded: its secret goes to a file, on a medium that is kept\n" +
			"offline, and what is printed to sogoc serve --recovery-key at the first start.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usage(errors.New("where to? --to FILE"))
			}
			verifier, err := node.NewRecoveryKey(file)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), verifier)
			return err
		},
	}
	cmd.Flags().StringVar(&file, "to", "", "file to make")
	return cmd
}

func newRetire() *cobra.Command {
	var recovery, trustFile, to string
	cmd := &cobra.Command{
		Use:   "retire --recovery FILE --trust FILE --to FILE CHECKPOINT",
		Short: "Sign, offline, that a checkpoint key is compromised and which checkpoint is its last good one",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if recovery == "" || trustFile == "" || to == "" {
				return usage(errors.New("--recovery, --trust and --to name the recovery key, the register's trust file and the file to make"))
			}
			trust, err := readTrust(trustFile)
			if err != nil {
				return err
			}
			checkpoint, err := os.ReadFile(args[0])
			if err != nil {
				return usage(err)
			}
			b, err := node.Retire(recovery, trust, checkpoint)
			if err != nil {
				return err
			}
			return node.WriteFile(to, b, 0o644)
		},
	}
	f := cmd.Flags()
	f.StringVar(&recovery, "recovery", "", "file of the recovery key, as sogoc keys recovery wrote it")
	f.StringVar(&trustFile, "trust", "", "the register's trust file")
	f.StringVar(&to, "to", "", "file to make")
	return cmd
}
