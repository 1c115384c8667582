// Command sogoc is the register's node and its command line.
//
// It exits with 0 when all went well, 1 when something failed, 2 when it was
// called wrongly, and 3 when a receipt, a backup, a folder or a sealed file does not verify;
// sogoc monitor has further codes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitFailed   = 1
	exitUsage    = 2
	exitUnproved = 3
)

// exitError carries an exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func main() {
	spareMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// spareMemory has garbage collected sooner than Go does by itself, unless GOGC says when:
// most of a node's memory are Badger's buffers, which have no pointers and cost the
// collector nothing to look at.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// run is the program without the process around it.
func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(root.ErrOrStderr(), "sogoc:", err)
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "sogoc",
		Short:         "Sổ Gốc: a provenance ledger for traceability and a data marketplace",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	verbose := root.PersistentFlags().BoolP("verbose", "v", false, "log everything, as --log-level debug")
	level := root.PersistentFlags().String("log-level", "warn", "what is logged to standard error: debug, info (a line for each request), warn or error")
	format := root.PersistentFlags().String("log-format", "text", "how: text or json")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if *verbose {
			*level = "debug"
		}
		h, err := logTo(os.Stderr, *level, *format)
		if err != nil {
			return usage(err)
		}
		slog.SetDefault(slog.New(h))
		return nil
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(newServe(), newRotateMaster(), newKeys(), newSetUpLink(), newCapture(), newAdmit(), newPeers(), newTrace(), newQR(), newVerify(), newOpen(), newBackup(), newRestore(), newRebuild(), newCompact(), newMonitor(), newBench(), newVersion(), newNetwork())
	return root
}

// logTo writes what is logged.
func logTo(w io.Writer, level, format string) (slog.Handler, error) {
	var o slog.HandlerOptions
	switch level {
	case "debug":
		o.Level = slog.LevelDebug
	case "info":
		o.Level = slog.LevelInfo
	case "warn":
		o.Level = slog.LevelWarn
	case "error":
		o.Level = slog.LevelError
	default:
		return nil, fmt.Errorf("--log-level: %q is none of debug, info, warn and error", level)
	}
	switch format {
	case "text":
		return slog.NewTextHandler(w, &o), nil
	case "json":
		return slog.NewJSONHandler(w, &o), nil
	}
	return nil, fmt.Errorf("--log-format: %q is neither text nor json", format)
}

func usage(err error) error { return &exitError{exitUsage, err} }

// exactly takes n arguments, and says so with the exit code of a wrong call.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := cobra.ExactArgs(n)(cmd, args); err != nil {
			return usage(err)
		}
		return nil
	}
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: exactly(0),
		Run: func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), "sogoc", version()) },
	}
}

// version is what the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v, revision := info.Main.Version, ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			revision = " " + s.Value[:12]
		}
	}
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	return v + revision + " " + info.GoVersion
}
