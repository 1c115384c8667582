package uploads

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t *testing.T, dir string, c *clock) *Store {
	t.Helper()
	s, err := Open(Config{Dir: dir, Now: c.now, MaxBytes: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var org, other = ledger.ID{1}, ledger.ID{2}

// TestResumed: what came before a connection broke, or the node was stopped, counts.
func TestResumed(t *testing.T) {
	dir, c := t.TempDir(), &clock{time.Now()}
	s := open(t, dir, c)
	u, err := s.Begin(org, `C:\data\giá.csv`, 10)
	if err != nil || u.Name != "giá.csv" || u.Whole() {
		t.Fatalf("%+v, %v", u, err)
	}
	broken := errors.New("the connection broke")
	u, err = s.Append(org, u.ID, 0, io.MultiReader(strings.NewReader("0123"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || u.Offset != 4 {
		t.Fatalf("%+v, %v", u, err)
	}
	if _, err := s.Read(org, u.ID); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("half a file is read: %v", err)
	}
	s = open(t, dir, c)
	if u, err = s.Get(org, u.ID); err != nil || u.Offset != 4 || u.Name != "giá.csv" {
		t.Fatalf("%+v, %v", u, err)
	}
	for _, offset := range []int64{0, 3, 5, 10, -1} {
		if _, err := s.Append(org, u.ID, offset, strings.NewReader("x")); ledger.CodeOf(err) != ledger.Conflict {
			t.Errorf("at %d: %v", offset, err)
		}
	}
	if _, err := s.Append(other, u.ID, 4, strings.NewReader("x")); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("another organisation's: %v", err)
	}
	if u, err = s.Append(org, u.ID, 4, strings.NewReader("456789")); err != nil || !u.Whole() {
		t.Fatalf("%+v, %v", u, err)
	}
	f, err := s.Read(org, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := io.ReadAll(f); err != nil || string(b) != "0123456789" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestTooMuch(t *testing.T) {
	s := open(t, t.TempDir(), &clock{time.Now()})
	for name, code := range map[string]ledger.Code{"": ledger.Invalid, "a/": ledger.Invalid, strings.Repeat("a", MaxName+1): ledger.Invalid, "a\x00b": ledger.Invalid, "\xff": ledger.Invalid} {
		if _, err := s.Begin(org, name, 1); ledger.CodeOf(err) != code {
			t.Errorf("%q: %v", name, err)
		}
	}
	for size, code := range map[int64]ledger.Code{-1: ledger.Invalid, MaxBytes + 1: ledger.TooLarge, 1001: ledger.Unavailable} {
		if _, err := s.Begin(org, "a", size); ledger.CodeOf(err) != code {
			t.Errorf("%d: %v", size, err)
		}
	}
	u, err := s.Begin(org, "a", 3)
	if err != nil {
		t.Fatal(err)
	}
	u, err = s.Append(org, u.ID, 0, strings.NewReader("abcd"))
	if ledger.CodeOf(err) != ledger.TooLarge || u.Offset != 3 {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := s.Begin(other, "b", 998); ledger.CodeOf(err) != ledger.Unavailable {
		t.Errorf("more than there is room for: %v", err)
	}
	if err := s.Remove(other, u.ID); err != nil { // not theirs: nothing happens
		t.Error(err)
	}
	if _, err := s.Get(org, u.ID); err != nil {
		t.Error(err)
	}
	if err := s.Remove(org, u.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.Begin(other, "b", 998); err != nil {
		t.Error(err)
	}
}

// TestTime: half a file vanishes before a whole one, and nothing is left on the disk.
func TestTime(t *testing.T) {
	dir, c := t.TempDir(), &clock{time.Now()}
	s := open(t, dir, c)
	half, err := s.Begin(org, "half", 2)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := s.Derive(org, ledger.ID{}, "whole", func(w io.Writer) error { _, err := io.WriteString(w, "ab"); return err })
	if err != nil || !whole.Whole() {
		t.Fatalf("%+v, %v", whole, err)
	}
	c.at = c.at.Add(HalfLife + time.Hour)
	if _, err := s.Begin(other, "another", 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(org, half.ID); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("half a file is there after a week: %v", err)
	}
	if u, err := open(t, dir, c).Get(org, whole.ID); err != nil || u.Size != 2 {
		t.Errorf("%+v, %v", u, err)
	}
	c.at = c.at.Add(WholeLife)
	open(t, dir, c)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// TestCutOff: bytes without a record, and a record without bytes, are nobody's.
func TestCutOff(t *testing.T) {
	dir, c := t.TempDir(), &clock{time.Now()}
	for _, name := range []string{ledger.NewID().String() + bytesEnd, ledger.NewID().String() + aboutEnd, ledger.NewID().String() + nextEnd} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	failed := errors.New("it cannot be written")
	if _, err := open(t, dir, c).Derive(org, ledger.ID{}, "a", func(w io.Writer) error {
		_, err := w.Write(bytes.Repeat([]byte("a"), 100))
		return errors.Join(err, failed)
	}); !errors.Is(err, failed) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
