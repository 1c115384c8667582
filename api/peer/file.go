package peer

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// Format is the only format of a peers file there is.
const Format = "sogoc-peers/1"

// File is a peers file.
type File struct {
	Format string `json:"format"`
	Quorum int    `json:"quorum,omitempty"`
	Nodes  []Peer `json:"nodes"`
	// Witnesses cosign as the nodes do, and are none.
	Witnesses []Witness `json:"witnesses,omitempty"`
}

// Witness cosigns checkpoints (C2SP tlog-witness) of logs of which it holds nothing but
// the last checkpoint.
type Witness struct {
	Name string `json:"name,omitempty"` // for people; the key's where it is left out
	URL  string `json:"url"`            // submission prefix, below which add-checkpoint is
	Key  string `json:"key"`            // verifier key of its cosignatures

	cosigner *merkle.Verifier
}

// Peer is a node in the file.
type Peer struct {
	Name       string `json:"name"` // for people
	URL        string `json:"url"`
	Host       string `json:"host,omitempty"` // member of the channel; empty of a node on a ledger of its own
	Checkpoint string `json:"checkpoint"`     // verifier key of its checkpoints
	Cosigner   string `json:"cosigner"`       // verifier key of its cosignatures
	Key        string `json:"key"`            // of its requests

	checkpoint, cosigner *merkle.Verifier
	key                  ed25519.PublicKey
	authority            string
}

// ParseFile reads a peers file and checks it. Errors are Invalid and name the field.
func ParseFile(b []byte) (File, error) {
	var f File
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, ledger.Wrap(err, ledger.Invalid, "the peers file is not a JSON object of the expected fields")
	}
	if _, err := d.Token(); err != io.EOF {
		return f, ledger.Errorf(ledger.Invalid, "the peers file has more after the object")
	}
	if f.Format != Format {
		return f, ledger.FieldErrorf(ledger.Invalid, "format", "%q is not %s", f.Format, Format)
	}
	cosigners := len(f.Nodes) + len(f.Witnesses)
	if f.Quorum < 0 || f.Quorum > cosigners {
		return f, ledger.FieldErrorf(ledger.Invalid, "quorum", "%d of %d nodes and witnesses is not possible", f.Quorum, cosigners)
	}
	if f.Quorum == 0 {
		f.Quorum = cosigners/2 + 1
	}
	seen := map[string]bool{}
	for i := range f.Nodes {
		n := &f.Nodes[i]
		if err := n.parse(); err != nil {
			return f, ledger.FieldErrorf(ledger.Invalid, fmt.Sprintf("nodes[%d]", i), "%v", err)
		}
		for _, own := range []string{n.Name, n.authority, n.checkpoint.Public(), n.cosigner.Public(), string(n.key)} {
			if seen[own] {
				return f, ledger.FieldErrorf(ledger.Invalid, fmt.Sprintf("nodes[%d]", i), "shares its name, its address or a key with another, or uses a key twice")
			}
			seen[own] = true
		}
		if n.Host == "" && len(f.Nodes) > 1 {
			return f, ledger.FieldErrorf(ledger.Invalid, fmt.Sprintf("nodes[%d]", i), "host: is left out by a node that is the only one alone")
		}
	}
	for i := range f.Witnesses {
		w := &f.Witnesses[i]
		if err := w.parse(); err != nil {
			return f, ledger.FieldErrorf(ledger.Invalid, fmt.Sprintf("witnesses[%d]", i), "%v", err)
		}
		for _, own := range []string{w.Name, w.cosigner.Public()} {
			if seen[own] {
				return f, ledger.FieldErrorf(ledger.Invalid, fmt.Sprintf("witnesses[%d]", i), "shares its name or its key with another")
			}
			seen[own] = true
		}
	}
	return f, nil
}

func (w *Witness) parse() (err error) {
	u, err := url.Parse(w.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("url: %q is not an address like https://witness.example/sogoc", w.URL)
	}
	if w.cosigner, err = merkle.ParseVerifier(w.Key); err != nil || w.cosigner.Algorithm() != merkle.Cosignature {
		return fmt.Errorf("key: %q is not a verifier key of cosignatures", w.Key)
	}
	if strings.TrimSpace(w.Name) == "" {
		w.Name = w.cosigner.Name()
	}
	return nil
}

func (p *Peer) parse() (err error) {
	if strings.TrimSpace(p.Name) == "" {
		return fmt.Errorf("name: is missing")
	}
	if p.authority, err = authorityOf(p.URL); err != nil {
		return err
	}
	if p.Host != "" && !ledger.ValidHost(p.Host) {
		return fmt.Errorf("host: %q does not name a member of a channel", p.Host)
	}
	if p.checkpoint, err = merkle.ParseVerifier(p.Checkpoint); err != nil || p.checkpoint.Algorithm() != merkle.Ed25519 {
		return fmt.Errorf("checkpoint: %q is not a verifier key of checkpoints", p.Checkpoint)
	}
	if p.cosigner, err = merkle.ParseVerifier(p.Cosigner); err != nil || p.cosigner.Algorithm() != merkle.Cosignature {
		return fmt.Errorf("cosigner: %q is not a verifier key of cosignatures", p.Cosigner)
	}
	p.key, err = base64.StdEncoding.Strict().DecodeString(p.Key)
	if err != nil || len(p.key) != ed25519.PublicKeySize {
		return fmt.Errorf("key: %q is not the base64 of an Ed25519 key", p.Key)
	}
	return nil
}

// authorityOf is the @authority (RFC 9421, section 2.2.3) of a node's address: in
// lower case, without the scheme's own port.
func authorityOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("url: %q is not an address like https://so-goc.example.vn", address)
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return "", fmt.Errorf("url: %q is not https, which alone keeps payloads from others on the way", address)
	}
	port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	return strings.TrimSuffix(strings.ToLower(u.Host), port), nil
}

// address is the address of a path at the node.
func (p *Peer) address(path string) string { return strings.TrimSuffix(p.URL, "/") + path }

// Trust is the trust file of the register that the nodes share: every checkpoint key
// signs, every node's cosigner is a witness, and so is every witness that is no node.
func (f File) Trust(register ledger.Hash, origin string) receipt.Trust {
	t := receipt.Trust{Format: receipt.TrustFormat, Register: register, Origin: origin, Quorum: f.Quorum}
	for i := range f.Nodes {
		t.Keys = append(t.Keys, f.Nodes[i].Checkpoint)
		t.Witnesses = append(t.Witnesses, f.Nodes[i].Cosigner)
	}
	for i := range f.Witnesses {
		t.Witnesses = append(t.Witnesses, f.Witnesses[i].Key)
	}
	return t
}
