package trace

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"

	"github.com/sogoc/sogoc/ledger"
)

// MaxSerials is how many serials one run has at most.
const MaxSerials = 20_000

// maxSerial is GS1's longest serial, in characters.
const maxSerial = 20

// SerialRun says which serials the pieces of a lot get: numbers that count up, or
// serials that nobody can guess. It always gives the same ones.
type SerialRun struct {
	Count int    `json:"count"`
	First uint64 `json:"first,omitempty"` // of numbers
	Width int    `json:"width,omitempty"` // least digits of a number; zeros lead
	Seed  []byte `json:"seed,omitempty"`  // of serials that cannot be guessed, 32 random bytes; empty for numbers
}

const (
	seedLength   = 32
	secretLength = 9 // characters before the check character: 45 bits
)

// Check refuses a run that cannot be made.
func (r SerialRun) Check() error {
	switch {
	case r.Count < 1 || r.Count > MaxSerials:
		return ledger.FieldErrorf(ledger.Invalid, "count", "is from 1 to %d", MaxSerials)
	case len(r.Seed) != 0 && len(r.Seed) != seedLength:
		return ledger.FieldErrorf(ledger.Invalid, "seed", "is %d bytes", seedLength)
	case len(r.Seed) != 0:
		return nil
	case r.Width < 0 || r.Width > maxSerial:
		return ledger.FieldErrorf(ledger.Invalid, "width", "is from 0 to %d digits", maxSerial)
	case r.First > maxFirst:
		return ledger.FieldErrorf(ledger.Invalid, "first", "is at most %d", uint64(maxFirst))
	}
	return nil
}

// maxFirst leaves room to count up.
const maxFirst = 1_000_000_000_000_000_000

// All yields the serials in their order.
func (r SerialRun) All() iter.Seq[string] {
	return func(yield func(string) bool) {
		if len(r.Seed) == 0 {
			for i := range r.Count {
				if !yield(fmt.Sprintf("%0*d", r.Width, r.First+uint64(i))) {
					return
				}
			}
			return
		}
		given := make(map[string]bool, r.Count)
		for i := uint64(0); len(given) < r.Count; i++ {
			s := secretSerial(r.Seed, i)
			if given[s] {
				continue
			}
			given[s] = true
			if !yield(s) {
				return
			}
		}
	}
}

// Has reports whether a serial is one of the run's.
func (r SerialRun) Has(serial string) bool {
	if len(r.Seed) != 0 {
		if last := len(serial) - 1; last != secretLength || serial[last] != codeAlphabet[luhn32(serial[:last])] {
			return false
		}
		for s := range r.All() {
			if s == serial {
				return true
			}
		}
		return false
	}
	n, err := strconv.ParseUint(serial, 10, 64)
	return err == nil && n >= r.First && n-r.First < uint64(r.Count) && serial == fmt.Sprintf("%0*d", r.Width, n)
}

// secretSerial is a serial of the alphabet of codes with its check character: who
// sees some of a run cannot tell another.
func secretSerial(seed []byte, i uint64) string {
	mac := hmac.New(sha256.New, seed)
	mac.Write(binary.BigEndian.AppendUint64(nil, i))
	bits := binary.BigEndian.Uint64(mac.Sum(nil))
	b := make([]byte, 0, secretLength+1)
	for range secretLength {
		b = append(b, codeAlphabet[bits%32])
		bits /= 32
	}
	return string(append(b, codeAlphabet[luhn32(string(b))]))
}
