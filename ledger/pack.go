package ledger

import (
	"slices"

	"github.com/golang/snappy"
)

// MaxUnpacked is how many bytes may be packed into one message.
const MaxUnpacked = 64 << 20

// Pack makes bytes that repeat themselves shorter, as items of one transaction do: a
// block of the Snappy format, without frames. Endorsers compare what each of them
// packed, so the same bytes are packed alike by all builds of a version of ours.
func Pack(b []byte) []byte { return snappy.Encode(nil, b) }

// AppendPacked appends what Pack makes of b.
func AppendPacked(to, b []byte) []byte {
	to = slices.Grow(to, snappy.MaxEncodedLen(len(b)))
	packed := snappy.Encode(to[len(to):cap(to)], b)
	return to[:len(to)+len(packed)]
}

// UnpackedLen is how many bytes Unpack gives, by what is packed itself.
func UnpackedLen(b []byte) (int, error) {
	n, err := snappy.DecodedLen(b)
	if err != nil {
		return 0, Wrap(err, Invalid, "what is packed cannot be read")
	}
	if n > MaxUnpacked {
		return 0, Errorf(TooLarge, "what is packed has more than %d bytes", MaxUnpacked)
	}
	return n, nil
}

// Unpack reads what Pack wrote, also where somebody else packed it in another way.
func Unpack(b []byte) ([]byte, error) {
	if _, err := UnpackedLen(b); err != nil {
		return nil, err
	}
	b, err := snappy.Decode(nil, b)
	if err != nil {
		return nil, Wrap(err, Invalid, "what is packed cannot be read")
	}
	return b, nil
}
