package embedded_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sogoc/sogoc/ledger/embedded"
)

// TestKeysThatAreNotThere opens a ledger again and again, and looks for keys and
// transactions that are there, were deleted or never were, also before it is known which
// there are.
func TestKeysThatAreNotThere(t *testing.T) {
	f := newFolder(t)
	l := f.open(t)
	if l.MayHave("never") {
		t.Error("a new state may have any key")
	}
	const n = 40
	for i := range n {
		f.must(t, l, "put", fmt.Sprintf("key%d=%d", i, i))
	}
	first := f.sign(t, "bump", "bumped")
	want, err := l.Submit(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	f.must(t, l, "delete", "key0")
	closed(t, l)

	again := func(name string, l *embedded.Ledger) {
		t.Helper()
		for i := range n {
			is := fmt.Sprint(i)
			if i == 0 {
				is = ""
			}
			if e := f.must(t, l, "get", fmt.Sprintf("key%d", i)); string(e.Outcome) != is {
				t.Errorf("%s: key %d is %q", name, i, e.Outcome)
			}
		}
		if e, err := l.Submit(ctx, first); err != nil || e.Index != want.Index {
			t.Errorf("%s: what was recorded as entry %d is answered with %v, %v", name, want.Index, e, err)
		}
		if e := f.must(t, l, "get", "never"); len(e.Outcome) > 0 {
			t.Errorf("%s: what never was is %q", name, e.Outcome)
		}
		f.must(t, l, "put", "new="+name)
		if e := f.must(t, l, "get", "new"); string(e.Outcome) != name {
			t.Errorf("%s: what is new is %q", name, e.Outcome)
		}
	}
	for name, prepare := range map[string]func() error{
		"at once":              func() error { return nil },
		"with a state rebuilt": func() error { return os.RemoveAll(filepath.Join(f.Dir, "state")) },
	} {
		if err := prepare(); err != nil {
			t.Fatal(err)
		}
		l = f.open(t)
		again(name, l)
		l.KeysLearnt()
		if l.MayHave("never") || !l.MayHave("key1") {
			t.Errorf("%s: it does not tell what is there from what is not", name)
		}
		again(name+", once the keys are known", l)
		closed(t, l)
	}
}

// TestClosedWhileKeysAreRead closes ledgers as soon as they are open.
func TestClosedWhileKeysAreRead(t *testing.T) {
	f := newFolder(t)
	want := f.grow(t, 50)
	for range 20 {
		closed(t, f.open(t))
	}
	f.isWhole(t, 50, want)
}
