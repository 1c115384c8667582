package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

func newPeers() *cobra.Command {
	return &cobra.Command{
		Use:   "peers FILE...",
		Short: "Make the peers file of several nodes",
		Long: "Make the file by which the nodes of one register cosign each other's checkpoints and replicate payloads\n" +
			"(sogoc serve --peers), of what each node wrote about itself (peer.json in its data folder), and print it.\n" +
			"Have each file from its own operator: who is in it may fetch payloads.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usage(fmt.Errorf("which nodes? it takes the peer.json of two or more"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			b, err := node.PeersFile(files...)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(b)
			return err
		},
	}
}
