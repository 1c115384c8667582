package main

import (
	"bufio"
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
	return networkAction(dir, "status", "Show what runs, how high each ledger is and who leads", exactly(0),
		func(cmd *cobra.Command, n *network.Network, _ []string) error {
			all, err := n.Status(cmd.Context())
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "PROCESS\tADDRESS\tPID\tSTATE\tHEIGHT\tLAG")
			for _, s := range all {
				pid, height, lag := "-", "-", "-"
				if s.Pid != 0 {
					pid = fmt.Sprint(s.Pid)
				}
				if s.Height > 0 {
					height, lag = fmt.Sprint(s.Height), fmt.Sprint(s.Lag)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Process, s.Address, pid, networkState(s), height, lag)
			}
			return w.Flush()
		})
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

func newNetworkLogs(dir *string) *cobra.Command {
	var lines int
	cmd := networkAction(dir, "logs [PROCESS]...", "Show what the processes logged last", cobra.ArbitraryArgs,
		func(cmd *cobra.Command, n *network.Network, names []string) error {
			if len(names) == 0 {
				names = n.Processes()
			}
			for _, name := range names {
				last, err := lastLines(n.Log(name), lines)
				if err != nil {
					return err
				}
				for _, line := range last {
					fmt.Fprintf(cmd.OutOrStdout(), "%s | %s\n", name, line)
				}
			}
			return nil
		})
	cmd.Flags().IntVarP(&lines, "lines", "n", 20, "how many lines of each")
	return cmd
}

// lastLines reads the last n lines of a file.
func lastLines(file string, n int) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var last []string
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		if last = append(last, s.Text()); len(last) > n {
			last = last[1:]
		}
	}
	return last, s.Err()
}
