package network

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Progress says how far long work is: what is done, and how much of it. A nil one
// is not called.
type Progress func(what string, done, total int)

func (p Progress) step(what string, done, total int) {
	if p != nil {
		p(what, done, total)
	}
}

// Tools are Fabric's own commands.
type Tools struct {
	Bin    string `json:"bin"`    // folder of commands
	Config string `json:"config"` // folder of the core.yaml and orderer.yaml that belong to them
}

var (
	commands = []string{"peer", "orderer", "osnadmin", "cryptogen", "configtxgen", "configtxlator"}
	defaults = []string{"core.yaml", "orderer.yaml"}
)

func (t Tools) command(name string) string { return filepath.Join(t.Bin, name) }

// OpenTools finds Fabric's commands in a folder that is laid out as Fabric's own
// release archives are: bin and config.
func OpenTools(dir string) (Tools, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Tools{}, err
	}
	t := Tools{Bin: filepath.Join(dir, "bin"), Config: filepath.Join(dir, "config")}
	for _, name := range commands {
		if _, err := os.Stat(t.command(name)); err != nil {
			return Tools{}, fmt.Errorf("the commands of Fabric: %w", err)
		}
	}
	for _, name := range defaults {
		if _, err := os.Stat(filepath.Join(t.Config, name)); err != nil {
			return Tools{}, fmt.Errorf("the configuration of Fabric: %w", err)
		}
	}
	return t, nil
}

// BuildTools builds Fabric's commands from the versions that network/tools/go.mod
// pins, unless cacheDir holds them already. It needs the Go command and this
// module's source; without them fetch a Fabric release and use OpenTools. An empty
// cacheDir is sogoc in the user's cache folder. Programs that call it at the same
// time wait for each other.
func BuildTools(ctx context.Context, cacheDir string, progress Progress) (Tools, error) {
	src, err := source("network", "tools")
	if err != nil {
		return Tools{}, err
	}
	if cacheDir == "" {
		if cacheDir, err = os.UserCacheDir(); err != nil {
			return Tools{}, err
		}
		cacheDir = filepath.Join(cacheDir, "sogoc")
	}
	pins, err := os.ReadFile(filepath.Join(src, "go.mod"))
	if err != nil {
		return Tools{}, err
	}
	hash := sha256.Sum256(pins)
	dir := filepath.Join(cacheDir, "fabric-"+hex.EncodeToString(hash[:6]))
	if t, err := OpenTools(dir); err == nil {
		return t, nil
	}
	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return Tools{}, err
	}
	unlock, err := lockFile(ctx, dir+".lock")
	if err != nil {
		return Tools{}, err
	}
	defer unlock()
	if t, err := OpenTools(dir); err == nil {
		return t, nil // somebody else built them meanwhile
	}
	fresh, err := os.MkdirTemp(cacheDir, ".fabric-")
	if err != nil {
		return Tools{}, err
	}
	defer os.RemoveAll(fresh)
	if err := buildTools(ctx, src, fresh, progress); err != nil {
		return Tools{}, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return Tools{}, err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return Tools{}, err
	}
	return OpenTools(dir)
}

func buildTools(ctx context.Context, src, dir string, progress Progress) error {
	const what = "Fabric's commands"
	progress.step(what, 0, 1)
	packages, err := goCommand(ctx, src, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "tool")
	if err != nil {
		return err
	}
	total := bytes.Count(packages, []byte("\n"))
	bin, config := filepath.Join(dir, "bin"), filepath.Join(dir, "config")
	if err := errors.Join(os.Mkdir(bin, 0o755), os.Mkdir(config, 0o755)); err != nil {
		return err
	}
	done := 0
	err = goBuild(ctx, src, func(string) {
		done = min(done+1, total-1)
		progress.step(what, done, total)
	}, "-ldflags=-s -w", "-o", bin+string(filepath.Separator), "tool")
	if err != nil {
		return err
	}
	// Not before the build: a module that is not fetched yet has no folder.
	module, err := goCommand(ctx, src, "list", "-m", "-f", "{{.Dir}}", "github.com/hyperledger/fabric")
	if err != nil {
		return err
	}
	for _, name := range defaults {
		raw, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(module)), "sampleconfig", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(config, name), raw, 0o644); err != nil {
			return err
		}
	}
	progress.step(what, total, total)
	return nil
}

// BuildChaincode builds the chaincode process from this module's source to a file.
func BuildChaincode(ctx context.Context, file string, progress Progress) error {
	src, err := source("cmd", "sogoc-chaincode")
	if err != nil {
		return err
	}
	progress.step("chaincode", 0, 1)
	if err := goBuild(ctx, src, func(string) {}, "-o", file, "."); err != nil {
		return err
	}
	progress.step("chaincode", 1, 1)
	return nil
}

// source finds a folder of this module's source: where the program was built, or
// above the working folder.
func source(elem ...string) (string, error) {
	rel := filepath.Join(elem...)
	var roots []string
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		roots = append(roots, filepath.Dir(filepath.Dir(file)))
	}
	if dir, err := os.Getwd(); err == nil {
		for ; ; dir = filepath.Dir(dir) {
			roots = append(roots, dir)
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	for _, root := range roots {
		mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
		if err != nil || !bytes.HasPrefix(mod, []byte("module github.com/sogoc/sogoc\n")) {
			continue
		}
		if _, err := os.Stat(filepath.Join(root, rel)); err == nil {
			return filepath.Join(root, rel), nil
		}
	}
	return "", fmt.Errorf("%s is not here: building needs Sổ Gốc's source; run this inside it, or name what is built already", rel)
}

func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	return output(cmd)
}

// goBuild calls built with the name of every package that was compiled.
func goBuild(ctx context.Context, dir string, built func(pkg string), args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-v"}, args...)...)
	cmd.Dir = dir
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var said bytes.Buffer
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		if line := lines.Text(); strings.ContainsAny(line, " \t") {
			fmt.Fprintln(&said, line)
		} else {
			built(line)
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("go build in %s: %w\n%s", dir, err, said.Bytes())
	}
	return nil
}

// output runs a command and returns what it printed; its error holds what it
// complained about.
func output(cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args[:min(len(cmd.Args), 4)], " "), err, last(append(stdout.Bytes(), stderr.Bytes()...), 2000))
	}
	return stdout.Bytes(), nil
}

func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }
