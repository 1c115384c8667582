package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

// masterFlags say where a master key comes from: flags, or the environment, which
// has a key or a passphrase itself and is emptied of it.
type masterFlags struct {
	next bool // the one that takes the place of another
	file string
	ask  bool
}

// flag and env are the names of what sets a source.
func (m *masterFlags) flag(of string) string {
	if m.next {
		return "new-master-" + of
	}
	return "master-" + of
}

func (m *masterFlags) env(of string) string {
	return "SOGOC_" + strings.ToUpper(strings.ReplaceAll(m.flag(of), "-", "_"))
}

func (m *masterFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	made := "made at the first start; else a file of the node's own in your configuration folder, or of a demo in its data folder"
	if m.next {
		made = "made when it does not exist; else the place of the one in use, or your configuration folder where that was in the data folder"
	}
	f.StringVar(&m.file, m.flag("key"), "", fmt.Sprintf("file of the %s, outside the data folder, %s; or $%s holds the key itself", m.what(), made, m.env("key")))
	f.BoolVar(&m.ask, m.flag("passphrase"), false, fmt.Sprintf("the %s is a passphrase, from $%s or asked for", m.what(), m.env("passphrase")))
}

func (m *masterFlags) what() string {
	if m.next {
		return "new master key"
	}
	return "master key"
}

// read finds the source. A passphrase that is not in use yet is asked for twice.
func (m *masterFlags) read(fresh bool) (node.MasterKey, error) {
	key, phrase := m.env("key"), m.env("passphrase")
	var from []string
	for _, s := range []struct {
		source string
		given  bool
	}{
		{"--" + m.flag("key"), m.file != ""},
		{"$" + key, os.Getenv(key) != ""},
		{"a passphrase", m.ask || os.Getenv(phrase) != ""},
	} {
		if s.given {
			from = append(from, s.source)
		}
	}
	switch {
	case len(from) > 1:
		return node.MasterKey{}, usage(fmt.Errorf("--%s: the %s comes from %s; give one of them", m.flag("key"), m.what(), strings.Join(from, " and ")))
	case os.Getenv(key) != "":
		k, err := vault.MasterEnv(key)
		return node.MasterKey{Given: k, From: "$" + key}, wrong(err)
	case os.Getenv(phrase) != "":
		p, err := vault.NewPassphrase(os.Getenv(phrase))
		if err != nil {
			return node.MasterKey{}, usage(fmt.Errorf("$%s: %w", phrase, err))
		}
		return node.MasterKey{Given: p, From: "$" + phrase}, os.Unsetenv(phrase) // no child process inherits it
	case m.ask:
		p, err := m.prompt(fresh)
		return node.MasterKey{Given: p, From: "the passphrase"}, wrong(err)
	}
	return node.MasterKey{File: m.file}, nil
}

// wrong makes an error, where there is one, that of a wrong call.
func wrong(err error) error {
	if err == nil {
		return nil
	}
	return usage(err)
}

func (m *masterFlags) prompt(twice bool) (vault.Passphrase, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return vault.Passphrase{}, fmt.Errorf("--%s: there is no terminal to ask on; set $%s", m.flag("passphrase"), m.env("passphrase"))
	}
	ask := func(words string) (string, error) {
		fmt.Fprint(os.Stderr, words)
		b, err := term.ReadPassword(in)
		fmt.Fprintln(os.Stderr)
		return string(b), err
	}
	which := ""
	if m.next {
		which = " mới · new"
	}
	text, err := ask("Cụm mật khẩu" + which + " · passphrase: ")
	if err != nil {
		return vault.Passphrase{}, err
	}
	p, err := vault.NewPassphrase(text)
	if err != nil || !twice {
		return p, err
	}
	again, err := ask("Nhập lại · once more: ")
	if err != nil {
		return vault.Passphrase{}, err
	}
	if q, err := vault.NewPassphrase(again); err != nil || q != p {
		return vault.Passphrase{}, errors.New("the two passphrases differ")
	}
	return p, nil
}

func newRotateMaster() *cobra.Command {
	var c node.Config
	now, next := masterFlags{}, masterFlags{next: true}
	cmd := &cobra.Command{
		Use:   "rotate-master",
		Short: "Give the accounts of a node another master key",
		Long: "Give the accounts of a node another master key, and put everything in them under a new data key. Stop the\n" +
			"node first. The key in use is found as serve finds it. When the change is cut off, the same command finishes\n" +
			"it. The file of the key before is kept under another name: backups that were made before need it.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if c.MasterKey, err = now.read(false); err != nil {
				return err
			}
			if err := c.Check(); err != nil {
				return usage(err)
			}
			to, err := next.read(true)
			if err != nil {
				return err
			}
			bar := progress{out: os.Stderr}
			c.Progress = bar.show
			m, err := node.RotateMaster(cmd.Context(), c, to)
			bar.clear()
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			fmt.Fprintln(out, "Đã đổi khóa chủ · the accounts are under another master key")
			if m.File != "" {
				fmt.Fprintf(out, "  khóa mới · the new key: %s\n  Hãy giữ một bản sao ở nơi khác · keep a copy of it elsewhere\n", m.File)
			}
			if to.File != "" {
				fmt.Fprintf(out, "  Từ nay chạy với · from now on start with: sogoc serve --master-key %s\n", to.File)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&c.Data, "data", node.DefaultData, "folder of the register")
	now.add(cmd)
	next.add(cmd)
	return cmd
}

// tellMaster prints where the master key is, when it was just made or lies where it
// should not.
func tellMaster(b io.Writer, n *node.Node) {
	switch m := n.Master; {
	case n.Config.Demo && m.Inside != "": // the warning of a demo says so
	case m.Made:
		fmt.Fprintf(b, "\nĐã tạo khóa chủ · the master key was made: %s\n", m.File)
		fmt.Fprintf(b, "  Hãy giữ một bản sao ở nơi khác: mất khóa này thì không ai đăng nhập được nữa và các khóa ký giữ ở đây cũng mất.\n")
		fmt.Fprintf(b, "  Keep a copy elsewhere: without it nobody signs in any more, and the signing keys that are kept here are lost.\n")
	case m.Inside == "":
	case m.Inside != m.File:
		fmt.Fprintf(b, "\nKhóa chủ vẫn còn trong thư mục dữ liệu, hãy xóa · the master key still lies in the data folder, too; delete it:\n  rm %s\n", m.Inside)
	default:
		fmt.Fprintf(b, "\nKhóa chủ nằm ngay trong thư mục dữ liệu: ai chép thư mục là có luôn khóa. Hãy dừng máy chủ rồi đổi sang khóa để nơi khác.\n")
		fmt.Fprintf(b, "The master key lies in the data folder: whoever copies the folder has the key to it. Stop the node, and give it\nanother key, which is kept elsewhere:\n")
		fmt.Fprintf(b, "  sogoc rotate-master --data %s\n", n.Config.Data)
	}
}
