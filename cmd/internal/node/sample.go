package node

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/cmd/internal/demo"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/index"
)

// demoFile marks a register of sample data and lists what is worth opening.
const demoFile = "demo.json"

// Sample is what the sample province has to show.
type Sample struct {
	Done    bool        `json:"done"`
	Events  int         `json:"events"`
	Pages   []demo.Page `json:"pages"`
	Dataset ledger.ID   `json:"dataset"`
}

// sample reports whether the register holds sample data: written here, or by the
// operator's node, whose list of administrative units then says so.
func (n *Node) sample() bool {
	if n.Config.Demo || exists(n.path(demoFile)) {
		return true
	}
	ctx := context.Background()
	list, err := n.Index.List(ctx, trace.ListUnits)
	if err != nil {
		return false // there is none
	}
	raw, err := n.payload(ctx, list.Payload)
	if err != nil {
		return false // it is not here yet
	}
	var units trace.ReferenceList
	return json.Unmarshal(raw, &units) == nil && units.Sample
}

// Sample reads what the sample province has to show; ok is false on a register
// that has none.
func (n *Node) Sample() (s Sample, ok bool, err error) {
	b, err := os.ReadFile(n.path(demoFile))
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

// sampleWriters is how many documents of the sample province are on their way at a
// time on Fabric, where each takes as long as a block.
const sampleWriters = 16

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
	parallel := 1
	if n.channel != nil {
		parallel = sampleWriters
	}
	r, err := demo.Fill(ctx, demo.Env{
		Parallel: parallel,
		Register: n.Trust.Register,
		Submit:   n.submit,
		Store:    n.Store,
		Accounts: n.Accounts,
		Operator: n.Operator,
		Capture: func(ctx context.Context, by *account.Identity, document []byte, audience ledger.Audience) error {
			_, err := n.Capture.Document(ctx, by.Sign, document, false, capture.Terms{Audience: audience})
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
	return writeFile(n.path(demoFile), append(b, '\n'), 0o644)
}

// submit waits until what was written can be read.
func (n *Node) submit(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	e, err := n.Ledger.Submit(ctx, tx)
	if err != nil {
		return nil, err
	}
	return e, n.readable(ctx, e.Index+1)
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
