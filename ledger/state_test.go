package ledger

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// base is a StateReader of one key.
type base struct{}

var errStore = errors.New("the store failed")

func (base) Get(key string) ([]byte, error) {
	switch key {
	case "below":
		return []byte("1"), nil
	case "broken":
		return nil, errStore
	}
	return nil, nil
}

func TestOverlay(t *testing.T) {
	lower := NewOverlay(base{})
	lower.Put("lower", []byte("2"))
	o := NewOverlay(lower)
	check := func(key, want string) {
		t.Helper()
		if v, err := o.Get(key); err != nil || string(v) != want {
			t.Errorf("%s is %q, %v; want %q", key, v, err, want)
		}
	}
	check("below", "1")
	check("lower", "2")
	o.Put("own", []byte("3"))
	o.Delete("below")
	o.Put("lower", []byte("4"))
	check("own", "3")
	check("below", "")
	check("lower", "4")
	if v, _ := lower.Get("lower"); string(v) != "2" {
		t.Error("the overlay beneath changed before FlushTo")
	}
	if _, err := o.Get("broken"); !errors.Is(err, errStore) {
		t.Errorf("the store's error came back as %v", err)
	}
	var got string
	if err := o.Flush(func(key string, value []byte) error { got += fmt.Sprintf("%s=%s ", key, value); return nil }); err != nil {
		t.Fatal(err)
	}
	if want := "below= lower=4 own=3 "; got != want || o.Len() != 3 {
		t.Errorf("flushed %q, want %q", got, want)
	}
	if err := o.Flush(func(string, []byte) error { return errStore }); !errors.Is(err, errStore) {
		t.Error("the writer's error is lost")
	}
	o.FlushTo(lower)
	if v, _ := lower.Get("below"); v != nil {
		t.Error("a deletion was not moved")
	}
	defer func() {
		if recover() == nil {
			t.Error("an empty value was taken")
		}
	}()
	o.Put("k", nil)
}

func TestGenesis(t *testing.T) {
	g := Genesis{Format: GenesisFormat, Name: "n", Origin: "o", Created: 5, Operator: Address{1}}
	b := g.Encode()
	got, err := ParseGenesis(b)
	if err != nil || got != g || got.Register() != g.Register() {
		t.Fatalf("%+v, %v", got, err)
	}
	hosted := g
	hosted.Host = "Org1MSP"
	if got, err := ParseGenesis(hosted.Encode()); err != nil || got != hosted || got.Register() == g.Register() {
		t.Errorf("with a host: %+v, %v", got, err)
	}
	for name, b := range map[string][]byte{
		"host":      Genesis{Format: GenesisFormat, Origin: "o", Operator: Address{1}, Host: "Org 1"}.Encode(),
		"no host":   []byte(strings.Replace(string(b), "}", `,"host":""}`, 1)),
		"space":     append([]byte(" "), b...),
		"not JSON":  b[1:],
		"format":    Genesis{Format: "x", Origin: "o", Operator: Address{1}}.Encode(),
		"operator":  Genesis{Format: GenesisFormat, Origin: "o"}.Encode(),
		"no origin": Genesis{Format: GenesisFormat, Operator: Address{1}}.Encode(),
	} {
		if _, err := ParseGenesis(b); CodeOf(err) != Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTextForms(t *testing.T) {
	id, address, hash := NewID(), Address{1, 0xab}, Hash{2, 0xcd}
	if got, err := ParseID(id.String()); err != nil || got != id {
		t.Error(got, err)
	}
	if got, err := ParseAddress(address.String()); err != nil || got != address {
		t.Error(got, err)
	}
	if got, err := ParseHash(hash.String()); err != nil || got != hash {
		t.Error(got, err)
	}
	for _, s := range []string{"", "0x", "0x01", "01ab00000000000000000000000000000000000000", "0x01AB000000000000000000000000000000000000", "0X01ab000000000000000000000000000000000000"} {
		if _, err := ParseAddress(s); err == nil {
			t.Errorf("address %q is taken", s)
		}
	}
	var at Time
	if err := at.UnmarshalText([]byte("2026-06-03T07:30:00.250Z")); err != nil || at.String() != "2026-06-03T07:30:00.250Z" {
		t.Error(at, err)
	}
	if at.UnmarshalText([]byte("2026-06-03T07:30:00+07:00")) == nil {
		t.Error("a time with an offset is taken")
	}
	e := fmt.Errorf("outer: %w", FieldErrorf(Conflict, "f", "m"))
	if CodeOf(e) != Conflict || CodeOf(errStore) != Internal {
		t.Error("CodeOf")
	}
}

func TestLoad(t *testing.T) {
	o := NewOverlay(nil)
	o.Put("n", []byte("7"))
	o.Put("bad", []byte("seven"))
	o.Delete("gone")
	number := func(b []byte) (int, error) { return strconv.Atoi(string(b)) }
	if n, ok, err := Load(o, "n", number); n != 7 || !ok || err != nil {
		t.Error(n, ok, err)
	}
	if n, ok, err := Load(o, "gone", number); n != 0 || ok || err != nil {
		t.Error(n, ok, err)
	}
	if n, ok, err := Load(o, "bad", number); n != 0 || ok || err == nil || !strings.Contains(err.Error(), "bad") {
		t.Error(n, ok, err)
	}
}
