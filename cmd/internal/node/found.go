package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/cmd/internal/demo"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// genesis reads the register's genesis, or draws one for a new folder. The file
// is written before the keys, and the keys before the ledger, so that a start that
// was cut off is taken up again.
func (n *Node) genesis(dir func(string) string) (ledger.Genesis, error) {
	if err := n.discardHalf(dir); err != nil {
		return ledger.Genesis{}, err
	}
	raw, err := os.ReadFile(dir(genesisFile))
	if err == nil {
		g, err := ledger.ParseGenesis(raw)
		if err != nil {
			return g, err
		}
		n.keys, err = loadKeys(dir(keyDir), g.Origin, false)
		return g, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return ledger.Genesis{}, err
	}
	g := ledger.Genesis{Format: ledger.GenesisFormat, Name: n.Config.Name, Created: ledger.TimeOf(time.Now())}
	rand.Read(g.Nonce[:])
	g.Origin = "sogoc.example/" + hex.EncodeToString(g.Nonce[:8])
	if n.keys, err = loadKeys(dir(keyDir), g.Origin, true); err != nil {
		return g, err
	}
	g.Operator = ledger.AddressOf(&n.keys.operator.PublicKey)
	return g, writeFile(dir(genesisFile), g.Encode(), 0o644)
}

// discardHalf clears a folder whose founding was cut off before the genesis was
// written: it holds keys that never signed anything.
func (n *Node) discardHalf(dir func(string) string) error {
	_, genesisErr := os.Stat(dir(genesisFile))
	_, ledgerErr := os.Stat(dir(ledgerDir))
	if errors.Is(genesisErr, fs.ErrNotExist) && errors.Is(ledgerErr, fs.ErrNotExist) {
		return os.RemoveAll(dir(keyDir))
	}
	return nil
}

// writeFile writes a file whole or not at all.
func writeFile(path string, b []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) // the error above is the one to report
	}
	return err
}

// found makes the operator's organisation the register's first entry, and takes
// the operator's key into custody.
func (n *Node) found(ctx context.Context) error {
	address := ledger.AddressOf(&n.keys.operator.PublicKey)
	if n.Ledger.Size() == 0 {
		admission := trace.Admission{
			Org:    trace.Organisation{ID: ledger.NewID(), Kind: ledger.KindOperator},
			Member: ledger.Enrolment{Member: ledger.NewID(), Key: address, Roles: ledger.Roles},
		}
		admission.Member.Org = admission.Org.ID
		id, err := n.Accounts.Keep("operator", admission.Member.Member, admission.Org.ID, n.keys.operator)
		if err != nil {
			return err
		}
		tx, err := id.Sign(trace.RegistryContract, trace.ActionFound, trace.DirectorySummary(trace.ActionFound, 1),
			[]ledger.Item{ledger.NewItem(trace.Encode(admission))})
		if err != nil {
			return err
		}
		if _, err := n.Ledger.Submit(ctx, tx); err != nil {
			return err
		}
		token, err := n.Accounts.NewToken(address)
		if err != nil {
			return err
		}
		if err := n.saveTokens(map[string]string{"operator": token}); err != nil {
			return err
		}
	}
	var err error
	n.Operator, err = n.Accounts.Identity(address)
	return err
}

// tokensFile holds the tokens that this node made itself, for its operator to
// hand out; only its owner reads it.
const tokensFile = "tokens.json"

