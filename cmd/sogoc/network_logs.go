package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/network"
)

func newNetworkLogs(dir *string) *cobra.Command {
	var lines int
	var follow bool
	cmd := networkAction(dir, "logs [PROCESS]...", "Show what the processes logged last", cobra.ArbitraryArgs,
		func(cmd *cobra.Command, n *network.Network, names []string) error {
			if len(names) == 0 {
				names = n.Processes()
			}
			var all []*logTail
			for _, name := range names {
				l := &logTail{name: name, file: n.Log(name)}
				if err := l.last(lines, cmd.OutOrStdout()); err != nil {
					return err
				}
				all = append(all, l)
			}
			if !follow {
				return nil
			}
			return followLogs(cmd.Context(), all, cmd.OutOrStdout())
		})
	cmd.Flags().IntVarP(&lines, "lines", "n", 20, "how many lines of each")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what is logged from now on, until interrupted")
	return cmd
}

// logTail is a log that is read to its end.
type logTail struct {
	name, file string
	read       int64       // bytes that were shown
	was        fs.FileInfo // of the file that was read
}

// last shows the last lines that are complete.
func (l *logTail) last(lines int, out io.Writer) error {
	var last []string
	err := l.each(func(line string) error {
		if last = append(last, line); len(last) > lines {
			last = last[1:]
		}
		return nil
	})
	for _, line := range last {
		if err == nil {
			err = l.show(out, line)
		}
	}
	return err
}

func (l *logTail) show(out io.Writer, line string) error {
	_, err := fmt.Fprintf(out, "%s | %s\n", l.name, strings.TrimSuffix(line, "\n"))
	return err
}

// each reads the lines that are new. A file that took the place of the one before,
// as after an upgrade, is new from its beginning.
func (l *logTail) each(do func(line string) error) error {
	f, err := os.Open(l.file)
	if err != nil {
		return err
	}
	defer f.Close()
	is, err := f.Stat()
	if err != nil {
		return err
	}
	if l.was != nil && (!os.SameFile(l.was, is) || is.Size() < l.read) {
		l.read = 0
	}
	l.was = is
	if _, err := f.Seek(l.read, io.SeekStart); err != nil {
		return err
	}
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil // the rest of a line comes later
		}
		if err != nil {
			return err
		}
		l.read += int64(len(line))
		if err := do(line); err != nil {
			return err
		}
	}
}

// followLogs shows what is logged until the context ends.
func followLogs(ctx context.Context, all []*logTail, out io.Writer) error {
	for {
		for _, l := range all {
			err := l.each(func(line string) error { return l.show(out, line) })
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // it is being renamed
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
	}
}
