package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

var position = Position{Blocks: 3, Size: 9, Hash: ledger.Hash{0xab, 2}, Store: [16]byte{7}, At: 42, Looked: 1_700_000_000_000}

// sample is a backup of one record of each kind.
func sample(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, Header{Genesis: []byte("g"), Trust: []byte("t"), Since: &position, Made: 5, Version: "v"})
	if err != nil {
		t.Fatal(err)
	}
	key := [32]byte{9}
	large := bytes.Repeat([]byte("x"), chunk+1)
	to, err := Trailer{}, errors.Join(
		w.File(File{"demo.json", []byte("{}")}),
		w.Account(Account{Key: []byte("k"), Value: []byte("value"), Ends: 8}),
		w.Copied(Copied{Name: "uploads/a", Size: 3, Changed: 7}, strings.NewReader("abc")),
		w.Copied(Copied{Name: "uploads/b", Size: 4, Changed: 8, Kept: true}, nil),
		w.Tombstone(Tombstone{CID: "erased", At: 11, Reason: "requested"}),
		w.Payload("empty", 0, nil, strings.NewReader("")),
		w.Payload("large", int64(len(large)), &key, bytes.NewReader(large)),
		w.Block(Block("block")),
	)
	if err != nil {
		t.Fatal(err)
	}
	if to, err = w.Close(position, []byte("checkpoint")); err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Files: 1, Accounts: 1, Tombstones: 1, Payloads: 2, Bytes: chunk + 1, Copies: 2, Blocks: 1}); to.Counts != want {
		t.Errorf("counted %+v, want %+v", to.Counts, want)
	}
	return b.Bytes()
}

// read reads a backup to its end, and gives its records as text.
func read(b []byte) (*Reader, []string, error) {
	r, err := NewReader(bytes.NewReader(b))
	var list []string
	for err == nil {
		var item any
		item, err = r.Next()
		switch item := item.(type) {
		case nil:
		case *Payload:
			var all []byte
			if all, err = io.ReadAll(item); err == nil {
				list = append(list, fmt.Sprintf("payload %s, %d bytes, sealed %v", item.CID, len(all), item.Key != nil))
			}
		case *Copy:
			var all []byte
			if all, err = io.ReadAll(item); err == nil {
				list = append(list, fmt.Sprintf("copy %s of %d, %q, %s", item.Name, item.Size, all, item.Changed))
			}
		default:
			list = append(list, fmt.Sprintf("%T %s", item, item))
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return r, list, err
}

func TestRoundTrip(t *testing.T) {
	b := sample(t)
	r, list, err := read(b)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"backup.File {demo.json {}}", "backup.Account {k value %!s(uint64=8)}",
		`copy uploads/a of 3, "abc", 1970-01-01T00:00:00.007Z`, `copy uploads/b of 4, "", 1970-01-01T00:00:00.008Z`, "backup.Tombstone {erased 1970-01-01T00:00:00.011Z requested}",
		"payload empty, 0 bytes, sealed false", "payload large, 1048577 bytes, sealed true", "backup.Block block",
	}
	if !slices.Equal(list, want) {
		t.Errorf("%q, want %q", list, want)
	}
	if r.Header.Since == nil || *r.Header.Since != position || r.Trailer.To != position || string(r.Trailer.Checkpoint) != "checkpoint" {
		t.Errorf("%+v, %+v", r.Header, r.Trailer)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
	trailer, err := ReadTrailer(bytes.NewReader(b))
	if err != nil || !reflect.DeepEqual(trailer, r.Trailer) {
		t.Errorf("from the end: %+v, %v", trailer, err)
	}
	// Payloads that nobody reads are passed over, and checked all the same.
	skip, err := NewReader(bytes.NewReader(b))
	for err == nil {
		_, err = skip.Next()
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("passing over: %v", err)
	}
}

// TestDamage cuts a backup at every place near a frame, and changes bytes all over.
func TestDamage(t *testing.T) {
	b := sample(t)
	for i := 0; i < len(b); i++ {
		if i > 700 && i < len(b)-700 {
			i += 9973
			if i >= len(b) {
				break
			}
		}
		if _, _, err := read(b[:i]); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("cut at %d: %v", i, err)
		}
		changed := bytes.Clone(b)
		changed[i] ^= 0x40
		if _, _, err := read(changed); ledger.CodeOf(err) != ledger.Invalid {
			t.Fatalf("changed at %d: %v", i, err)
		}
	}
	if _, _, err := read(append(bytes.Clone(b), 0)); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("with something behind: %v", err)
	}
	if _, err := ReadTrailer(bytes.NewReader(b[:len(b)-1])); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("the end of one that was cut: %v", err)
	}
}

// TestOrder: frames come in their order, also where the hash is right.
func TestOrder(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, Header{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Block(Block("b")); err != nil {
		t.Fatal(err)
	}
	if err := w.File(File{Name: "late"}); ledger.CodeOf(err) != ledger.Internal {
		t.Errorf("a file behind blocks is written: %v", err)
	}
	if err := w.Payload("short", 5, nil, strings.NewReader("abc")); err == nil {
		t.Error("a payload behind blocks is written")
	}
	frame := func(kind byte, body string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body))), body...)
	}
	for name, frames := range map[string][][]byte{
		"files behind blocks":      {frame('b', "b"), frame('f', "\x00\x01x")},
		"bytes of no payload":      {frame('d', "x")},
		"a payload without any":    {frame('p', "\x00\x00\x00\x00\x00\x00\x00\x05\x00cid"), frame('b', "b")},
		"a file without its bytes": {frame('c', "\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x05\x00x"), frame('b', "b")},
		"a file that is cut short": {frame('c', "\x00\x00")},
		"more than the payload":    {frame('p', "\x00\x00\x00\x00\x00\x00\x00\x01\x00cid"), frame('d', "xy")},
		"a kind that is unknown":   {frame('z', "x")},
		"a second header":          {frame('H', "{}"), frame('b', "b"), frame('H', "{}")},
	} {
		all := slices.Concat([]byte(magic), frame('H', "{}"), slices.Concat(frames...), frame('E', "{}"))
		sum := sha256.Sum256(all)
		all = binary.BigEndian.AppendUint32(append(all, sum[:]...), headSize+2)
		if _, _, err := read(all); ledger.CodeOf(err) != ledger.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPosition(t *testing.T) {
	got, err := ParsePosition(position.String())
	if err != nil || got != position {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "1.2.3.4.5", "1.2.3.4.5.6", position.String() + " ", "0" + position.String(), strings.ToUpper(position.String())} {
		if p, err := ParsePosition(s); err == nil {
			t.Errorf("%q is %v", s, p)
		}
	}
}

func FuzzReader(f *testing.F) {
	b := sample(f)
	f.Add(b[:600])
	f.Add(append(bytes.Clone(b[:600]), b[len(b)-600:]...))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, _, err := read(b); err != nil && ledger.CodeOf(err) != ledger.Invalid {
			t.Error(err)
		}
		ReadTrailer(bytes.NewReader(b)) // does not panic
	})
}

func FuzzPosition(f *testing.F) {
	f.Add(position.String())
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParsePosition(s); err == nil && p.String() != s {
			t.Errorf("%q is %v", s, p)
		}
	})
}
