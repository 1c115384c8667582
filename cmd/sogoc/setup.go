package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

func newSetUpLink() *cobra.Command {
	var c node.Config
	var master masterFlags
	cmd := &cobra.Command{
		Use:   "setup-link",
		Short: "Make another link for the operator's first sign-in",
		Long: "Make another link at which the operator of the register chooses a password, as serve prints one at the first\n" +
			"start. Stop the node first. There is none any more once the operator has a password.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if c.MasterKey, err = master.read(false); err != nil {
				return err
			}
			if err := c.Check(); err != nil {
				return usage(err)
			}
			link, err := node.NewSetUpLink(cmd.Context(), c)
			if err != nil {
				return err
			}
			return printSetUp(cmd.OutOrStdout(), link)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", node.DefaultData, "folder of the register")
	f.StringVar(&c.PublicURL, "public-url", "", "address where people reach the node, which the link begins with")
	f.StringVar(&c.Listen, "listen", node.DefaultListen, "address that the node answers on, where it has no public one")
	master.add(cmd)
	return cmd
}

// tellSetUp prints how the operator signs in for the first time: the link itself when
// the account was just made, and in a demo until it is used.
func tellSetUp(ctx context.Context, b io.Writer, n *node.Node) error {
	done, err := n.SetUp(ctx)
	if err != nil || done {
		return err
	}
	if !n.First && !n.Config.Demo {
		_, err := fmt.Fprintf(b, "\nNgười vận hành chưa đặt mật khẩu. Dừng máy chủ rồi lấy liên kết mới bằng\n"+
			"The operator has no password yet. Stop the node, and make a new link with\n  sogoc setup-link --data %s\n", n.Config.Data)
		return err
	}
	link, err := n.SetUpLink(ctx)
	if err != nil {
		return err
	}
	return printSetUp(b, link)
}

func printSetUp(b io.Writer, link string) error {
	days := int(account.SetUpLife.Hours() / 24)
	_, err := fmt.Fprintf(b, "\nNgười vận hành mở liên kết này để đặt mật khẩu. Liên kết chỉ dùng được một lần, trong %d ngày; đừng đưa cho ai khác.\n"+
		"The operator opens this to choose a password. It works once, for %d days; show it to nobody else.\n  %s\n", days, days, link)
	return err
}
