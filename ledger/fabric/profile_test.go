package fabric

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

// sampleProfile is of a folder where every file that it names is there.
func sampleProfile(t *testing.T) (p *Profile, file string) {
	t.Helper()
	dir := t.TempDir()
	touch := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := filepath.Join(dir, "org1")
	if err := os.Mkdir(own, 0o755); err != nil {
		t.Fatal(err)
	}
	return &Profile{
		Format: ProfileFormat, Channel: "sogoc", Chaincode: "sogoc", Organisation: "org1",
		User:    Identity{Name: "User1", MSP: "Org1MSP", Cert: touch("user.pem"), Key: touch("user.key")},
		Admin:   &Identity{Name: "Admin", MSP: "Org1MSP", Cert: touch("admin.pem"), Key: touch("admin.key")},
		Genesis: touch("genesis.json"),
		Organisations: []Organisation{{Name: "org1", MSP: "Org1MSP",
			Peers: []Endpoint{{Name: "peer0.org1", Address: "127.0.0.1:7051", TLSCA: touch("tls.pem")}}}},
		Orderers: []Endpoint{{Name: "orderer1", Address: "127.0.0.1:7050", TLSCA: touch("orderer.pem")}},
	}, filepath.Join(own, "profile.json")
}

// TestProfileMoves: a profile reads back as written, also when its folder was moved.
func TestProfileMoves(t *testing.T) {
	p, file := sampleProfile(t)
	if err := p.Write(file); err != nil {
		t.Fatal(err)
	}
	got, err := ReadProfile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) {
		t.Errorf("read back\n%+v\nwant\n%+v", got, p)
	}
	old := filepath.Dir(filepath.Dir(file))
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(old, moved); err != nil {
		t.Fatal(err)
	}
	got, err = ReadProfile(filepath.Join(moved, "org1", "profile.json"))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(moved, "user.key"); got.User.Key != want {
		t.Errorf("the key is at %s, want %s", got.User.Key, want)
	}
}

// TestProfileSaysWhichFile is at fault.
func TestProfileSaysWhichFile(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(p *Profile)
		want  string
	}{
		"format":          {func(p *Profile) { p.Format = "x" }, "format"},
		"channel":         {func(p *Profile) { p.Channel = "" }, "channel"},
		"organisation":    {func(p *Profile) { p.Organisation = "org9" }, "org9"},
		"no peer":         {func(p *Profile) { p.Organisations[0].Peers = nil }, "no peer of org1"},
		"no orderer":      {func(p *Profile) { p.Orderers = nil }, "no orderer"},
		"no user key":     {func(p *Profile) { os.Remove(p.User.Key) }, "user.key"},
		"no TLS root":     {func(p *Profile) { os.Remove(p.Orderers[0].TLSCA) }, "orderer.pem"},
		"no genesis name": {func(p *Profile) { p.Genesis = "" }, "not named"},
	} {
		t.Run(name, func(t *testing.T) {
			p, file := sampleProfile(t)
			c.spoil(p)
			if err := p.Write(file); err != nil {
				t.Fatal(err)
			}
			_, err := ReadProfile(file)
			if ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("the answer is %v; it must be invalid and name %q and the profile", err, c.want)
			}
		})
	}
	if _, err := ReadProfile(filepath.Join(t.TempDir(), "none.json")); ledger.CodeOf(err) != ledger.Invalid || !strings.Contains(err.Error(), "none.json") {
		t.Errorf("a profile that is not there: %v", err)
	}
}
