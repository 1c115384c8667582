package network

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Renew gives every orderer, peer and user a certificate that is valid from now on,
// for as long as the one before was, and starts the processes again one after the
// other. Keys stay as they are: by its key the other orderers know an orderer,
// whatever its certificate, so that the channel's configuration need not change.
// Nodes use the new certificate once they are started again.
//
// SmartBFT's orderers are left out: the configuration names their very certificates.
func (n *Network) Renew(ctx context.Context, progress Progress) error {
	if !n.state.Ready {
		return n.notReady()
	}
	var roots []string
	if n.state.Orderers != BFT4 {
		roots = append(roots, n.ordererDir())
	}
	for _, o := range n.organisations() {
		roots = append(roots, o.dir)
	}
	for _, root := range roots {
		if err := renewAll(root, time.Now()); err != nil {
			return err
		}
	}
	all := n.processes()
	for i, p := range all {
		progress.step(p.name, i, len(all))
		if err := n.Stop(ctx, p.name); err != nil {
			return err
		}
		if err := n.Start(ctx); err != nil { // and waits until it could be spared again
			return err
		}
	}
	progress.step("certificates", len(all), len(all))
	return nil
}

// authority is who signs certificates.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// renewAll renews what the two authorities in a member's folder, as cryptogen lays
// it out, have signed.
func renewAll(root string, now time.Time) error {
	var authorities []authority
	for _, dir := range []string{"ca", "tlsca"} {
		a, err := readAuthority(filepath.Join(root, dir))
		if err != nil {
			return err
		}
		authorities = append(authorities, a)
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(strings.HasSuffix(path, ".pem") || strings.HasSuffix(path, ".crt")) {
			return err
		}
		old, err := readCertificate(path)
		if err != nil || old.IsCA {
			return err
		}
		for _, a := range authorities {
			if old.CheckSignatureFrom(a.cert) == nil {
				return a.renew(old, path, now)
			}
		}
		return fmt.Errorf("%s is of none of the authorities in %s", path, root)
	})
}

func readAuthority(dir string) (a authority, err error) {
	certs, err := filepath.Glob(filepath.Join(dir, "*-cert.pem"))
	if err != nil {
		return a, err
	}
	if len(certs) != 1 {
		return a, fmt.Errorf("%s holds %d certificates, not one", dir, len(certs))
	}
	if a.cert, err = readCertificate(certs[0]); err != nil {
		return a, err
	}
	file := filepath.Join(dir, "priv_sk")
	block, err := readPEM(file)
	if err != nil {
		return a, err
	}
	key, err := x509.ParsePKCS8PrivateKey(block)
	if err != nil {
		return a, fmt.Errorf("%s: %w", file, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return a, fmt.Errorf("%s holds no key that signs", file)
	}
	a.key = signer
	return a, nil
}

// renew writes a certificate anew that differs in its number and its time alone.
func (a authority) renew(old *x509.Certificate, file string, now time.Time) error {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	fresh := *old
	fresh.SerialNumber = number
	fresh.NotBefore = now.Add(-5 * time.Minute) // others' clocks may be behind
	if fresh.NotBefore.Before(a.cert.NotBefore) {
		fresh.NotBefore = a.cert.NotBefore
	}
	fresh.NotAfter = fresh.NotBefore.Add(old.NotAfter.Sub(old.NotBefore))
	if fresh.NotAfter.After(a.cert.NotAfter) {
		fresh.NotAfter = a.cert.NotAfter
	}
	raw, err := x509.CreateCertificate(rand.Reader, &fresh, a.cert, old.PublicKey, a.key)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return replaceFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

// replaceFile puts the whole of a file in the place of another.
func replaceFile(file string, content []byte) error {
	if err := os.WriteFile(file+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func readCertificate(file string) (*x509.Certificate, error) {
	block, err := readPEM(file)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(block)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return cert, nil
}

func readPEM(file string) ([]byte, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("%s: %w", file, errors.New("is no PEM file"))
	}
	return block.Bytes, nil
}
