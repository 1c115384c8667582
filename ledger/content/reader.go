package content

import (
	"errors"
	"io"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
)

// NewReader reads a payload of size bytes from its root down. get returns blocks
// that it has verified. The reader holds one chunk and one path of the tree.
func NewReader(root cid.Cid, size int64, get func(cid.Cid) ([]byte, error)) io.ReadSeeker {
	t := &tree{root: root, size: size, get: get}
	return newChunkReader(size, ChunkSize, t.leaf)
}

// tree finds leaves, and remembers the nodes on the way to the last one.
type tree struct {
	root cid.Cid
	size int64
	get  func(cid.Cid) ([]byte, error)
	path []treeNode
}

type treeNode struct {
	cid   cid.Cid
	links []Link
}

// maxDepth is beyond any tree of the profile: 174^7 chunks are 1.2 ZB.
const maxDepth = 7

func (t *tree) leaf(i int64) ([]byte, error) {
	offset := i * ChunkSize
	want := min(ChunkSize, t.size-offset)
	c := t.root
	for depth := 0; c.Type() != cid.Raw; depth++ {
		links, err := t.links(depth, c)
		if err != nil {
			return nil, err
		}
		child := 0
		for child < len(links) && offset >= links[child].Size {
			offset -= links[child].Size
			child++
		}
		if child == len(links) || depth == maxDepth {
			return nil, ledger.Errorf(ledger.Internal, "payload %s is not the tree that it should be", t.root)
		}
		c = links[child].CID
	}
	b, err := t.get(c)
	if err != nil {
		return nil, err
	}
	if offset != 0 || int64(len(b)) != want {
		return nil, ledger.Errorf(ledger.Internal, "payload %s is not cut as it should be", t.root)
	}
	return b, nil
}

func (t *tree) links(depth int, c cid.Cid) ([]Link, error) {
	if depth < len(t.path) && t.path[depth].cid == c {
		return t.path[depth].links, nil
	}
	b, err := t.get(c)
	if err != nil {
		return nil, err
	}
	links, err := Links(c, b)
	if err != nil {
		return nil, err
	}
	t.path = append(t.path[:min(depth, len(t.path))], treeNode{cid: c, links: links})
	return links, nil
}

// chunkReader reads what comes in chunks of one size, but for the last.
type chunkReader struct {
	size, chunk int64
	load        func(i int64) ([]byte, error)
	offset      int64
	loaded      int64 // number of the chunk in buf, or -1
	buf         []byte
}

func newChunkReader(size, chunk int64, load func(int64) ([]byte, error)) *chunkReader {
	return &chunkReader{size: size, chunk: chunk, load: load, loaded: -1}
}

func (r *chunkReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if r.offset >= r.size {
		return 0, io.EOF
	}
	if i := r.offset / r.chunk; i != r.loaded {
		b, err := r.load(i)
		if err != nil {
			return 0, err
		}
		r.loaded, r.buf = i, b
	}
	n := copy(p, r.buf[r.offset-r.loaded*r.chunk:])
	r.offset += int64(n)
	return n, nil
}

func (r *chunkReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.offset
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("content: seek before the start")
	}
	r.offset = offset
	return offset, nil
}

// wholeReader tells a source that broke off from one that ended. io.ReadFull,
// here and in the importer, says io.ErrUnexpectedEOF where a chunk is the last;
// an HTTP body says the same when the sender went away.
type wholeReader struct{ r io.Reader }

func (w wholeReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)) {
		err = ledger.Errorf(ledger.Invalid, "the payload broke off before its end")
	}
	return n, err
}
