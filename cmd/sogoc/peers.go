package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

func newPeers() *cobra.Command {
	var quorum int
	var given []string
	cmd := &cobra.Command{
		Use:   "peers FILE...",
		Short: "Make the peers file of nodes and witnesses",
		Long: "Make the file by which the nodes of one register cosign each other's checkpoints and replicate payloads\n" +
			"(sogoc serve --peers), of what each node wrote about itself (peer.json in its data folder), and print it.\n" +
			"Have each file from its own operator: who is in it may fetch payloads. A witness is no node: it only cosigns, by\n" +
			"C2SP tlog-witness, and has to know the register's origin and checkpoint keys (the trust file). A node on a ledger\n" +
			"of its own has witnesses only: sogoc peers --witness … data/peer.json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) == 1 && len(given) == 0 {
				return usage(fmt.Errorf("which nodes? it takes the peer.json of two or more, or of one and its witnesses"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			var witnesses []peer.Witness
			for _, s := range given {
				address, key, ok := strings.Cut(s, ",")
				if !ok {
					return usage(fmt.Errorf("--witness: %q is not an address and a verifier key with a comma between", s))
				}
				witnesses = append(witnesses, peer.Witness{URL: address, Key: key})
			}
			b, err := node.PeersFile(quorum, witnesses, files...)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(b)
			return err
		},
	}
	cmd.Flags().StringArrayVar(&given, "witness", nil, "witness that is no node, as URL,KEY: its submission prefix and the verifier key of its cosignatures; may be given again")
	cmd.Flags().IntVar(&quorum, "quorum", 0, "how many of nodes and witnesses must cosign; more than half where nothing is said")
	return cmd
}
