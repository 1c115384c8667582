package demo

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
)

// Env is the node that the province is written into.
type Env struct {
	Register ledger.Hash
	Submit   func(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error)
	Store    content.Store
	Accounts *account.Store
	Operator *account.Identity // founded already, admin of the operator organisation

	// Capture records an EPCIS 2.0 JSON-LD document. It is called for Parallel
	// documents at a time, one when it is 0.
	Parallel int
	Capture  func(ctx context.Context, by *account.Identity, document []byte, audience ledger.Audience) error
	// Harvests adds up what was captured so far: transformations whose step is
	// StepHarvesting, those declared wrong left out, by the commune of their place
	// and the product of their outputs.
	Harvests func(ctx context.Context) ([]HarvestRow, error)

	Now      time.Time                          // every event lies before it
	Progress func(step string, done, total int) // may be nil
}

// HarvestRow is how much of a product a commune harvested.
type HarvestRow struct {
	Commune  string // code in the list of administrative units
	Product  trace.ID
	Quantity trace.Quantity
	Lots     int
	Growers  int // organisations that harvested
}

// Result is what is worth opening.
type Result struct {
	Pages   []Page
	Tokens  []Token
	Dataset ledger.ID
	Events  int // written, error declarations included
}

// Page is an identifier with a page of its own, and why one would look at it.
type Page struct {
	Title string
	ID    trace.ID
	Note  string
}

// Token lets its holder write in the name of a sample organisation.
type Token struct{ Who, Token string }

// Fill writes the province into an empty register. It is called once a register;
// an error names the step that failed and leaves what was written before it.
func Fill(ctx context.Context, env Env) (Result, error) {
	p := &province{Env: env, season: seasonBefore(env.Now), orgs: map[string]*org{}, images: map[string]string{}}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"reference lists", p.publishLists},
		{"organisations", p.admitAll},
		{"prefixes", p.assignPrefixes},
		{"places", p.describePlaces},
		{"products", p.describeProducts},
		{"certificates", p.certifyAll},
		{"events", p.recordSeason},
		{"listed database", p.listAreas},
		{"paid data product", p.sellTemperatures},
		{"first data product", p.publishHarvest}, // the latest, so the first in the catalogue
	} {
		if err := step.do(ctx); err != nil {
			return p.result, fmt.Errorf("sample province: %s: %w", step.name, err)
		}
		p.progress(step.name, 1, 1)
	}
	p.result.Pages = p.pages()
	return p.result, nil
}

// province is the fill at work.
type province struct {
	Env
	season season
	orgs   map[string]*org   // by key
	images map[string]string // CID by name
	size   uint64            // entries known to be on the register
	book   book
	found  finds
	trips  []trip // of the cold truck
	result Result
}

func (p *province) progress(step string, done, total int) {
	if p.Progress != nil {
		p.Progress(step, done, total)
	}
}

// submit signs items and has them ordered.
func (p *province) submit(ctx context.Context, by *account.Identity, contract, action, summary string, items ...any) error {
	salted := make([]ledger.Item, len(items))
	for i, it := range items {
		salted[i] = ledger.NewItem(trace.Encode(it))
	}
	tx, err := by.Sign(contract, action, summary, salted)
	if err != nil {
		return err
	}
	entry, err := p.Submit(ctx, tx)
	if err != nil {
		return fmt.Errorf("%s %s by %s: %w", contract, action, by.Label, err)
	}
	p.size = max(p.size, entry.Index+1)
	return nil
}

// direct submits items of the directory.
func (p *province) direct(ctx context.Context, by *account.Identity, action string, items ...any) error {
	return p.submit(ctx, by, trace.RegistryContract, action, trace.DirectorySummary(action, len(items)), items...)
}

// put stores a payload and returns its CID.
func (p *province) put(ctx context.Context, b []byte, sealed bool) (string, error) {
	ref, err := p.Store.Put(ctx, bytes.NewReader(b), content.Options{Sealed: sealed})
	if err != nil {
		return "", err
	}
	return ref.CID.String(), nil
}

// describe stores a profile.
func (p *province) describe(ctx context.Context, profile trace.Profile, sealed bool) (*trace.Describes, error) {
	cid, err := p.put(ctx, trace.Encode(profile), sealed)
	if err != nil {
		return nil, err
	}
	return &trace.Describes{Payload: cid, Sealed: sealed}, nil
}
