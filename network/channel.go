package network

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
	"time"

	"golang.org/x/sync/errgroup"
)

//go:embed files builder
var files embed.FS

var templates = template.Must(template.ParseFS(files, "files/*.yaml"))

const blockFile = "channel.block"

// certify makes everybody's keys and certificates.
func (n *Network) certify(ctx context.Context, _ Config) error {
	return n.cryptogen(ctx, n.orderers(), n.organisations())
}

// cryptogen makes keys and certificates beside those that are there.
func (n *Network) cryptogen(ctx context.Context, orderers []endpoint, organisations []organisation) error {
	file := n.path("config", "crypto-config.yaml")
	err := fill(file, struct {
		Domain        string
		Orderers      []endpoint
		Organisations []organisation
	}{domain, orderers, organisations})
	if err != nil {
		return err
	}
	if _, err := n.fabric(ctx, "cryptogen", "generate", "--config="+file, "--output="+n.path("crypto")); err != nil {
		return err
	}
	return dropCertificateLines(n.path("crypto"))
}

// dropCertificateLines lets a role be held under any of an organisation's
// authorities. cryptogen names the one that it made; Fabric takes a high and a low
// S of its signature for the same certificate and fabric-sdk-go does not, which
// every second time refuses every endorsement as of an unknown authority.
func dropCertificateLines(dir string) error {
	line := regexp.MustCompile(`(?m)^\s*Certificate:.*\n`)
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "config.yaml" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, line.ReplaceAll(raw, nil), 0o644)
	})
}

// found makes the channel's first block.
func (n *Network) found(ctx context.Context, c Config) error {
	dir := n.path("config")
	if err := n.fillConfigtx(dir, c); err != nil {
		return err
	}
	_, err := n.fabric(ctx, "configtxgen", "-configPath", dir, "-profile", "Channel", "-channelID", channel, "-outputBlock", n.path(blockFile))
	return err
}

// fillConfigtx writes what configtxgen reads to a folder.
func (n *Network) fillConfigtx(dir string, c Config) error {
	return fill(filepath.Join(dir, "configtx.yaml"), struct {
		OrdererMSP    string
		Orderers      []endpoint
		Organisations []organisation
		BFT           bool
		BatchTimeout  time.Duration
		BatchSize     int
	}{filepath.Join(n.ordererDir(), "msp"), n.orderers(), n.organisations(), n.state.Orderers == BFT4, c.BatchTimeout, c.BatchSize})
}

// fill writes a template of the same name as the file.
func fill(file string, data any) error {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, filepath.Base(file), data); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

// configure writes what peers read: their settings without Docker, and the builder.
func (n *Network) configure(context.Context, Config) error {
	core, err := os.ReadFile(filepath.Join(n.state.Tools.Config, "core.yaml"))
	if err != nil {
		return err
	}
	// An empty variable in the environment does not override the file.
	const docker = "endpoint: unix:///var/run/docker.sock"
	if !bytes.Contains(core, []byte(docker)) {
		return fmt.Errorf("core.yaml in %s is not of the expected version: it has no %q", n.state.Tools.Config, docker)
	}
	core = bytes.Replace(core, []byte(docker), []byte("endpoint:"), 1)
	if err := os.WriteFile(n.path("config", "core.yaml"), core, 0o644); err != nil {
		return err
	}
	bin := n.path("builder", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"detect", "build", "release"} {
		raw, err := files.ReadFile("builder/" + name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(bin, name), raw, 0o755); err != nil {
			return err
		}
	}
	n.state.PackageID, err = n.pack(n.state.Version)
	return err
}

func (n *Network) packageFile(version int) string {
	return n.path("config", fmt.Sprintf("chaincode-%d.tgz", version))
}

// pack writes the package of a version of the chaincode and returns its id. It
// holds no code: which organisation runs what, and where, is the organisation's own
// affair; the builder adds the address. The bytes are always the same, so that all
// organisations get the same id.
func (n *Network) pack(version int) (id string, err error) {
	label := fmt.Sprintf("%s_%d", chaincode, version)
	code, err := archive("README", []byte("Each organisation runs its own chaincode process.\n"))
	if err != nil {
		return "", err
	}
	pkg, err := archive("metadata.json", []byte(`{"type":"ccaas","label":"`+label+`"}`), "code.tar.gz", code)
	if err != nil {
		return "", err
	}
	hash := sha256.Sum256(pkg)
	return label + ":" + hex.EncodeToString(hash[:]), os.WriteFile(n.packageFile(version), pkg, 0o644)
}

