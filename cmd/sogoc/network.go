package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/network"
)

// newNetwork is the command that runs a Hyperledger Fabric network on this machine.
func newNetwork() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "network",
		Short: "Run a Hyperledger Fabric network on this machine",
		Long: "Run a Hyperledger Fabric network of several organisations on this machine, without Docker and on\n" +
			"loopback only. Its folder holds everything: keys, ledgers, logs. It runs on when this command ends.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	dir := cmd.PersistentFlags().String("dir", filepath.Join(".", "data", "network"), "folder of the network")
	cmd.AddCommand(newNetworkUp(dir), newNetworkStatus(dir), newNetworkLogs(dir), newNetworkUpgrade(dir),
		networkChange(dir, "add-org", "Make a third organisation a member while the network runs", "Ba tổ chức · there are three organisations now",
			(*network.Network).AddOrganisation),
		networkChange(dir, "renew", "Renew all certificates and start the processes again one after the other", "Chứng thư đã gia hạn · the certificates are renewed; start the nodes again",
			(*network.Network).Renew),
		networkAction(dir, "rebuild ORG", "Make an organisation's peer anew after the loss of its disk", exactly(1),
			func(cmd *cobra.Command, n *network.Network, args []string) error {
				bar := progress{out: os.Stderr}
				err := n.Rebuild(cmd.Context(), args[0], bar.show)
				bar.clear()
				return err
			}),
		networkAction(dir, "stop [PROCESS]...", "End the processes and keep what they wrote", cobra.ArbitraryArgs,
			func(cmd *cobra.Command, n *network.Network, args []string) error {
				return n.Stop(cmd.Context(), args...)
			}),
		networkAction(dir, "start [PROCESS]...", "Start what does not run", cobra.ArbitraryArgs,
			func(cmd *cobra.Command, n *network.Network, args []string) error {
				return n.Start(cmd.Context(), args...)
			}),
		networkAction(dir, "down", "End the processes and remove the folder with all that is in it", exactly(0),
			func(cmd *cobra.Command, n *network.Network, _ []string) error {
				return n.Down(cmd.Context())
			}))
	return cmd
}

// networkAction is a command on a network that is there.
func networkAction(dir *string, use, short string, args cobra.PositionalArgs, do func(*cobra.Command, *network.Network, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := network.Open(*dir)
			if err != nil {
				return err
			}
			return do(cmd, n, args)
		},
	}
}

// networkChange is a long change of a network that runs.
func networkChange(dir *string, use, short, done string, do func(*network.Network, context.Context, network.Progress) error) *cobra.Command {
	return networkAction(dir, use, short, exactly(0), func(cmd *cobra.Command, n *network.Network, _ []string) error {
		bar := progress{out: os.Stderr}
		err := do(n, cmd.Context(), bar.show)
		bar.clear()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), done)
		return err
	})
}

func newNetworkUp(dir *string) *cobra.Command {
	var c network.Config
	var orderers, tools string
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Make a network and start it",
		Long: "Make a network and start it: certificates, orderers, a peer and a chaincode process of each\n" +
			"organisation, the channel, the chaincode. The first time Fabric's own commands are built, which\n" +
			"takes a minute or two; they are kept in the user's cache folder.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Dir, c.Orderers = *dir, network.Ordering(orderers)
			if tools != "" {
				var err error
				if c.Tools, err = network.OpenTools(tools); err != nil {
					return usage(err)
				}
			}
			bar := progress{out: os.Stderr}
			c.Progress = bar.show
			n, err := network.Up(cmd.Context(), c)
			bar.clear()
			if err != nil {
				return err
			}
			return networkWelcome(n, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.IntVar(&c.Organisations, "orgs", 2, "how many organisations: 2 or 3")
	f.StringVar(&orderers, "orderers", string(network.Raft1), "how many orderers, and how they agree: raft:1, raft:3 or bft:4")
	f.IntVar(&c.Ports, "ports", network.DefaultPorts, "first of the ports, all on loopback")
	f.StringVar(&c.Name, "name", "Sổ Gốc", "name of the register")
	f.StringVar(&c.Chaincode, "chaincode", "", "the chaincode's program (built from the source when empty)")
	f.StringVar(&tools, "fabric", "", "folder of a Fabric release with bin and config (built from the source when empty)")
	return cmd
}

func newNetworkUpgrade(dir *string) *cobra.Command {
	var file string
	cmd := networkAction(dir, "upgrade", "Replace the chaincode by a new version while the network runs", exactly(0),
		func(cmd *cobra.Command, n *network.Network, _ []string) error {
			bar := progress{out: os.Stderr}
			err := n.Upgrade(cmd.Context(), file, bar.show)
			bar.clear()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Hợp đồng phiên bản %d · the chaincode is version %d now\n", n.Version(), n.Version())
			return err
		})
	cmd.Flags().StringVar(&file, "chaincode", "", "the chaincode's program (built from the source when empty)")
	return cmd
}

// networkWelcome says how a node of each organisation starts.
func networkWelcome(n *network.Network, out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Mạng Fabric đang chạy · the Fabric network is up: %d processes in %s\n", len(n.Processes()), n.Dir)
	fmt.Fprintf(&b, "A node of each organisation starts with\n")
	for _, org := range n.Organisations() {
		fmt.Fprintf(&b, "  sogoc serve --ledger fabric --profile %s --data %s\n", n.Profile(org), filepath.Join("data", org))
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func newNetworkStatus(dir *string) *cobra.Command {
	var peers string
	cmd := networkAction(dir, "status", "Show what runs, how high each ledger is, who leads and which contracts run", exactly(0),
		func(cmd *cobra.Command, n *network.Network, _ []string) error {
			all, err := n.Status(cmd.Context())
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PROCESS\tADDRESS\tPID\tSTATE\tHEIGHT\tLAG")
			leads := false
			for _, s := range all {
				leads = leads || s.Leader
				pid, height, lag := "-", "-", "-"
				if s.Pid != 0 {
					pid = fmt.Sprint(s.Pid)
				}
				if s.Height > 0 {
					height, lag = fmt.Sprint(s.Height), fmt.Sprint(s.Lag)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Process, s.Address, pid, networkState(s), height, lag)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if version, err := n.Committed(cmd.Context()); err == nil {
				fmt.Fprintf(out, "Hợp đồng phiên bản %s · the contracts are version %s\n", version, version)
			} else {
				fmt.Fprintln(out, "Không tổ chức nào trả lời · no organisation's peer says which contracts run")
			}
			if !leads {
				fmt.Fprintln(out, "Chưa có orderer dẫn đầu · no orderer leads, so that nothing is recorded until most of them run")
			}
			for _, s := range all {
				if s.Trouble != "" {
					fmt.Fprintf(out, "%s %s\n", s.Process, s.Trouble)
				}
			}
			if peers == "" {
				return nil
			}
			return nodesStatus(cmd.Context(), peers, out)
		})
	cmd.Flags().StringVar(&peers, "peers", "", "file that names the nodes, as sogoc peers makes it: shows also how far each is, and which documents are held only once")
	return cmd
}

func networkState(s network.Status) string {
	switch {
	case s.Pid == 0:
		return "stopped"
	case !s.Answers:
		return "silent"
	case s.Leader:
		return "leads"
	}
	return "runs"
}
