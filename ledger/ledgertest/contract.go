package ledgertest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// Name is the name of the suite's contract.
const Name = "ledgertest"

// Contract is what the suite executes. Its items are text. The actions are
//
//	put     items "key=value": sets them; the outcome is the last value
//	get     one item "key": the outcome is its value
//	delete  items "key"
//	move    items "from to n": moves n from one number to another; refused when
//	        from has fewer, but for a from of "-", which has any number
//	bump    items "key": adds 1 to each in turn; the outcome is the last number
//	emit    the outcome is signer, time, rules, summary and items
//	rules   one item: the rules version from now on
//	fail    one item "code field message": writes, then fails with it
//	break   writes, then fails with an error of its own
//	panic   writes, then panics
//	wait    ends when Gate is closed
type Contract struct{ Gate chan struct{} }

func (Contract) Name() string { return Name }

func (c Contract) Execute(s ledger.State, call ledger.Call) ([]byte, error) {
	var outcome []byte
	for _, item := range call.Items {
		var err error
		if outcome, err = c.item(s, call, string(item)); err != nil {
			return nil, err
		}
	}
	return outcome, nil
}

func (c Contract) item(s ledger.State, call ledger.Call, item string) ([]byte, error) {
	switch call.Action {
	case "put":
		key, value, _ := strings.Cut(item, "=")
		s.Put(key, []byte(value))
		return []byte(value), nil
	case "get":
		return s.Get(item)
	case "delete":
		s.Delete(item)
		return nil, nil
	case "move":
		return nil, move(s, item)
	case "bump":
		return add(s, item, 1)
	case "emit":
		return fmt.Appendf(nil, "%s %s %d %s %q", call.Signer, call.Time, call.Rules, call.Summary, call.Items), nil
	case "rules":
		s.Put(ledger.RulesKey, []byte(item))
		return nil, nil
	case "fail":
		s.Put("left-behind", []byte(item))
		w := strings.SplitN(item, " ", 3)
		return nil, ledger.FieldErrorf(ledger.Code(w[0]), w[1], "%s", w[2])
	case "break":
		s.Put("left-behind", []byte(item))
		return nil, errors.New("a secret cause")
	case "panic":
		s.Put("left-behind", []byte(item))
		panic(item)
	case "wait":
		<-c.Gate
		return nil, nil
	}
	return nil, ledger.FieldErrorf(ledger.Invalid, "action", "there is no action %q", call.Action)
}

func move(s ledger.State, item string) error {
	w := strings.Fields(item)
	n, err := strconv.Atoi(w[2])
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "items", "%q is not a number", w[2])
	}
	if w[0] != "-" {
		have, err := number(s, w[0])
		if err != nil {
			return err
		}
		if have < n {
			return ledger.FieldErrorf(ledger.Conflict, w[0], "has %d, not %d", have, n)
		}
		if _, err := add(s, w[0], -n); err != nil {
			return err
		}
	}
	_, err = add(s, w[1], n)
	return err
}

func add(s ledger.State, key string, n int) ([]byte, error) {
	have, err := number(s, key)
	if err != nil {
		return nil, err
	}
	b := strconv.AppendInt(nil, int64(have+n), 10)
	s.Put(key, b)
	return b, nil
}

func number(s ledger.State, key string) (int, error) {
	b, err := s.Get(key)
	if err != nil || b == nil {
		return 0, err
	}
	return strconv.Atoi(string(b))
}
