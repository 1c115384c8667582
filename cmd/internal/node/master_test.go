package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/cmd/internal/node"
)

// refusesToStart starts a node that must not, and returns why it did not.
func refusesToStart(t *testing.T, c node.Config) string {
	t.Helper()
	c.Listen = "127.0.0.1:0"
	n, err := node.Start(t.Context(), c)
	if err == nil {
		n.Close()
		t.Fatalf("it started with %+v", c.MasterKey)
	}
	return err.Error()
}

// serves checks that a node knows the token that its operator has.
func serves(t *testing.T, c node.Config, token string) node.Master {
	t.Helper()
	s := startSite(t, c)
	s.must(s.get("/api/v1/register", token), http.StatusOK)
	s.stop()
	return s.Master
}

// holds reports whether a file in the folder has the bytes.
func holds(t *testing.T, dir string, b []byte) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(content, b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func text(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b)
}

func move(t *testing.T, from, to string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.Rename(from, to)); err != nil {
		t.Fatal(err)
	}
}

// TestMasterKeyLiesApart: without a word about it, the master key is nowhere in the
// data folder, and another node of the machine has another.
func TestMasterKeyLiesApart(t *testing.T) {
	t.Parallel()
	c := node.Config{Data: t.TempDir()}
	s := startSite(t, c)
	token, m := s.operator, s.Master
	s.stop()
	info, err := os.Stat(m.File)
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Fatalf("%v, %v", info, err)
	}
	if !m.Made || m.Inside != "" || !strings.Contains(m.File, s.Trust.Register.String()) || holds(t, c.Data, text(t, m.File)) {
		t.Errorf("%+v", m)
	}
	if again := serves(t, c, token); again.File != m.File || again.Made {
		t.Errorf("at the second start %+v", again)
	}
	if other := serves(t, node.Config{Data: t.TempDir()}, ""); other.File == m.File {
		t.Error("two nodes have one key")
	}
	move(t, m.File, m.File+".away")
	if err := refusesToStart(t, c); !strings.Contains(err, "--master-key") || !strings.Contains(err, m.File) {
		t.Error(err)
	}
	if err := os.WriteFile(m.File, []byte(vault.NewMasterKey().Text()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := refusesToStart(t, c); !strings.Contains(err, m.File) || strings.Contains(err, string(text(t, m.File))) {
		t.Error(err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(m.File+".away", 0o644); err != nil {
			t.Fatal(err)
		}
		c.MasterKey.File = m.File + ".away"
		if err := refusesToStart(t, c); !strings.Contains(err, "chmod 600") {
			t.Error(err)
		}
	}
}

func TestMasterKeyOfADemo(t *testing.T) {
	t.Parallel()
	c := node.Config{Data: t.TempDir(), Demo: true}
	s := startSite(t, c)
	s.stop()
	inside := filepath.Join(c.Data, "keys", "master.key")
	if m := s.Master; !m.Made || m.File != inside || m.Inside != inside {
		t.Errorf("%+v", m)
	}
	c.Demo = false // as a folder of an older program is, too
	if m := serves(t, c, s.operator); m.Made || m.Inside != inside {
		t.Errorf("%+v", m)
	}
	c.MasterKey = node.MasterKey{File: filepath.Join(t.TempDir(), "copied.key")}
	if err := os.WriteFile(c.MasterKey.File, text(t, inside), 0o600); err != nil {
		t.Fatal(err)
	}
	if m := serves(t, c, s.operator); m.Inside != inside || m.File != c.MasterKey.File {
		t.Errorf("copied, not moved: %+v", m)
	}
	if err := os.Remove(inside); err != nil {
		t.Fatal(err)
	}
	if m := serves(t, c, s.operator); m.Inside != "" {
		t.Errorf("moved: %+v", m)
	}
}

// TestMasterKeySources: each opens what it founded, and another of its kind does
// not; the error names the source and not what came from it.
func TestMasterKeySources(t *testing.T) {
	t.Parallel()
	phrase := func(s string) vault.Passphrase {
		p, err := vault.NewPassphrase(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	dir := t.TempDir()
	file := func(name string) node.MasterKey { return node.MasterKey{File: filepath.Join(dir, name)} }
	wrongFile := vault.NewMasterKey()
	if err := os.WriteFile(filepath.Join(dir, "wrong"), []byte(wrongFile.Text()), 0o600); err != nil {
		t.Fatal(err)
	}
	wrongKey := vault.NewMasterKey()
	for _, test := range []struct {
		right, wrong node.MasterKey
		says, never  string
	}{
		{file("right"), file("wrong"), filepath.Join(dir, "wrong"), wrongFile.Text()},
		{file("right2"), file("missing"), filepath.Join(dir, "missing"), "--demo"},
		{node.MasterKey{Given: vault.NewMasterKey(), From: "$A"}, node.MasterKey{Given: wrongKey, From: "$B"}, "$B", wrongKey.Text()},
		{node.MasterKey{Given: phrase("vải thiều chín đỏ trên đồi"), From: "$A"}, node.MasterKey{Given: phrase("dừa xiêm xanh bên sông"), From: "$B"}, "$B", "dừa"},
		{node.MasterKey{Given: phrase("vải thiều chín đỏ trên đồi"), From: "$A"}, node.MasterKey{Given: wrongKey, From: "$B"}, "$B", wrongKey.Text()},
	} {
		c := node.Config{Data: t.TempDir(), MasterKey: test.right}
		s := startSite(t, c)
		s.stop()
		serves(t, c, s.operator)
		for _, m := range []node.MasterKey{test.wrong, {}} {
			c.MasterKey = m
			err := refusesToStart(t, c)
			if strings.Contains(err, test.never) || m != (node.MasterKey{}) && !strings.Contains(err, test.says) {
				t.Errorf("%+v: %s", m, err)
			}
		}
	}
}

func TestMasterKeyMustNotLieInside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	link := filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(data, 0o700), os.Symlink(data, link)); err != nil {
		t.Fatal(err)
	}
	for file, refused := range map[string]bool{
		filepath.Join(data, "keys", "master.key"): true, filepath.Join(data, "..", "data", "k"): true, filepath.Join(link, "k"): true,
		filepath.Join(dir, "k"): false, filepath.Join(dir, "data2", "k"): false,
	} {
		c := node.Config{Data: data, MasterKey: node.MasterKey{File: file}}
		if err := c.Check(); (err != nil) != refused || refused && !strings.Contains(err.Error(), "--master-key") {
			t.Errorf("%s: %v", file, err)
		}
		c.Demo = true
		if err := c.Check(); err != nil {
			t.Errorf("%s in a demo: %v", file, err)
		}
	}
	both := node.Config{Data: data, MasterKey: node.MasterKey{File: filepath.Join(dir, "k"), Given: vault.MasterKey{1}, From: "$X"}}
	if err := both.Check(); err == nil || !strings.Contains(err.Error(), "$X") {
		t.Error(err)
	}
}

// TestRotateMaster goes through the places that a key can go from and to, each time
// once to the end and once cut off and taken up by the command or the next start.
func TestRotateMaster(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	place := func(name string) node.MasterKey { return node.MasterKey{File: filepath.Join(dir, name)} }
	given := node.MasterKey{Given: vault.NewMasterKey(), From: "$SOGOC_MASTER_KEY"}
	another := node.MasterKey{Given: vault.NewMasterKey(), From: "$SOGOC_NEW_MASTER_KEY"}
	for name, test := range map[string]struct {
		demo bool
		cut  []string // where what was cut off is taken up
		from node.MasterKey
		next node.MasterKey
		then node.MasterKey // what the node starts with from then on
	}{
		"own file":          {cut: []string{"", "command", "start"}},
		"out of the folder": {cut: []string{"", "command", "start"}, demo: true},
		"named file":        {cut: []string{"", "start"}, from: place("a"), then: place("a")},
		"to a named file":   {cut: []string{"", "command"}, next: place("b"), then: place("b")},
		"to a given key":    {cut: []string{"start"}, from: place("c"), next: another, then: another},
		"from a given key":  {cut: []string{"command"}, from: given, next: place("d"), then: place("d")},
	} {
		if testing.Short() {
			test.cut = test.cut[len(test.cut)-1:]
		}
		for _, cut := range test.cut {
			t.Run(name+" "+cut, func(t *testing.T) {
				c := node.Config{Data: t.TempDir(), Demo: test.demo, MasterKey: test.from}
				s := startSite(t, c)
				for i := range 60 { // more than one step of the change
					if _, err := s.Accounts.Create(t.Context(), account.Person{Name: "Hoa", Phone: fmt.Sprintf("09%08d", i)}, account.From{}); err != nil {
						t.Fatal(err)
					}
				}
				s.stop()
				c.Demo = false
				t.Cleanup(func() { // the next run of the test begins anew
					for _, m := range []node.MasterKey{test.from, test.next} {
						if m.File != "" {
							os.Remove(m.File)
						}
					}
				})
				var old []byte
				if s.Master.File != "" {
					old = text(t, s.Master.File)
				}
				if cut != "" {
					ctx, cancel := context.WithCancel(t.Context())
					half := c
					half.Progress = func(string, int, int) { cancel() }
					if _, err := node.RotateMaster(ctx, half, test.next); !errors.Is(err, context.Canceled) {
						t.Fatal(err)
					}
				}
				told := 0
				c.Progress = func(what string, done, total int) {
					if what == "changing the master key" {
						told = total
					}
				}
				if cut != "start" {
					m, err := node.RotateMaster(t.Context(), c, test.next)
					if err != nil {
						t.Fatal(err)
					}
					if m.Inside != "" || (m.File == "") != (test.then.Given != nil) || cut == "" && told < 150 {
						t.Errorf("%+v, told of %d", m, told)
					}
				}
				before := c.MasterKey
				c.MasterKey = test.then
				m := serves(t, c, s.operator)
				if m.Made || m.Inside != "" || m.File != "" && bytes.Equal(old, text(t, m.File)) {
					t.Errorf("then it is %+v", m)
				}
				if before.File != "" {
					before.File = s.Master.File + ".old"
					if err := os.WriteFile(before.File, old, 0o600); err != nil {
						t.Fatal(err)
					}
				} else if before.Given == nil {
					before.Given, _ = vault.ParseMasterKey(string(old))
				}
				c.MasterKey = before
				if err := refusesToStart(t, c); !strings.Contains(err, vault.ErrMaster.Error()) {
					t.Errorf("the key before: %s", err)
				}
			})
		}
	}
}

func TestRotateMasterRefuses(t *testing.T) {
	t.Parallel()
	if _, err := node.RotateMaster(t.Context(), node.Config{Data: t.TempDir()}, node.MasterKey{}); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("an empty folder: %v", err)
	}
	c := node.Config{Data: t.TempDir(), MasterKey: node.MasterKey{Given: vault.MasterKey{7}, From: "$SOGOC_MASTER_KEY"}}
	s := startSite(t, c)
	if _, err := node.RotateMaster(t.Context(), c, node.MasterKey{Given: vault.MasterKey{8}}); err == nil || !strings.Contains(err.Error(), "stop") {
		t.Errorf("while the node runs: %v", err)
	}
	s.stop()
	for says, next := range map[string]node.MasterKey{
		"--new-master-key": {},
		"in use":           {Given: vault.MasterKey{7}},
		"data folder":      {File: filepath.Join(c.Data, "k")},
	} {
		if _, err := node.RotateMaster(t.Context(), c, next); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", next, err)
		}
	}
	serves(t, c, s.operator)
}
