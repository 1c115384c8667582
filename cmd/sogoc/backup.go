package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/backup"
)

func newBackup() *cobra.Command {
	var c node.Config
	var to, since string
	var keys bool
	operator := client{as: "operator"}
	cmd := &cobra.Command{
		Use:   "backup --to FILE",
		Short: "Back up a node on a ledger of its own, running or stopped",
		Long: "Write the ledger's blocks, the payloads, the accounts and the files of drafts into one file, or with --since\n" +
			"only what came after another backup. A node that runs goes on while it does: it is asked at --url, by the\n" +
			"operator's token. Everything is checked while it is written. The file opens sealed documents to whoever has it,\n" +
			"as the data folder does. The master key is never in it, and read models are not, since restore builds them.\n\n" +
			"The token comes from the environment variable SOGOC_TOKEN, or from the data folder.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if to == "" {
				return usage(errors.New("--to: where to? a file, or - for standard output"))
			}
			o := node.BackupOptions{Keys: keys}
			if o.Since, err = sinceOf(since); err != nil {
				return err
			}
			if keys {
				fmt.Fprintln(cmd.ErrOrStderr(), "sogoc: --keys: whoever has this backup can sign checkpoints and act as the operator; keep it as you keep the keys")
			}
			bar := progress{out: os.Stderr}
			defer bar.clear()
			c.Version, c.Progress = version(), bar.show
			operator.data = c.Data
			t, err := writeBackup(to, cmd.OutOrStdout(), func(w io.Writer) error {
				defer bar.clear()
				return backUp(cmd.Context(), c, &operator, w, o, cmd.Flags().Changed("url"))
			})
			if err != nil {
				return err
			}
			if to != "-" {
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %d records, %d payloads (%d bytes), %d erased; checked\n", to, t.To.Size, t.Counts.Payloads, t.Counts.Bytes, t.Counts.Tombstones)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", node.DefaultData, "folder of the register")
	f.StringVar(&to, "to", "", "file to write, which is there whole or not at all; - for standard output")
	f.StringVar(&since, "since", "", "write only what came after this backup: its file, or the position at its end")
	f.BoolVar(&keys, "keys", false, "take along the node's own keys, tokens and certificates, of a stopped node; the master key never is")
	f.StringVar(&operator.url, "url", "http://localhost:8080", "address of the node, where it runs")
	return cmd
}

// sinceOf reads where the base ends.
func sinceOf(since string) (*backup.Position, error) {
	if since == "" {
		return nil, nil
	}
	f, err := os.Open(since)
	if errors.Is(err, os.ErrNotExist) {
		p, err := backup.ParsePosition(since)
		if err != nil {
			return nil, usage(fmt.Errorf("--since: %q is neither a file nor the position of a backup", since))
		}
		return &p, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	t, err := backup.ReadTrailer(f)
	if err != nil {
		return nil, fmt.Errorf("--since: %s: %w", since, err)
	}
	return &t.To, nil
}

// backUp backs up the folder, or asks the node that runs on it.
func backUp(ctx context.Context, c node.Config, operator *client, w io.Writer, o node.BackupOptions, remote bool) error {
	if !remote {
		_, err := node.BackupStopped(ctx, c, w, o)
		if !node.InUse(err) {
			return err
		}
	}
	if o.Keys {
		return fmt.Errorf("--keys: a running node does not hand out its keys; stop it, or copy %s", filepath.Join(c.Data, "keys"))
	}
	if os.Getenv("SOGOC_TOKEN") != "" {
		operator.as = ""
	}
	if err := operator.authorise(true); err != nil {
		return err
	}
	path := api.BackupPath
	if o.Since != nil {
		path += "?since=" + url.QueryEscape(o.Since.String())
	}
	return operator.fetch(ctx, path, w)
}

// fetch streams what a node answers.
func (c *client) fetch(ctx context.Context, path string, w io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.url, "/")+path, nil)
	if err != nil {
		return usage(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the node at %s does not answer: %w", c.url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		if err != nil {
			return err
		}
		return problem(resp.Status, b)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("the node at %s broke off: %w", c.url, err)
	}
	return nil
}

// writeBackup writes a backup, and reads it to its end meanwhile. A file is there under
// its name once it is whole and on disk.
func writeBackup(to string, stdout io.Writer, write func(io.Writer) error) (t backup.Trailer, err error) {
	if to == "-" {
		return readBack(stdout, write)
	}
	f, err := os.OpenFile(to+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return t, err
	}
	t, err = readBack(f, write)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), to)
	}
	if err != nil {
		os.Remove(f.Name()) // the error above is the one to report
	}
	return t, err
}

// readBack checks what is written to out.
func readBack(out io.Writer, write func(io.Writer) error) (t backup.Trailer, err error) {
	pr, pw := io.Pipe()
	done := make(chan error, 1)
	go func() {
		var err error
		t, err = readToEnd(pr)
		pr.CloseWithError(err)
		done <- err
	}()
	err = write(io.MultiWriter(out, pw))
	pw.CloseWithError(err)
	if read := <-done; err == nil {
		err = read
	}
	return t, err
}

func readToEnd(r io.Reader) (backup.Trailer, error) {
	in, err := backup.NewReader(r)
	for err == nil {
		_, err = in.Next()
	}
	if errors.Is(err, io.EOF) && in != nil {
		return in.Trailer, nil
	}
	if err == nil {
		err = ledger.Errorf(ledger.Internal, "the backup has no end")
	}
	return backup.Trailer{}, err
}
