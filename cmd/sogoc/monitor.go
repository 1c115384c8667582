package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/monitor"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// monitorExits are the exit codes of findings.
var monitorExits = map[monitor.Kind]int{
	monitor.Forked:      3,
	monitor.Smaller:     4,
	monitor.Unsigned:    5,
	monitor.Mismatch:    6,
	monitor.Unreachable: 7,
}

// watching is a monitor at work.
type watching struct {
	site     monitor.Site
	trust    string // file; empty means the node's own at the first look
	state    string // file; empty means that nothing is kept
	evidence string // file; empty means one beside the state, of a name of its own
	entries  bool
	out      io.Writer

	kept monitor.State
}

func newMonitor() *cobra.Command {
	var w watching
	var once bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "monitor URL",
		Short: "Watch another node's register for a rewritten past",
		Long: "Follow a register from outside, by its signed checkpoints and the tiles of its tree (C2SP tlog-tiles): that it is\n" +
			"signed by the keys of the trust file and continues what was signed before; with --entries also that every entry\n" +
			"that the node serves is the one in the tree. Without a trust file the node's own is taken at the first look and\n" +
			"kept in the state file: who is wrong from the start is not found out by that.\n\n" +
			"Two signed checkpoints that contradict each other are written to the evidence file, which proves the fork to\n" +
			"everybody who has the trust file. That ends the command; of anything else that is wrong it tells and goes on,\n" +
			"unless it is to look --once. It exits with\n\n" +
			"  0  all is well, or it was interrupted\n" +
			"  1  it could not do its own work, such as write the state\n" +
			"  2  it was called wrongly\n" +
			"  3  FORK: two signed checkpoints contradict each other; the evidence is in the file\n" +
			"  4  fewer entries are signed than before, such as after a backup was restored; both notes are in the evidence file\n" +
			"  5  the checkpoint is not signed as the trust file asks\n" +
			"  6  what the node serves is not what it signed: a tile or an entry was altered\n" +
			"  7  the node does not answer",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := url.Parse(args[0])
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
				return usage(fmt.Errorf("%q is not an address like https://so-goc.example.vn", args[0]))
			}
			if once && cmd.Flags().Changed("every") {
				return usage(fmt.Errorf("--once and --every exclude each other"))
			}
			if every <= 0 {
				return usage(fmt.Errorf("--every: %s is no time to wait", every))
			}
			w.site.URL, w.out = args[0], cmd.OutOrStdout()
			if err := w.open(cmd.Context()); err != nil {
				return asExit(err)
			}
			if once {
				return asExit(w.look(cmd.Context()))
			}
			return w.keepLooking(cmd.Context(), every)
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.trust, "trust", "", "the register's trust file; its node publishes one at /api/v1/trust")
	f.StringVar(&w.state, "state", "", "file that keeps the last checkpoint that was verified; without it every start is a first look")
	f.StringVar(&w.evidence, "evidence", "", "file for the evidence of a fork; sogoc-fork-… beside the state file where nothing is said")
	f.BoolVar(&w.entries, "entries", false, "hash every new entry again")
	f.BoolVar(&once, "once", false, "look once")
	cmd.AddCommand(newMonitorCheck())
	f.DurationVar(&every, "every", time.Minute, "how long to wait between two looks")
	return cmd
}

// newMonitorCheck checks what another monitor found.
func newMonitorCheck() *cobra.Command {
	var trustFile string
	cmd := &cobra.Command{
		Use: "check --trust FILE EVIDENCE", Short: "Check the evidence of a fork, offline",
		Long: "Check that the two checkpoints in an evidence file are signed by keys of the trust file and contradict each other.\n" +
			"Exits with 0 when they do, and with 1 when the file proves no fork.",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			trust, err := readTrust(trustFile)
			if err != nil {
				return err
			}
			b, err := os.ReadFile(args[0])
			if err != nil {
				return usage(err)
			}
			e, err := monitor.ParseEvidence(b)
			if err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			}
			if err := e.Check(trust); err != nil {
				return fmt.Errorf("%s does NOT prove a fork: %w", args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s proves a FORK: keys of the register %s signed two histories\n", args[0], trust.Register)
			return nil
		},
	}
	cmd.Flags().StringVar(&trustFile, "trust", "", "the register's trust file")
	return cmd
}

func readTrust(file string) (receipt.Trust, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return receipt.Trust{}, usage(fmt.Errorf("--trust: %w", err))
	}
	trust, err := receipt.ParseTrust(b)
	if err != nil {
		return trust, usage(fmt.Errorf("--trust: %s: %w", file, err))
	}
	return trust, nil
}

// asExit gives a finding its exit code.
func asExit(err error) error {
	var f *monitor.Finding
	if errors.As(err, &f) {
		return &exitError{monitorExits[f.Kind], err}
	}
	return err
}

