package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"

	"github.com/sogoc/sogoc/ledger"
)

type plotOf struct {
	Code string  `parquet:"code"`
	Ha   float64 `parquet:"ha"`
}

type farm struct {
	Name  string    `parquet:"ten"`
	N     *int32    `parquet:"so,optional"`
	Big   uint64    `parquet:"lon"`
	Day   int32     `parquet:"ngay,date"`
	At    time.Time `parquet:"luc,timestamp(microsecond)"`
	Price int64     `parquet:"gia,decimal(2:18)"`
	Fixed [5]byte   `parquet:"phi,decimal(3:10)"`
	OK    bool      `parquet:"dat"`
	Tags  []string  `parquet:"giong,list"`
	Plots []plotOf  `parquet:"thua"`
	Raw   []byte    `parquet:"anh"`
}

func farms(t testing.TB, codec compress.Codec, rows int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[farm](&b, parquet.Compression(codec), parquet.MaxRowsPerRowGroup(100), parquet.PageBufferSize(4096))
	for i := range rows {
		n := int32(-i)
		f := farm{
			Name: "Vườn Năm", N: &n, Big: 1<<63 + 5, Day: 20089, At: time.Date(2025, 1, 2, 3, 4, 5, 678e6, time.UTC), Price: -5, Fixed: [5]byte{0xff, 0xff, 0xff, 0xff, 0xfe},
			OK: i%2 == 0, Tags: []string{"cam", "xoài"}, Plots: []plotOf{{"A", 1.5}, {"B", 0.25}}, Raw: []byte("x"),
		}
		if i%2 == 1 {
			f.N, f.Tags, f.Plots = nil, nil, nil
		}
		if _, err := w.Write([]farm{f}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParquet(t *testing.T) {
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Zstd} {
		f := open(t, "a.parquet", string(farms(t, codec, 250)))
		if f.Format != Parquet || f.Tables() != 1 {
			t.Fatalf("%s: is %s", codec, f.Format)
		}
		r, err := f.Rows(0)
		if err != nil {
			t.Fatal(err)
		}
		rows, _, err := all(r)
		if err != nil {
			t.Fatalf("%s: %v", codec, err)
		}
		if got := strings.Join(r.Fields(), "|"); got != "ten|so|lon|ngay|luc|gia|phi|dat|giong[]|thua.code[]|thua.ha[]|anh" {
			t.Errorf("%s: fields %s", codec, got)
		}
		want := []string{
			`["Vườn Năm" "0" "9223372036854775813" "2025-01-01" "2025-01-02T03:04:05" "-0.05" "-0.002" "true" "cam; xoài" "A; B" "1.5; 0.25" "x"]`,
			`["Vườn Năm" "" "9223372036854775813" "2025-01-01" "2025-01-02T03:04:05" "-0.05" "-0.002" "false" "" "" "" "x"]`,
		}
		if len(rows) != 250 || fmt.Sprintf("%q", rows[0]) != want[0] || fmt.Sprintf("%q", rows[249]) != want[1] || f.Attached {
			t.Errorf("%s: %d rows\n%q\n%q", codec, len(rows), rows[0], rows[len(rows)-1])
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestUUID(t *testing.T) {
	var b bytes.Buffer
	w := parquet.NewWriter(&b, parquet.NewSchema("x", parquet.Group{"id": parquet.UUID()}))
	value := parquet.FixedLenByteArrayValue([]byte("\x01\x02\x03\x00abcdefghijk\xff")).Level(0, 0, 0)
	if _, err := w.WriteRows([]parquet.Row{{value}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := open(t, "a.parquet", b.String()).Rows(0)
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := all(r); err != nil || rows[0][0] != "01020300-6162-6364-6566-6768696a6bff" {
		t.Errorf("%q, %v", rows, err)
	}
}

func TestBytesThatAreNoText(t *testing.T) {
	var b bytes.Buffer
	w := parquet.NewGenericWriter[plotOf](&b)
	if _, err := w.Write([]plotOf{{Code: "\x00\x01"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := open(t, "a.parquet", b.String())
	r, err := f.Rows(0)
	if err != nil {
		t.Fatal(err)
	}
	if rows, _, err := all(r); err != nil || rows[0][0] != "(?)" || !f.Attached {
		t.Errorf("%q, %v, and it is said: %t", rows, err, f.Attached)
	}
}

func TestBrokenParquet(t *testing.T) {
	whole := farms(t, &parquet.Zstd, 10)
	long := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(long[len(long)-8:], 1<<31)
	secret := append(bytes.Clone(whole[:len(whole)-4]), "PARE"...)
	for _, c := range []struct {
		name string
		text []byte
		code ledger.Code
		want Unreadable
	}{
		{"half of it", whole[:len(whole)/2], ledger.Invalid, Unreadable{"parquet", 0}},
		{"nearly nothing", []byte("PAR1"), ledger.Invalid, Unreadable{"parquet", 0}},
		{"a footer of two gigabytes", long, ledger.TooLarge, Unreadable{"footer", 0}},
		{"an encrypted one", secret, ledger.Invalid, Unreadable{"encrypted", 0}},
		{"another compression", farms(t, &parquet.Brotli, 10), ledger.Invalid, Unreadable{"codec", 0}},
	} {
		_, err := Open(bytes.NewReader(c.text), int64(len(c.text)), "a.parquet")
		var got *Unreadable
		if !errors.As(err, &got) || *got != c.want || ledger.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	for _, codec := range []compress.Codec{&parquet.Snappy, &parquet.Gzip, &parquet.Zstd} {
		page, err := codec.Encode(nil, make([]byte, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		for size, want := range map[int32]error{1 << 20: nil, 1<<20 - 1: errPages, 10: errPages} {
			h := format.PageHeader{UncompressedPageSize: size}
			if got := checkPage(bytes.NewReader(page), codec.CompressionCodec(), &h); got != want {
				t.Errorf("%s: a page that says %d: %v", codec, size, got)
			}
		}
	}
}

// TestThrift: no list is longer than what is there, and nothing is deeper than it may be.
func TestThrift(t *testing.T) {
	for name, b := range map[string]struct {
		b  []byte
		ok bool
	}{
		"nothing":                       {[]byte{}, false},
		"an empty struct":               {[]byte{0}, true},
		"numbers and a text":            {[]byte{0x15, 2, 0x18, 1, 'x', 0x11, 0}, true},
		"a text that ends":              {[]byte{0x18, 5, 'x', 0}, false},
		"a list of a billion":           {[]byte{0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0}, false},
		"a list of two structs":         {[]byte{0x19, 0x2c, 0, 0, 0}, true},
		"a list of nothing":             {[]byte{0x19, 0x20, 0, 0, 0}, false},
		"a map of a billion":            {[]byte{0x1b, 0xff, 0xff, 0xff, 0xff, 0x07, 0x88, 0}, false},
		"a number that does not end":    {bytes.Repeat([]byte{0x15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 2), false},
		"a thousand in one another":     {append(bytes.Repeat([]byte{0x1c}, 1000), make([]byte, 1001)...), false},
		"a thousand lists in another":   {append(append([]byte{0x19}, bytes.Repeat([]byte{0x19}, 1000)...), 0), false},
		"sixty in one another":          {append(bytes.Repeat([]byte{0x1c}, 60), make([]byte, 61)...), true},
		"a kind that nobody knows":      {[]byte{0x1e, 0}, false},
		"a struct that has no last":     {[]byte{0x15, 2}, false},
		"half a million empty structs":  {append(append([]byte{0x19, 0xfc, 0xa0, 0xc2, 0x1e}, make([]byte, 500_000)...), 0), false},
		"a thousand and 24 empty in it": {append(append([]byte{0x19, 0xfc, 0x80, 0x08}, make([]byte, 1024)...), 0), true},
	} {
		c := compact{b: b.b}
		if ok := c.structure(1); ok != b.ok {
			t.Errorf("%s is sound: %t", name, ok)
		}
	}
}

// FuzzParquet: a file that somebody broke is read or refused.
func FuzzParquet(f *testing.F) {
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Zstd} {
		f.Add(farms(f, codec, 3))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := Open(bytes.NewReader(b), int64(len(b)), "a.parquet")
		if err == nil && file.Tables() > 0 {
			var r Rows
			if r, err = file.Rows(0); err == nil {
				_, _, err = all(r)
				r.Close()
			}
		}
		if err != nil && ledger.CodeOf(err) != ledger.Invalid && ledger.CodeOf(err) != ledger.TooLarge {
			t.Fatal(err)
		}
	})
}
