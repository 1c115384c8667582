package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// Site is a log behind a URL prefix (C2SP tlog-tiles).
type Site struct {
	URL    string
	Client *http.Client // nil means http.DefaultClient
}

const (
	siteTimeout   = time.Minute // for an answer
	maxCheckpoint = 1 << 20
	maxBundle     = merkle.TileWidth * (2 + merkle.MaxBundled)
)

// Checkpoint implements Source.
func (s Site) Checkpoint(ctx context.Context) ([]byte, error) {
	b, err := s.Get(ctx, "checkpoint", maxCheckpoint)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "there is no log at this address")
	}
	return b, err
}

// Read implements Source. A log may have dropped a part of a tile that is full by now.
func (s Site) Read(ctx context.Context, p merkle.TilePath) ([]byte, error) {
	b, err := s.Get(ctx, p.String(), maxBundle)
	if err == nil || ledger.CodeOf(err) != ledger.NotFound || p.Width == merkle.TileWidth {
		return b, err
	}
	whole := p
	whole.Width = merkle.TileWidth
	full, fullErr := s.Get(ctx, whole.String(), maxBundle)
	if fullErr != nil {
		return nil, err
	}
	if !p.Entries {
		return full[:min(len(full), p.Width*len(ledger.Hash{}))], nil
	}
	entries, err := merkle.CutBundle(full, merkle.TileWidth)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", whole, err)
	}
	var part []byte
	for _, e := range entries[:p.Width] {
		part = merkle.AppendBundled(part, e)
	}
	return part, nil
}

// maxTrust is the most bytes of a trust file.
const maxTrust = 1 << 20

// Trust fetches the trust file that the node itself publishes.
func (s Site) Trust(ctx context.Context) (receipt.Trust, error) {
	b, err := s.Get(ctx, "api/v1/trust", maxTrust)
	if err != nil {
		return receipt.Trust{}, err
	}
	return receipt.ParseTrust(b)
}

// Rotations fetches the receipts of the entries by which, as the node says, other keys
// took the place of those of a trust file. It is Monitor.Rotations.
func (s Site) Rotations(ctx context.Context, t receipt.Trust) (list [][]byte, err error) {
	now, err := s.Trust(ctx)
	if err != nil {
		return nil, err
	}
	keys := slices.Clone(t.Keys)
	for _, f := range now.Former {
		if !slices.Contains(keys, f.Key) || slices.ContainsFunc(t.Former, func(known receipt.Former) bool { return known.Key == f.Key }) {
			continue
		}
		b, err := s.Get(ctx, fmt.Sprintf("api/v1/receipts/%d", f.Until), receipt.MaxSize)
		if err != nil {
			return nil, err
		}
		keys, list = append(keys, f.Next), append(list, b)
	}
	return list, nil
}

// Get fetches what lies at a path below the prefix, up to limit bytes. Its errors are
// Unavailable and NotFound.
func (s Site) Get(ctx context.Context, path string, limit int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, siteTimeout)
	defer cancel()
	address := strings.TrimSuffix(s.URL, "/") + "/" + path
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "there is no such address")
	}
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Unavailable, "the node does not answer")
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case answer.StatusCode == http.StatusNotFound:
		return nil, ledger.Errorf(ledger.NotFound, "%s is not there", path)
	case answer.StatusCode != http.StatusOK:
		return nil, ledger.Errorf(ledger.Unavailable, "the node answers %s for %s", answer.Status, path)
	case err != nil:
		return nil, ledger.Wrap(err, ledger.Unavailable, "the node's answer for "+path+" breaks off")
	case int64(len(b)) > limit:
		return nil, ledger.Wrap(errors.New("too long"), ledger.Unavailable, fmt.Sprintf("the node's answer for %s has more than %d bytes", path, limit))
	}
	return b, nil
}
