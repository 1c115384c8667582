package content

import (
	"context"
	"io"

	chunk "github.com/ipfs/boxo/chunker"
	"github.com/ipfs/boxo/ipld/merkledag"
	"github.com/ipfs/boxo/ipld/unixfs"
	"github.com/ipfs/boxo/ipld/unixfs/importer/balanced"
	"github.com/ipfs/boxo/ipld/unixfs/importer/helpers"
	"github.com/ipfs/go-cid"
	ipld "github.com/ipfs/go-ipld-format"
	"github.com/multiformats/go-multihash"

	"github.com/sogoc/sogoc/ledger"
)

// Import cuts what r yields into blocks, hands each to sink, children before
// their parent and the root last, and returns the root. It holds one path of the
// tree in memory. A source that ends with another error than io.EOF, as a body cut
// short does, is an error. sink may keep the bytes; the same block can come twice.
func Import(r io.Reader, sink func(c cid.Cid, block []byte) error) (cid.Cid, error) {
	params := helpers.DagBuilderParams{
		Maxlinks:   MaxLinks,
		RawLeaves:  true,
		CidBuilder: cid.V1Builder{Codec: cid.DagProtobuf, MhType: multihash.SHA2_256},
		Dagserv:    blockSink{sink: sink},
	}
	builder, err := params.New(chunk.NewSizeSplitter(wholeReader{r}, ChunkSize))
	if err != nil {
		return cid.Undef, err
	}
	root, err := balanced.Layout(builder)
	if err != nil {
		return cid.Undef, err
	}
	return root.Cid(), nil
}

// Sum returns the CID of what r yields.
func Sum(r io.Reader) (cid.Cid, error) {
	return Import(r, func(cid.Cid, []byte) error { return nil })
}

// blockSink is as much of a DAGService as the importer uses.
type blockSink struct {
	ipld.DAGService
	sink func(cid.Cid, []byte) error
}

func (s blockSink) Add(_ context.Context, n ipld.Node) error { return s.sink(n.Cid(), n.RawData()) }

// Link is an edge of a payload's tree.
type Link struct {
	CID  cid.Cid
	Size int64 // of the part of the payload below it
}

// Links decodes a block of a payload's tree; a leaf has none.
func Links(c cid.Cid, block []byte) ([]Link, error) {
	if c.Type() == cid.Raw {
		return nil, nil
	}
	node, err := merkledag.DecodeProtobuf(block)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the block is not a dag-pb node")
	}
	file, err := unixfs.FSNodeFromBytes(node.Data())
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the block is not a UnixFS node")
	}
	children := node.Links()
	if file.Type() != unixfs.TFile || file.NumChildren() != len(children) || len(children) == 0 || len(file.Data()) > 0 {
		return nil, ledger.Errorf(ledger.Invalid, "the block is not an inner node of a file")
	}
	links := make([]Link, len(children))
	for i, l := range children {
		size := file.BlockSize(i)
		if err := Check(l.Cid); err != nil {
			return nil, err
		}
		if size == 0 || size > 1<<50 {
			return nil, ledger.Errorf(ledger.Invalid, "the block gives a child an impossible size")
		}
		links[i] = Link{CID: l.Cid, Size: int64(size)}
	}
	return links, nil
}