func (n *Node) saveTokens(tokens map[string]string) error {
	all, err := Tokens(n.Config.Data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if all == nil {
		all = map[string]string{}
	}
	for who, token := range tokens {
		all[who] = token
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(n.Config.Data, tokensFile), append(b, '\n'), 0o600)
}

// Tokens reads the tokens that a node made in its data folder, by whose they are.
func Tokens(data string) (map[string]string, error) {
	b, err := os.ReadFile(filepath.Join(data, tokensFile))
	if err != nil {
		return nil, err
	}
	var all map[string]string
	return all, json.Unmarshal(b, &all)
}

// demoFile marks a register of sample data and lists what is worth opening.
const demoFile = "demo.json"

// Sample is what the sample province has to show.
type Sample struct {
	Done    bool        `json:"done"`
	Events  int         `json:"events"`
	Pages   []demo.Page `json:"pages"`
	Dataset ledger.ID   `json:"dataset"`
}

func (n *Node) sample() bool {
	_, err := os.Stat(filepath.Join(n.Config.Data, demoFile))
	return err == nil || n.Config.Demo
}

// Sample reads what the sample province has to show; ok is false on a register
// that has none.
func (n *Node) Sample() (s Sample, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(n.Config.Data, demoFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	return s, true, json.Unmarshal(b, &s)
}

// ErrNotEmpty says that a register holds somebody's records.
var ErrNotEmpty = errors.New("this register holds records already; the sample province goes into a new folder only")

// ErrHalf says that a sample province was not written to its end.
var ErrHalf = errors.New("the sample province in this folder was cut off; remove the folder and start again")

// Fill writes the sample province into a new register, once.
func (n *Node) Fill(ctx context.Context) error {
	s, ok, err := n.Sample()
	switch {
	case err != nil:
		return err
	case ok && s.Done:
		return nil
	case ok:
		return ErrHalf
	case n.Ledger.Size() > 1:
		return ErrNotEmpty
	}
	if err := n.saveSample(Sample{}); err != nil {
		return err
	}
	r, err := demo.Fill(ctx, demo.Env{
		Register: n.Trust.Register,
		Submit:   n.submit,
		Store:    n.Store,
		Accounts: n.Accounts,
		Operator: n.Operator,
		Capture: func(ctx context.Context, by *account.Identity, document []byte, audience ledger.Audience) error {
			_, err := n.Capture.Document(ctx, by.Sign, document, false, audience)
			return err
		},
		Harvests: n.harvests,
		Now:      time.Now(),
		Progress: n.Config.Progress,
	})
	if err != nil {
		return err
	}
	tokens := map[string]string{}
	for _, t := range r.Tokens {
		tokens[t.Who] = t.Token
	}
	if err := n.saveTokens(tokens); err != nil {
		return err
	}
	return n.saveSample(Sample{Done: true, Events: r.Events, Pages: r.Pages, Dataset: r.Dataset})
}

func (n *Node) saveSample(s Sample) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(n.Config.Data, demoFile), append(b, '\n'), 0o644)
}

// submit waits until what was written can be read.
func (n *Node) submit(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	e, err := n.Ledger.Submit(ctx, tx)
	if err != nil {
		return nil, err
	}
	return e, errors.Join(n.Index.Wait(ctx, e.Index+1), n.Catalog.Wait(ctx, e.Index+1))
}

// harvests adds harvest events up by commune and product.
func (n *Node) harvests(ctx context.Context) ([]demo.HarvestRow, error) {
	all := index.Viewer{Operator: true}
	type key struct {
		commune string
		product trace.ID
	}
	rows, growers := map[key]*demo.HarvestRow{}, map[key]map[ledger.ID]bool{}
	var order []key
	q := index.Query{Types: []trace.EventType{trace.TransformationEvent}, Steps: []string{demo.StepHarvesting}, Oldest: true}
	for token := ""; ; {
		events, next, err := n.Index.Events(ctx, all, q, index.Page{Token: token, Limit: 1000})
		if err != nil {
			return nil, err
		}
		for _, r := range events {
			if r.Voided != nil || r.Fact.Error != nil || r.Fact.ReadPoint == nil {
				continue
			}
			place, err := n.Index.Place(ctx, all, *r.Fact.ReadPoint)
			if err != nil {
				return nil, err
			}
			for _, s := range r.Fact.Outputs {
				if s.Quantity == nil {
					continue
				}
				k := key{place.Commune, s.ID.Product()}
				row := rows[k]
				if row == nil {
					row = &demo.HarvestRow{Commune: k.commune, Product: k.product, Quantity: trace.NewQuantity(0, 0, s.Quantity.Unit())}
					rows[k], growers[k], order = row, map[ledger.ID]bool{}, append(order, k)
				}
				if row.Quantity, err = row.Quantity.Add(*s.Quantity); err != nil {
					return nil, err
				}
				row.Lots++
				growers[k][place.Owner] = true
			}
		}
		if next == "" {
			break
		}
		token = next
	}
	out := make([]demo.HarvestRow, len(order))
	for i, k := range order {
		out[i] = *rows[k]
		out[i].Growers = len(growers[k])
	}
	return out, nil
}
