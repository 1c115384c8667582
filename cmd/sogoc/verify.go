package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/ledger/receipt"
)

func newVerify() *cobra.Command {
	var trustFile string
	cmd := &cobra.Command{
		Use: "verify --trust FILE RECEIPT|ARCHIVE", Short: "Check a receipt, or an archive of them, offline",
		Long: "Check a receipt with nothing but a trust file: that the record is in the register's tree, that the tree is signed, that the record's signer was enrolled by the operator. Of an archive (ZIP) of a thing's history, check every receipt, and that every document is the one that its record names. Exits with 3 when it does not verify.",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if trustFile == "" {
				return usage(fmt.Errorf("--trust: which register do you trust? its node publishes the file at /api/v1/trust"))
			}
			b, err := os.ReadFile(trustFile)
			if err != nil {
				return usage(err)
			}
			trust, err := receipt.ParseTrust(b)
			if err != nil {
				return usage(fmt.Errorf("%s: %w", trustFile, err))
			}
			b, err = os.ReadFile(args[0])
			if err != nil {
				return usage(err)
			}
			if isArchive(b) {
				return verifyArchive(cmd.OutOrStdout(), trust, args[0], b)
			}
			v, err := receipt.Verify(trust, b)
			if err != nil {
				return &exitError{exitUnproved, fmt.Errorf("%s does NOT verify: %w", args[0], err)}
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 4, 2, ' ', 0)
			fmt.Fprintf(w, "%s verifies\t\n", args[0])
			fmt.Fprintf(w, "  register\t%s (%s)\n", v.RegisterName, trust.Register)
			fmt.Fprintf(w, "  recorded\t%s, position %d of %d\n", v.Time, v.Index, v.Size)
			fmt.Fprintf(w, "  what\t%s\n", v.Summary)
			fmt.Fprintf(w, "  signed by\tkey %s of member %s, organisation %s\n", v.Signer, v.Member, v.Org)
			fmt.Fprintf(w, "  fact\t%s\n", compact(v.Data))
			for _, by := range v.Keys {
				fmt.Fprintf(w, "  checkpoint\tsigned by %s\n", signature(by))
			}
			for _, by := range v.Witnesses {
				fmt.Fprintf(w, "  \tcosigned by %s\n", signature(by))
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&trustFile, "trust", "", "the register's trust file")
	return cmd
}

// signature says whose it is: the key's name, the key, and when it was made.
func signature(s receipt.Signature) string {
	line := s.Name + ", key " + strings.TrimPrefix(s.Key, s.Name+"+")
	if s.Time != 0 {
		line += ", at " + s.Time.String()
	}
	return line
}

func compact(item []byte) string {
	if json.Valid(item) {
		return string(item)
	}
	return fmt.Sprintf("%q", item)
}