// archive makes a gzipped tar of pairs of a name and bytes.
func archive(pairs ...any) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	t := tar.NewWriter(z)
	for i := 0; i < len(pairs); i += 2 {
		content := pairs[i+1].([]byte)
		if err := t.WriteHeader(&tar.Header{Name: pairs[i].(string), Mode: 0o644, Size: int64(len(content))}); err != nil {
			return nil, err
		}
		if _, err := t.Write(content); err != nil {
			return nil, err
		}
	}
	err := errors.Join(t.Close(), z.Close())
	return b.Bytes(), err
}

// joinOrderers has every orderer take part in the channel and returns when there
// is a leader: a channel without one answers that it is unavailable.
func (n *Network) joinOrderers(ctx context.Context, _ Config) error {
	admin := filepath.Join(n.ordererDir(), "users", "Admin@"+domain, "tls")
	for _, e := range n.orderers() {
		out, err := output(exec.CommandContext(ctx, n.state.Tools.command("osnadmin"), "channel", "join",
			"--channelID", channel, "--config-block", n.path(blockFile), "-o", e.at(adminPort),
			"--ca-file", e.TLSCA(), "--client-cert", filepath.Join(admin, "client.crt"), "--client-key", filepath.Join(admin, "client.key")))
		if err != nil {
			return err
		}
		if !bytes.Contains(out, []byte("Status: 201")) { // osnadmin ends with 0 all the same
			return fmt.Errorf("%s does not join the channel: %s", e.Name, out)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	return n.awaitLeader(ctx)
}

// joinPeers has every peer take part in the channel.
func (n *Network) joinPeers(ctx context.Context, _ Config) error {
	return n.each(ctx, func(ctx context.Context, o organisation) error {
		_, err := n.Peer(ctx, o.Name, "channel", "join", "-b", n.path(blockFile))
		return err
	})
}

// peerFlags name every organisation's peer to the peer command.
func (n *Network) peerFlags() []string {
	var flags []string
	for _, o := range n.organisations() {
		flags = append(flags, "--peerAddresses", o.Peer.Address(), "--tlsRootCertFiles", o.Peer.TLSCA())
	}
	return flags
}

// each does something for all organisations at once.
func (n *Network) each(ctx context.Context, do func(context.Context, organisation) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, o := range n.organisations() {
		g.Go(func() error { return do(ctx, o) })
	}
	return g.Wait()
}

// Peer runs Fabric's peer command as the administrator of an organisation, with
// that organisation's peer, and returns what it printed.
func (n *Network) Peer(ctx context.Context, org string, args ...string) ([]byte, error) {
	for _, o := range n.organisations() {
		if o.Name != org {
			continue
		}
		cmd := exec.CommandContext(ctx, n.state.Tools.command("peer"), args...)
		cmd.Env = append(baseEnv(),
			"FABRIC_CFG_PATH="+n.path("config"),
			"FABRIC_LOGGING_SPEC=error",
			"CORE_PEER_LOCALMSPID="+o.MSP,
			"CORE_PEER_MSPCONFIGPATH="+filepath.Join(o.userDir("Admin"), "msp"),
			"CORE_PEER_ADDRESS="+o.Peer.Address(),
			"CORE_PEER_TLS_ENABLED=true",
			"CORE_PEER_TLS_ROOTCERT_FILE="+o.Peer.TLSCA(),
		)
		return output(cmd)
	}
	return nil, fmt.Errorf("there is no organisation %q", org)
}

// Invoke submits a transaction to the chaincode with every organisation's
// endorsement and returns once it is committed, which it waits 10 s for. It is for
// trying a network out; nodes use package ledger/fabric.
func (n *Network) Invoke(ctx context.Context, org string, args ...string) error {
	o := n.runningOrderer()
	flags := append([]string{"chaincode", "invoke", "-o", o.Address(), "--tls", "--cafile", o.TLSCA(), "-C", channel, "-n", chaincode,
		"--waitForEvent", "--waitForEventTimeout", "10s", "-c", call(args)}, n.peerFlags()...)
	_, err := n.Peer(ctx, org, flags...)
	return err
}

// runningOrderer is one that a transaction can be sent to: the first that runs.
func (n *Network) runningOrderer() endpoint {
	all := n.orderers()
	for _, e := range all {
		if pid, err := n.pid(e.Name); err == nil && pid != 0 {
			return e
		}
	}
	return all[0]
}

// Query asks the chaincode at an organisation's own peer.
func (n *Network) Query(ctx context.Context, org string, args ...string) (string, error) {
	out, err := n.Peer(ctx, org, "chaincode", "query", "-C", channel, "-n", chaincode, "-c", call(args))
	return strings.TrimSuffix(string(out), "\n"), err
}

// call writes a function and its arguments as the peer command takes them.
func call(args []string) string {
	raw, err := json.Marshal(map[string][]string{"Args": args})
	if err != nil {
		panic(err) // strings cannot fail
	}
	return string(raw)
}
