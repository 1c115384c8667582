package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/receipt"
)

func newVerify() *cobra.Command {
	var trustFile, proofFile string
	var stored node.VerifyConfig
	cmd := &cobra.Command{
		Use: "verify --trust FILE RECEIPT|ARCHIVE | --data DIR", Short: "Check a receipt or an archive of them offline, or all that a stopped node keeps",
		Long: "Check a receipt with nothing but a trust file: that the record is in the register's tree, that the tree is signed, that the record's signer was enrolled by the operator. Of an archive (ZIP) of a thing's history, check every receipt, and that every document is the one that its record names.\n\n" +
			"With --data, check the folder of a stopped node on a ledger of its own, and change nothing in it: every block, signature and payload, the tree against the latest checkpoint, the state and what the node reads from against what comes of executing all blocks again. Everything that is wrong is named.\n\nExits with 3 when it does not verify.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if stored.Data != "" {
				if len(args) > 0 {
					return usage(fmt.Errorf("--data checks a folder; %s is another matter", args[0]))
				}
				stored.Trust = trustFile
				return verifyData(cmd.Context(), cmd.OutOrStdout(), stored)
			}
			if err := exactly(1)(cmd, args); err != nil {
				return err
			}
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
			past, err := readProof(proofFile)
			if err != nil {
				return err
			}
			v, err := receipt.VerifyWith(trust, b, past)
			if errors.Is(err, receipt.ErrUnproven) {
				return &exitError{exitUnproved, fmt.Errorf("%s is UNPROVEN: %w", args[0], err)}
			}
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
	f := cmd.Flags()
	f.StringVar(&trustFile, "trust", "", "the register's trust file; with --data, that of the folder where nothing is said")
	f.StringVar(&proofFile, "proof", "", "answer of /api/v1/proofs/consistency from the size of the receipt's checkpoint to that of the last good tree (former[].good in the trust file), for a receipt under a key that was compromised")
	f.StringVar(&stored.Data, "data", "", "folder of a stopped node, to check all of it")
	f.StringVar(&stored.Checkpoint, "checkpoint", "", "with --data: a checkpoint that somebody kept, which the ledger must still agree with")
	return cmd
}

// readProof reads the path of a consistency proof; none where there is no file.
func readProof(file string) ([]ledger.Hash, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, usage(err)
	}
	var proof struct {
		Path []ledger.Hash `json:"path"`
	}
	if err := json.Unmarshal(b, &proof); err != nil {
		return nil, usage(fmt.Errorf("--proof: %s: %w", file, err))
	}
	return proof.Path, nil
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
