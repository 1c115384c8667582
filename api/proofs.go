package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
)

// latest is the size of which proofs are made when none is asked for.
const latest = -1

// addProofs adds the operations that prove what the tree holds, for whoever does not
// want to read tiles.
func (s *server) addProofs(api huma.API) {
	huma.Register(api, huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/proofs/inclusion", OperationID: "proveInclusion",
		Summary: "The RFC 6962 path from a record's leaf to the root at a size, for a record by its position, its transaction or its leaf's hash",
	}, s.proveInclusion)
	huma.Register(api, huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/proofs/consistency", OperationID: "proveConsistency",
		Summary: "The RFC 6962 proof that the register at one size starts with the register at another: nothing was changed or taken away in between",
	}, s.proveConsistency)
}

// InclusionInput says what is to be proved. It is exported because the description of
// operations is made by reflection.
type InclusionInput struct {
	Index       int64  `query:"index" minimum:"-1" default:"-1" doc:"position of the record, from 0"`
	Transaction string `query:"transaction" pattern:"^([0-9a-f]{64})?$" doc:"or its transaction's identifier"`
	Leaf        string `query:"leaf" pattern:"^([0-9a-f]{64})?$" doc:"or its leaf's hash: SHA-256 of a zero byte and the leaf"`
	Size        int64  `query:"size" minimum:"-1" default:"-1" doc:"size of the tree, as a checkpoint says it; -1 is the latest"`
}

type inclusion struct {
	Index uint64        `json:"index"`
	Size  uint64        `json:"size"`
	Leaf  ledger.Hash   `json:"leaf" doc:"the leaf's hash: SHA-256 of a zero byte and the leaf"`
	Path  []ledger.Hash `json:"path" doc:"from the leaf up"`
	Root  ledger.Hash   `json:"root" doc:"where it leads; compare with a signed checkpoint of that size"`
}

func (s *server) proveInclusion(ctx context.Context, in *InclusionInput) (*ownBody[inclusion], error) {
	p, err := s.inclusion(ctx, in)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[inclusion]{p}, nil
}

func (s *server) inclusion(ctx context.Context, in *InclusionInput) (p inclusion, err error) {
	names := 0
	for _, named := range []bool{in.Index >= 0, in.Transaction != "", in.Leaf != ""} {
		if named {
			names++
		}
	}
	if names != 1 {
		return p, ledger.FieldErrorf(ledger.Invalid, "index", "name a record in one way: by its position, its transaction or its leaf's hash")
	}
	p.Size, p.Index = s.sizeOr(in.Size), uint64(in.Index)
	if in.Transaction != "" {
		id, err := ledger.ParseHash(in.Transaction)
		if err != nil {
			return p, ledger.FieldErrorf(ledger.Invalid, "transaction", "%q is not a transaction's identifier", in.Transaction)
		}
		if p.Index, err = s.Ledger.Find(ctx, id); err != nil {
			return p, err
		}
	}
	if in.Leaf != "" {
		leaf, err := ledger.ParseHash(in.Leaf)
		if err != nil {
			return p, ledger.FieldErrorf(ledger.Invalid, "leaf", "%q is not a leaf's hash", in.Leaf)
		}
		if p.Index, err = s.leaves.Find(ctx, leaf, p.Size, s.Ledger.Tile); err != nil {
			return p, err
		}
	}
	if p.Path, err = s.Ledger.Inclusion(ctx, p.Index, p.Size); err != nil {
		return p, err
	}
	tile, err := s.Ledger.Tile(ctx, 0, p.Index/merkle.TileWidth)
	if err != nil {
		return p, err
	}
	at := int(p.Index % merkle.TileWidth * uint64(len(p.Leaf)))
	p.Leaf = ledger.Hash(tile[at : at+len(p.Leaf)])
	p.Root, err = merkle.InclusionRoot(p.Index, p.Size, p.Leaf, p.Path)
	return p, err
}

// ConsistencyInput says what is to be proved. It is exported because the description
// of operations is made by reflection.
type ConsistencyInput struct {
	From int64 `query:"from" required:"true" minimum:"0" doc:"the smaller size"`
	To   int64 `query:"to" minimum:"-1" default:"-1" doc:"the larger size; -1 is the latest"`
}

type consistency struct {
	From     uint64        `json:"from"`
	To       uint64        `json:"to"`
	FromRoot ledger.Hash   `json:"fromRoot"`
	ToRoot   ledger.Hash   `json:"toRoot"`
	Path     []ledger.Hash `json:"path" doc:"empty where one of the sizes is 0 or both are the same"`
}

func (s *server) proveConsistency(ctx context.Context, in *ConsistencyInput) (*ownBody[consistency], error) {
	p, err := s.consistency(ctx, in)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[consistency]{p}, nil
}

func (s *server) consistency(ctx context.Context, in *ConsistencyInput) (p consistency, err error) {
	p.From, p.To = uint64(in.From), s.sizeOr(in.To)
	if p.Path, err = s.Ledger.Consistency(ctx, p.From, p.To); err != nil {
		return p, err
	}
	if p.FromRoot, err = s.Ledger.Root(ctx, p.From); err != nil {
		return p, err
	}
	p.ToRoot, err = s.Ledger.Root(ctx, p.To)
	return p, err
}

func (s *server) sizeOr(size int64) uint64 {
	if size == latest {
		return s.Ledger.Size()
	}
	return uint64(size)
}
