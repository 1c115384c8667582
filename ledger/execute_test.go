package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// ruled is a contract of one rule.
type ruled func(State, Call) ([]byte, error)

func (ruled) Name() string                                 { return "ruled" }
func (f ruled) Execute(s State, call Call) ([]byte, error) { return f(s, call) }

// reader is a state that can fail.
type reader struct {
	values map[string]string
	broken string // a key
}

var errBroken = errors.New("a broken disk")

func (r reader) Get(key string) ([]byte, error) {
	if key == r.broken {
		return nil, errBroken
	}
	if v, ok := r.values[key]; ok {
		return []byte(v), nil
	}
	return nil, nil
}

func TestExecute(t *testing.T) {
	id, signer, at := TxID{1}, Address{2}, Time(3)
	tx := &Tx{Header: Header{Contract: "ruled", Action: "do", Summary: "it"}, Items: []Item{{Data: []byte("a")}, {Data: []byte("b")}}}
	contracts, err := NewContracts(ruled(func(s State, c Call) ([]byte, error) {
		s.Put("x", []byte("1"))
		if own, _ := s.Get("x"); string(own) != "1" {
			t.Error("it does not read its own writes")
		}
		s.Delete("yy")
		s.Put(RulesKey, []byte("8"))
		return fmt.Appendf(nil, "%v %v %s %s %q %d %d", c.ID == id, c.Signer == signer, c.Action, c.Summary, c.Items, c.Time, c.Rules), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	x, err := contracts.Execute(reader{values: map[string]string{RulesKey: "7"}}, tx, id, signer, at)
	if err != nil {
		t.Fatal(err)
	}
	if want := `true true do it ["a" "b"] 3 7`; string(x.Outcome) != want || x.Rules != 7 {
		t.Errorf("outcome %s under rules %d, want %s", x.Outcome, x.Rules, want)
	}
	if x.Writes.Len() != 3 || x.Bytes != len("x1yyrules8") {
		t.Errorf("%d writes of %d bytes", x.Writes.Len(), x.Bytes)
	}
}

func TestExecuteRefuses(t *testing.T) {
	put := func(keys, key, value int) ruled {
		return func(s State, _ Call) ([]byte, error) {
			for i := range keys {
				s.Put(strings.Repeat("k", key-5)+fmt.Sprintf("%05d", i), make([]byte, value))
			}
			return nil, nil
		}
	}
	own := FieldErrorf(Conflict, "items[0]", "no")
	for name, c := range map[string]struct {
		rule  ruled
		state reader
		want  string // the whole error; empty for none
	}{
		"own":            {func(State, Call) ([]byte, error) { return nil, fmt.Errorf("over: %w", own) }, reader{}, "over: items[0]: no"},
		"other":          {func(State, Call) ([]byte, error) { return nil, errors.New("secret") }, reader{}, "the contract failed: secret"},
		"broken read":    {func(s State, _ Call) ([]byte, error) { return s.Get("x") }, reader{broken: "x"}, "a broken disk"},
		"ignored":        {func(s State, _ Call) ([]byte, error) { s.Get("x"); return nil, nil }, reader{broken: "x"}, "a broken disk"},
		"broken rules":   {nil, reader{broken: RulesKey}, "a broken disk"},
		"no number":      {nil, reader{values: map[string]string{RulesKey: "new"}}, `the rules version is not a number: strconv.ParseUint: parsing "new": invalid syntax`},
		"many keys":      {put(MaxWrites, 5, 1), reader{}, ""},
		"too many keys":  {put(MaxWrites+1, 5, 1), reader{}, "the transaction changes more than 16384 things"},
		"long key":       {put(1, MaxKey, 1), reader{}, ""},
		"too long a key": {put(1, MaxKey+1, 1), reader{}, "the transaction uses a name of more than 1024 bytes"},
		"much":           {put(1, 5, MaxWriteBytes-5), reader{}, ""},
		"too much":       {put(1, 5, MaxWriteBytes-4), reader{}, "the transaction changes more than 4194304 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			contracts := Contracts{"ruled": c.rule}
			_, err := contracts.Execute(c.state, &Tx{Header: Header{Contract: "ruled"}}, TxID{}, Address{}, 0)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	panics := Contracts{"ruled": ruled(func(State, Call) ([]byte, error) { panic("secret") })}
	_, err := panics.Execute(reader{}, &Tx{Header: Header{Contract: "ruled"}}, TxID{}, Address{}, 0)
	var e *Error
	if !errors.As(err, &e) || e.Code != Internal || e.Message != "the contract failed" || !strings.Contains(e.Err.Error(), "secret") {
		t.Errorf("a panic is %v", err)
	}
	_, err = panics.Execute(reader{}, &Tx{Header: Header{Contract: "other"}}, TxID{}, Address{}, 0)
	if !errors.As(err, &e) || e.Code != Invalid || e.Field != "contract" {
		t.Errorf("an unknown contract is %v", err)
	}
}

func TestNewContracts(t *testing.T) {
	for want, list := range map[string][]Contract{"none": nil, "two": {ruled(nil), ruled(nil)}} {
		if _, err := NewContracts(list...); CodeOf(err) != Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestCheckExpiry(t *testing.T) {
	const now = Time(1_780_000_000_000)
	second := uint64(now / 1000)
	week := uint64(MaxExpiry / time.Second)
	for _, c := range []struct {
		expiry uint64
		at     Time
		ok     bool
	}{
		{second, now, true}, {second, now + 1, false}, {second, now - 999, true},
		{second - 1, now, false}, {0, now, false}, {0, 0, true}, {0, -5, true},
		{second + week, now, true}, {second + week + 1, now, false}, {second + week + 1, now + 999, false},
		{second + week + 1, now + 1000, true}, {1<<64 - 1, now, false},
	} {
		h := Header{Expiry: c.expiry}
		if err := h.CheckExpiry(c.at); (err == nil) != c.ok {
			t.Errorf("expiry %d at %d: %v", c.expiry, c.at, err)
		}
	}
}
