package disk

import (
	"errors"
	"io/fs"
	"iter"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
)

func pairs(list ...string) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for i := 0; i < len(list); i += 2 {
			if !yield([]byte(list[i]), []byte(list[i+1])) {
				return
			}
		}
	}
}

func TestDifferences(t *testing.T) {
	for _, c := range []struct{ have, want, told []string }{
		{nil, nil, nil},
		{[]string{"a", "1"}, []string{"a", "1"}, nil},
		{[]string{"a", "2"}, []string{"a", "1"}, []string{"a has another value"}},
		{nil, []string{"a", "1", "b", "2"}, []string{"a is missing", "b is missing"}},
		{[]string{"a", "1", "b", "2"}, nil, []string{"a does not belong here", "b does not belong here"}},
		{[]string{"a", "1", "c", "3"}, []string{"b", "2", "c", "3", "d", "4"}, []string{"a does not belong here", "b is missing", "d is missing"}},
	} {
		var told []string
		Differences(pairs(c.have...), pairs(c.want...), func(key []byte, d Difference) { told = append(told, string(key)+" "+string(d)) })
		if !slices.Equal(told, c.told) {
			t.Errorf("%q against %q: %q, want %q", c.have, c.want, told, c.told)
		}
	}
}

func TestOpenToRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	o := Options(dir, slog.New(slog.DiscardHandler))
	if _, err := OpenToRead(o); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there: %v", err)
	}
	db, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Put([]byte("a"), []byte("1")); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenToRead(o); !errors.Is(err, ErrInUse) {
		t.Errorf("one that is open: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Compact(o, true); err != nil {
		t.Fatal(err)
	}
	if db, err = OpenToRead(o); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Put([]byte("b"), nil); err == nil {
		t.Error("it is written to")
	}
	all, n := db.Pairs(), 0
	for k, v := range all.All() {
		if n++; string(k) != "a" || string(v) != "1" {
			t.Errorf("%s: %s", k, v)
		}
	}
	if n != 1 || all.Err() != nil {
		t.Errorf("%d pairs, %v", n, all.Err())
	}
}
