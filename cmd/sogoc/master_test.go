package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

// TestMasterKeyOnTheCommandLine takes a register through all the places its master
// key can come from.
func TestMasterKeyOnTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	ran := func(args ...string) string {
		t.Helper()
		out, code := sogoc(t, dir, args...)
		if code != 0 {
			t.Fatalf("sogoc %s exits with %d: %s", strings.Join(args, " "), code, out)
		}
		return out
	}
	served := func(args ...string) string {
		t.Helper()
		s := start(t, dir, args...)
		get(t, s.url+"/api/v1/register")
		s.stop(t)
		return s.welcome
	}
	made := regexp.MustCompile(`khóa chủ · the master key was made: (\S+)\n`).FindStringSubmatch(served())
	if made == nil {
		t.Fatal("the first start does not say where the master key is")
	}
	if again := served(); strings.Contains(again, "master key") {
		t.Errorf("the second start says %s", again)
	}

	// As older programs left it: beside what it protects.
	inside := filepath.Join("data", "keys", "master.key")
	if err := os.Rename(made[1], filepath.Join(dir, inside)); err != nil {
		t.Fatal(err)
	}
	if warned := served(); !strings.Contains(warned, "trong thư mục dữ liệu") || !strings.Contains(warned, "sogoc rotate-master --data ./data") {
		t.Errorf("no warning: %s", warned)
	}
	if out := ran("rotate-master"); !strings.Contains(out, made[1]) {
		t.Errorf("the key goes elsewhere: %s", out)
	}
	if after := served(); strings.Contains(after, "master key") {
		t.Errorf("after it moved: %s", after)
	}

	key := vault.NewMasterKey().Text()
	t.Setenv("SOGOC_NEW_MASTER_KEY", key)
	ran("rotate-master")
	os.Unsetenv("SOGOC_NEW_MASTER_KEY")
	if out, code := sogoc(t, dir, "serve", "--listen", "127.0.0.1:0"); code != exitFailed || !strings.Contains(out, "master key is missing") {
		t.Errorf("without the key: %d, %s", code, out)
	}
	t.Setenv("SOGOC_MASTER_KEY", key)
	served()
	out, code := sogoc(t, dir, "serve", "--master-key", "elsewhere.key")
	if code != exitUsage || !strings.Contains(out, "$SOGOC_MASTER_KEY") || strings.Contains(out, key) {
		t.Errorf("from two places: %d, %s", code, out)
	}
	t.Setenv("SOGOC_NEW_MASTER_PASSPHRASE", "vải thiều chín đỏ trên đồi")
	ran("rotate-master", "--new-master-passphrase")
	os.Unsetenv("SOGOC_NEW_MASTER_PASSPHRASE")
	out, code = sogoc(t, dir, "serve", "--listen", "127.0.0.1:0")
	if code != exitFailed || !strings.Contains(out, "$SOGOC_MASTER_KEY") || strings.Contains(out, key) {
		t.Errorf("the key before: %d, %s", code, out)
	}
	os.Unsetenv("SOGOC_MASTER_KEY")
	t.Setenv("SOGOC_MASTER_PASSPHRASE", "vải thiều chín đỏ trên đồi")
	served()
	ran("rotate-master", "--new-master-key", "elsewhere.key")
	os.Unsetenv("SOGOC_MASTER_PASSPHRASE")
	served("--master-key", "elsewhere.key")
	if _, err := node.Tokens(filepath.Join(dir, "data")); err != nil {
		t.Error(err)
	}
}

func TestWrongMasterKeysAreCalledWrong(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		env, value string
		args       []string
		says       string
	}{
		{"", "", []string{"serve", "--master-key", "data/m.key"}, "--master-key: data/m.key lies in the data folder"},
		{"", "", []string{"serve", "--master-passphrase"}, "no terminal"},
		{"", "", []string{"rotate-master", "--new-master-passphrase"}, "no terminal"},
		{"SOGOC_MASTER_KEY", "tell nobody", []string{"serve"}, "$SOGOC_MASTER_KEY is not a master key"},
		{"SOGOC_MASTER_PASSPHRASE", "tell nobody", []string{"serve"}, "$SOGOC_MASTER_PASSPHRASE: the passphrase has fewer"},
	} {
		if c.env != "" {
			t.Setenv(c.env, c.value)
		}
		out, code := sogoc(t, dir, c.args...)
		if code != exitUsage || !strings.Contains(out, c.says) || strings.Contains(out, "tell nobody") {
			t.Errorf("sogoc %s exits with %d and says %q, want %q in it", strings.Join(c.args, " "), code, out, c.says)
		}
		os.Unsetenv(c.env)
	}
	if out, code := sogoc(t, dir, "rotate-master"); code != exitFailed || !strings.Contains(out, "holds no register") {
		t.Errorf("an empty folder: %d, %s", code, out)
	}
}