// open reads the state and the trust file.
func (w *watching) open(ctx context.Context) error {
	if w.state != "" {
		b, err := os.ReadFile(w.state)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return usage(err)
		default:
			if w.kept, err = monitor.ParseState(b); err != nil {
				return usage(fmt.Errorf("--state: %s: %w", w.state, err))
			}
		}
	}
	if w.trust == "" {
		return w.firstTrust(ctx)
	}
	trust, err := readTrust(w.trust)
	if err != nil {
		return err
	}
	if w.kept.Checkpoint != "" && (trust.Register != w.kept.Trust.Register || trust.Origin != w.kept.Trust.Origin) {
		return usage(fmt.Errorf("--state: %s is of register %s, the trust file is of %s", w.state, w.kept.Trust.Register, trust.Register))
	}
	w.kept.Trust = trust
	return nil
}

// firstTrust takes the node's own trust file, unless one was kept.
func (w *watching) firstTrust(ctx context.Context) error {
	if w.kept.Checkpoint != "" {
		return nil
	}
	trust, err := w.site.Trust(ctx)
	if ledger.CodeOf(err) == ledger.Unavailable || ledger.CodeOf(err) == ledger.NotFound {
		return &monitor.Finding{Kind: monitor.Unreachable, Err: err}
	}
	if err != nil {
		return &monitor.Finding{Kind: monitor.Unsigned, Err: fmt.Errorf("the node's trust file: %w", err)}
	}
	w.kept.Trust = trust
	fmt.Fprintf(w.out, "register %s, by the node's own word: compare it with what you know of it\n", trust.Register)
	return nil
}

// look looks once, keeps what was verified and tells of it.
func (w *watching) look(ctx context.Context) error {
	bar := progress{out: os.Stderr}
	defer bar.clear()
	m := monitor.Monitor{Trust: w.kept.Trust, Source: w.site, Rotations: w.site.Rotations, Entries: w.entries, Progress: func(done, total uint64) {
		bar.show("hashing entries", int(done), int(total))
	}}
	seen, err := m.Look(ctx, w.kept)
	bar.clear()
	if changed := seen.State.Checkpoint != w.kept.Checkpoint || seen.Entries != w.kept.Entries; changed {
		w.kept = seen.State
		if w.state != "" {
			if err := node.WriteFile(w.state, w.kept.Encode(), 0o644); err != nil {
				return fmt.Errorf("--state: %w", err)
			}
		}
	}
	var f *monitor.Finding
	if errors.As(err, &f) {
		return w.found(f)
	}
	if err != nil {
		return err
	}
	how := "first look"
	if seen.Before > 0 {
		how = fmt.Sprintf("continues %d", seen.Before)
	}
	if seen.Changed {
		fmt.Fprintf(w.out, "the operator replaced the checkpoint key; it is %s now\n", strings.Join(w.kept.Trust.Keys, ", "))
	}
	fmt.Fprintf(w.out, "%d entries, root %s, %s", seen.Size, seen.Root, how)
	if w.entries {
		fmt.Fprintf(w.out, ", %d entries hashed", seen.Hashed)
	}
	if len(seen.Witnesses) > 0 {
		fmt.Fprintf(w.out, ", cosigned by %d", len(seen.Witnesses))
	}
	fmt.Fprintln(w.out)
	return nil
}

// found writes the evidence that there is.
func (w *watching) found(f *monitor.Finding) error {
	if f.Kind != monitor.Forked && f.Kind != monitor.Smaller {
		return f
	}
	evidence, file := f.Evidence.Encode(), w.evidence
	if file == "" { // the same evidence is written once, other evidence never over it
		file = filepath.Join(filepath.Dir(w.state), fmt.Sprintf("sogoc-fork-%.8x.json", sha256.Sum256(evidence)))
	}
	if err := node.WriteFile(file, evidence, 0o644); err != nil {
		return fmt.Errorf("%w; the evidence could not be written: %w", f, err)
	}
	return &monitor.Finding{Kind: f.Kind, Evidence: f.Evidence, Err: fmt.Errorf("%w; the signed notes are in %s", f.Err, file)}
}

// keepLooking looks until it is interrupted or finds a fork. What is wrong for longer
// is told once.
func (w *watching) keepLooking(ctx context.Context, every time.Duration) error {
	var told monitor.Kind
	for {
		err := w.look(ctx)
		var f *monitor.Finding
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			told = 0
		case !errors.As(err, &f) || f.Kind == monitor.Forked:
			return asExit(err)
		case f.Kind != told:
			told = f.Kind
			fmt.Fprintf(os.Stderr, "sogoc: %s %v\n", time.Now().Format(time.RFC3339), err)
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return nil
		}
	}
}
