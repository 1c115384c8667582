package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// shown is a command of the README with what it prints.
type shown struct {
	command string
	output  []string
}

// several is the section whose commands run on a Fabric network.
const several = "### Several organisations"

// readmeCommands are the commands of the section, or of all others.
func readmeCommands(t *testing.T, section bool) []shown {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var blocks []shown
	inside, here := false, false
	for _, line := range strings.Split(string(b), "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			here = line == several
		case here != section:
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
		case inside && strings.HasPrefix(line, "$ "):
			blocks = append(blocks, shown{command: line[2:]})
		case inside && len(blocks) > 0:
			last := &blocks[len(blocks)-1]
			last.output = append(last.output, line)
		}
	}
	return blocks
}

// spaces are what a table's column takes, which depends on its longest cell.
var spaces = regexp.MustCompile(` {2,}`)

// matches compares a line with one of the README, where … stands for anything.
func matches(want, got string) bool {
	parts := strings.Split(spaces.ReplaceAllString(want, "  "), "…")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(spaces.ReplaceAllString(strings.TrimRight(got, " "), "  "))
}

// season is the two digits of the year in the README's lot numbers.
var season = regexp.MustCompile(`\b([A-Z][A-Z0-9]-?)26(0\d{3})\b`)

// TestREADME runs every command of the README against the sample province, and
// compares what it prints. The lot numbers are those of the last season.
func TestREADME(t *testing.T) {
	dir := t.TempDir()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "cmd"), filepath.Join(dir, "cmd")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	n, err := node.Start(ctx, node.Config{Data: filepath.Join(dir, "data"), Listen: "127.0.0.1:0", Demo: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Fill(ctx); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	sample, _, err := n.Sample()
	if err != nil {
		t.Fatal(err)
	}
	year := sample.Pages[0].ID.Lot()[2:4]
	address := strings.TrimPrefix(n.URL, "http://")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}

	blocks := readmeCommands(t, false)
	if len(blocks) < 10 {
		t.Fatalf("%d commands found", len(blocks))
	}
	if blocks[0].command != "go run ./cmd/sogoc serve --demo" || blocks[1].command != "go test ./..." {
		t.Fatalf("the quick start is %q and %q", blocks[0].command, blocks[1].command)
	}
	for _, b := range blocks[2:] {
		line := season.ReplaceAllString(b.command, "${1}"+year+"${2}")
		line = strings.ReplaceAll(line, "localhost:8080", address)
		for _, name := range []string{"capture", "trace", "backup"} {
			line = strings.ReplaceAll(line, "./cmd/sogoc "+name, "./cmd/sogoc "+name+" --url "+n.URL)
		}
		line = strings.ReplaceAll(line, "go run ./cmd/sogoc", self)
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asProgram+"=1")
		out, _ := cmd.CombinedOutput() // some commands show how something is refused
		b.compare(t, year, string(out))
	}
}

// compare compares what the command printed with what the README shows.
func (b shown) compare(t *testing.T, year, out string) {
	t.Helper()
	got := strings.Split(strings.TrimRight(out, "\n"), "\n")
	for i, want := range b.output {
		want = season.ReplaceAllString(want, "${1}"+year+"${2}")
		if i >= len(got) || !matches(want, got[i]) {
			t.Errorf("$ %s\nprints\n%s\nwant\n%s", b.command, out, strings.Join(b.output, "\n"))
			return
		}
	}
	if len(b.output) == 0 && strings.TrimSpace(out) != "" {
		t.Errorf("$ %s\nprints\n%s\nwant nothing", b.command, out)
	}
}
