package disk

import (
	"github.com/klauspost/compress/s2"

	"github.com/sogoc/sogoc/ledger"
)

// Dictionary makes short values shorter that have much in common with it: a block of
// the S2 format of package github.com/klauspost/compress/s2, with the text as its
// dictionary from the first byte on. What one text packed no other unpacks.
type Dictionary struct{ d *s2.Dict }

// NewDictionary takes a text of 16 bytes to 64 KiB. What is most common comes last.
func NewDictionary(text []byte) Dictionary {
	d := s2.MakeDict(text, nil)
	if d == nil {
		panic("disk: the text is no dictionary")
	}
	return Dictionary{d}
}

// Pack is b made shorter; longer by a few bytes where nothing of it repeats.
func (d Dictionary) Pack(b []byte) []byte { return d.d.Encode(nil, b) }

// Unpack reads what Pack wrote of at most so many bytes, or answers Invalid.
func (d Dictionary) Unpack(packed []byte, most int) ([]byte, error) {
	if n, err := s2.DecodedLen(packed); err != nil || n > most {
		return nil, ledger.Errorf(ledger.Invalid, "what is packed cannot be read, or has more than %d bytes", most)
	}
	b, err := d.d.Decode(nil, packed)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "what is packed cannot be read")
	}
	return b, nil
}
