package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger/fabric"
	"github.com/sogoc/sogoc/network"
)

// networkCommand runs `sogoc network` with arguments and returns what it printed.
func networkCommand(t *testing.T, args ...string) string {
	t.Helper()
	out, err := tryNetworkCommand(context.Background(), args...)
	if err != nil {
		t.Fatalf("network %v: %v", args, err)
	}
	return out
}

func tryNetworkCommand(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := newNetwork()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SilenceUsage, cmd.SilenceErrors = true, true
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

// TestNetwork takes a network of two organisations with the real chaincode through
// its life by the command line.
func TestNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a real Fabric network")
	}
	dir := filepath.Join(t.TempDir(), "network")
	t.Cleanup(func() {
		if _, err := os.Stat(dir); err == nil {
			if out, err := tryNetworkCommand(context.Background(), "down", "--dir", dir); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		}
	})
	ports, release, err := network.ReservePorts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	out := networkCommand(t, "up", "--dir", dir, "--ports", fmt.Sprint(ports))
	for _, org := range []string{"org1", "org2"} {
		profile := filepath.Join(dir, org, "profile.json")
		if !strings.Contains(out, "--profile "+profile) {
			t.Errorf("no word of how %s starts:\n%s", org, out)
		}
		if _, err := fabric.ReadProfile(profile); err != nil {
			t.Error(err)
		}
	}
	out = networkCommand(t, "status", "--dir", dir)
	if strings.Count(out, "runs") != 4 || strings.Count(out, "leads") != 1 {
		t.Errorf("four processes run and one leads, but:\n%s", out)
	}
	out = networkCommand(t, "logs", "--dir", dir, "-n", "2", "chaincode-org2")
	if !strings.HasPrefix(out, "chaincode-org2 | ") || strings.Count(out, "\n") > 2 {
		t.Errorf("the log is\n%s", out)
	}
	if out = networkCommand(t, "status", "--dir", dir); !strings.Contains(out, "the contracts are version 1\n") {
		t.Errorf("the contracts' version is not said:\n%s", out)
	}
	networkCommand(t, "stop", "--dir", dir, "peer0.org2")
	if out = networkCommand(t, "status", "--dir", dir); strings.Count(out, "stopped") != 1 || !strings.Contains(out, "\npeer0.org2 does not run") {
		t.Errorf("one process is stopped, but:\n%s", out)
	}
	networkCommand(t, "start", "--dir", dir)
	if out = networkCommand(t, "status", "--dir", dir); strings.Contains(out, "stopped") {
		t.Errorf("none is stopped, but:\n%s", out)
	}
	if out = networkCommand(t, "upgrade", "--dir", dir); !strings.Contains(out, "version 2") {
		t.Errorf("the upgrade says\n%s", out)
	}
	if out, err := tryNetworkCommand(t.Context(), "stop", "--dir", dir, "peer9"); err == nil || !strings.Contains(err.Error(), "peer9") {
		t.Errorf("a process that is not there: %v\n%s", err, out)
	}
	networkCommand(t, "down", "--dir", dir)
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder is still there")
	}
	if _, err := tryNetworkCommand(t.Context(), "status", "--dir", dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("no network: %v", err)
	}
}

// TestFollowLogs: lines are shown as they come, whole ones alone, also of the file
// that takes the place of the one before.
func TestFollowLogs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "peer.log")
	write := func(file, text string) {
		t.Helper()
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l := &logTail{name: "peer", file: file}
	var out strings.Builder
	show := func() {
		t.Helper()
		if err := l.each(func(line string) error { return l.show(&out, line) }); err != nil {
			t.Fatal(err)
		}
	}
	write(file, "one\ntwo\nthr")
	if err := l.last(1, &out); err != nil {
		t.Fatal(err)
	}
	write(file, "ee\n")
	show()
	show()
	if err := os.Rename(file, file+".old"); err != nil {
		t.Fatal(err)
	}
	write(file, "four\n")
	show()
	if got, want := out.String(), "peer | two\npeer | three\npeer | four\n"; got != want {
		t.Errorf("shown is %q, want %q", got, want)
	}
}
