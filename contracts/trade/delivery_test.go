package trade_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// TestDelivery: nothing starts before it is paid for, where that was agreed, and the
// provider's time runs from there.
func TestDelivery(t *testing.T) {
	f := newFloor(t)
	c := f.signed().do("provider bill", "consumer transfer")
	c.refused(ledger.Conflict, "items[0].agreement", func() error { return c.send(market.Provider, market.ActionStart) })
	c.do("consumer pay")
	c.refused(ledger.Conflict, "items[0].agreement", func() error { return c.send(market.Provider, market.ActionStart) })
	silent := func() error {
		return wrong(c, market.Consumer, market.ActionStop, func(in *market.TransferNote) { in.Silent = true })
	}
	f.after(3 * day)
	c.refused(ledger.Conflict, "items[0].silent", silent)
	c.do("provider confirm")
	if b := c.out.Deal.Bill; b.Settled != f.Now || len(b.Portions) != 1 || b.Portions[0] != (market.Portion{Org: f.provider.OrgID(), Amount: f.terms.Price}) {
		t.Errorf("%+v", b)
	}
	f.after(day - instant)
	c.refused(ledger.Conflict, "items[0].silent", silent)
	c.refused(ledger.Conflict, "items[0].silent", func() error {
		return wrong(c, market.Provider, market.ActionStop, func(in *market.TransferNote) { in.Silent = true })
	})
	f.after(instant)
	c.Must(silent())
	if out := c.out; out.Transfer.State != market.TransferTerminated || out.Deal.State != market.Revoked || out.Deal.Bill.State != market.Due {
		t.Errorf("%+v %+v", out.Transfer, out.Deal)
	}
	c.do("provider refund")
	if c.out.Deal.Bill.Refund == "" || c.out.Deal.State != market.Revoked {
		t.Errorf("%+v", c.out.Deal)
	}

	// On signing the time runs from the request; what was not paid is not owed.
	f.terms.Release, f.terms.Deliver = market.OnSigning, 2
	c = f.signed().do("provider bill")
	f.after(day)
	c.do("consumer transfer")
	f.after(2*time.Hour - instant)
	c.refused(ledger.Conflict, "items[0].silent", silent)
	f.after(instant)
	c.Must(silent())
	if c.out.Deal.Bill.State != market.Void {
		t.Errorf("%+v", c.out.Deal)
	}
	c = f.signed().do("consumer transfer", "provider start")
	f.after(day)
	c.refused(ledger.Conflict, "items[0].silent", silent) // it did deliver
}

// TestSettle: silence is a receipt once the time to object is over, and not before.
func TestSettle(t *testing.T) {
	f := newFloor(t)
	for _, object := range []int{0, 3} {
		f.terms.Object = object
		c := f.paidFor().do("consumer transfer", "provider start")
		n := time.Duration(object)
		if n == 0 {
			n = 7
		}
		f.after(n*day - instant)
		c.refused(ledger.Conflict, "items[0].transfer", func() error { return c.send(market.Provider, market.ActionSettle) })
		f.after(instant)
		c.do("provider settle")
		if !c.out.Deal.Received || c.out.Transfer.State != market.TransferCompleted || c.out.Transfer.By != market.Provider {
			t.Errorf("%+v", c.out)
		}
	}
}

// TestVersions: later versions are given as far as they are in the price, each as
// often as it is asked for.
func TestVersions(t *testing.T) {
	f := newFloor(t)
	for v := 2; v <= 4; v++ {
		f.publish(goods, market.Files, v)
	}
	ask := func(c *course, version int) error {
		f.last++
		c.transfer, c.version = ledger.ID{8, byte(f.last)}, version
		return c.send(market.Consumer, market.ActionTransfer)
	}
	for _, test := range []struct {
		versions    int
		given, deny []int
	}{
		{0, []int{2, 2}, []int{1, 3, 4}},
		{1, []int{2, 4, 4, 2}, []int{3}},
		{2, []int{3, 4, 3, 2}, []int{1}},
		{-1, []int{2, 3, 4, 3}, []int{1}},
	} {
		f.terms.Versions = test.versions
		c := f.course().do("consumer request")
		c.Must(wrong(c, market.Provider, market.ActionAgree, func(in *market.Agreement) { in.Version = 2 }))
		c.do("consumer verify", "provider finalize")
		for _, v := range test.given {
			c.Must(ask(c, v))
		}
		if n := c.out.Deal.Transfers; n != len(test.given) {
			t.Errorf("%d transfers, of %d", n, len(test.given))
		}
		for _, v := range test.deny {
			c.refused(ledger.Forbidden, "items[0].version", func() error { return ask(c, v) })
		}
		c.refused(ledger.NotFound, "items[0].version", func() error { return ask(c, 5) })
	}
}

// TestKinds: files are given by wrapped keys, a data service by a token, work as
// payloads, and none of them by another's.
func TestKinds(t *testing.T) {
	f := newFloor(t)
	key := crypto.FromECDSAPub(&f.buyer.PublicKey)
	for kind, id := range map[market.Kind]ledger.ID{market.Files: {20}, market.API: {21}, market.Service: {22}} {
		f.list(id, kind)
		c := f.course()
		c.kind, c.dataset = kind, id
		c.do("consumer request", "provider agree", "consumer verify", "provider finalize", "provider bill", "provider confirm")
		bad := [][]byte{{2}, {5, 32: 0}, {2, 32: 0}, key[:64], append(key[:64:64], key[64]^1)}
		if kind == market.Files {
			bad = append(bad, nil)
		} else {
			bad = append(bad, key)
		}
		for _, b := range bad {
			c.refused(ledger.Invalid, "items[0].key", func() error {
				return wrong(c, market.Consumer, market.ActionTransfer, func(in *market.TransferRequest) { in.Key = b })
			})
		}
		c.Must(wrong(c, market.Consumer, market.ActionTransfer, func(in *market.TransferRequest) {
			if kind == market.Files {
				in.Key = key
			}
		}))
		for other, change := range map[market.Kind]func(*market.TransferStart){
			market.Files:   func(in *market.TransferStart) { in.Keys = []market.WrappedKey{{}} },
			market.API:     func(in *market.TransferStart) { in.Token = ledger.Hash{1} },
			market.Service: func(in *market.TransferStart) { in.Work = []string{CID("work")} },
		} {
			if other != kind {
				if code := ledger.CodeOf(wrong(c, market.Provider, market.ActionStart, change)); code != ledger.Invalid {
					t.Errorf("%q started as %q: %s", kind, other, code)
				}
			}
		}
		if code := ledger.CodeOf(c.sendItem(market.Provider, market.ActionStart, c.transfer, market.TransferStart{Transfer: c.transfer})); code != ledger.Invalid {
			t.Errorf("%q started with nothing: %s", kind, code)
		}
		c.do("provider start", "consumer complete")
		if tr := c.out.Transfer; tr.State != market.TransferCompleted || kind == market.Files && !bytes.Equal(tr.Key, key) {
			t.Errorf("%+v", tr)
		}
	}
}

// TestWrapped: a key counts as given when it was wrapped for the consumer and this
// transfer.
func TestWrapped(t *testing.T) {
	c := newFloor(t).paidFor().do("consumer transfer")
	another := *c
	another.transfer = ledger.ID{77}
	good := c.wrap(c.key)
	for field, keys := range map[string][]market.WrappedKey{
		"keys[0].wrapped": {another.wrap(c.key)},
		"keys[1].key":     {good, good},
		"keys[1].wrapped": {good, {Key: ledger.Hash{1}, Wrapped: good.Wrapped[1:]}},
		"keys":            make([]market.WrappedKey, market.MaxFiles+1),
	} {
		c.refused(ledger.Invalid, "items[0]."+field, func() error {
			return wrong(c, market.Provider, market.ActionStart, func(in *market.TransferStart) { in.Keys = keys })
		})
	}
	c.do("provider start")
}

// TestObjections: a consumer that was cheated proves it, and has the price back; one
// that was not proves nothing.
func TestObjections(t *testing.T) {
	f := newFloor(t)
	object := func(c *course, key, chunk []byte) func() error {
		return func() error {
			return wrong(c, market.Consumer, market.ActionObject, func(in *market.Objection) { in.BadKey, in.BadChunk = key, chunk })
		}
	}
	cheated := func(c *course) {
		t.Helper()
		if out := c.out; !out.Transfer.Fraud || out.Transfer.State != market.TransferTerminated || out.Deal.State != market.Revoked || out.Deal.Bill.State != market.Due {
			t.Errorf("%+v %+v", out.Transfer, out.Deal)
		}
	}
	started := func(keys ...market.WrappedKey) *course {
		t.Helper()
		c := f.paidFor().do("consumer transfer")
		if len(keys) == 0 {
			keys = []market.WrappedKey{c.wrap(f.key)}
		} else {
			keys[0].Wrapped = c.wrap(seal.NewKey()).Wrapped
		}
		c.Must(wrong(c, market.Provider, market.ActionStart, func(in *market.TransferStart) { in.Keys = keys }))
		return c
	}
	badKey := func(c *course) []byte {
		t.Helper()
		tr := c.out.Transfer
		b, err := seal.ProveBadKey(tr.Keys[0].Wrapped, f.buyer, tr.Context(), f.file.Committed())
		f.Must(err)
		return b
	}

	c := started()
	c.refused(ledger.Conflict, "items[0].file", object(c, nil, nil))
	c.refused(ledger.Invalid, "items[0].badKey", object(c, []byte{1}, nil))
	c.refused(ledger.Invalid, "items[0].badChunk", object(c, nil, []byte{1}))
	c.refused(ledger.Invalid, "items[0].badKey", object(c, []byte{1}, []byte{1}))
	c.refused(ledger.TooLarge, "items[0].badChunk", object(c, nil, make([]byte, market.MaxEvidence+1)))
	c.refused(ledger.NotFound, "items[0].file", func() error {
		return wrong(c, market.Consumer, market.ActionObject, func(in *market.Objection) { in.File = CID("another") })
	})

	// The key of another file, or another key for this one.
	c = started(market.WrappedKey{Key: ledger.Hash{9}})
	c.Must(object(c, nil, nil)())
	cheated(c)
	c = started(market.WrappedKey{Key: f.file.Sealed.Key})
	c.refused(ledger.Conflict, "items[0].file", object(c, nil, nil))
	evidence := badKey(c)
	honest := started()
	honest.refused(ledger.Invalid, "items[0].badKey", object(honest, evidence, nil))
	c.Must(object(c, evidence, nil)())
	cheated(c)

	// What was committed to opens to nothing. The good file is no version's any more.
	good, text := f.file, f.text
	f.enciphered([]byte("commune,tonnes\n"), true)
	proof, err := seal.ProveBadChunk(bytes.NewReader(f.text), f.key, f.file.Committed())
	f.Must(err)
	chunk, err := proof.MarshalBinary()
	f.Must(err)
	f.file, f.text, good, text = good, text, f.file, f.text
	c = started()
	c.refused(ledger.Invalid, "items[0].badChunk", object(c, nil, chunk))
	f.file, f.text = good, text
	f.publish(goods, market.Files, 2)
	late := f.paidFor()
	late.version = 2
	late.do("consumer transfer", "provider start")
	c = f.paidFor()
	c.version = 2
	c.do("consumer transfer", "provider start", "provider pause")
	c.Must(object(c, nil, chunk)())
	cheated(c)

	// Commitments of which nothing can be proved.
	f.enciphered([]byte("commune,tonnes\n"), false)
	f.file.Sealed.Chunk = seal.Chunk / 2
	f.publish(goods, market.Files, 3)
	c = f.paidFor()
	c.version = 3
	c.do("consumer transfer", "provider start")
	c.Must(object(c, nil, nil)())
	cheated(c)
	f.after(7 * day)
	late.refused(ledger.Conflict, "items[0].transfer", object(late, nil, chunk))
}

// TestOutOfForce: nothing is handed out under an agreement that is not in force, or of
// a dataset that the operator took down.
func TestOutOfForce(t *testing.T) {
	f := newFloor(t)
	for state, end := range map[string]func(c *course){
		"suspended": func(c *course) { c.do("provider suspend") },
		"barred":    func(c *course) { c.do("operator suspend") },
		"revoked":   func(c *course) { c.do("operator revoke") },
		"ended":     func(c *course) { c.do("consumer end") },
	} {
		c := f.paidFor().do("consumer transfer")
		end(c)
		c.refused(ledger.Conflict, "items[0].agreement", func() error { return c.send(market.Provider, market.ActionStart) })
		c.transfer = ledger.ID{9}
		c.refused(ledger.Conflict, "items[0].agreement", func() error { return c.send(market.Consumer, market.ActionTransfer) })
		if state != string(c.out.Deal.State) {
			t.Errorf("%+v", c.out.Deal)
		}
	}
	c := f.paidFor().do("consumer transfer", "provider start", "provider pause")
	c.refused(ledger.Forbidden, "items[0].transfer", func() error { return c.send(market.Consumer, market.ActionContinue) })
	over := f.paidFor().do("consumer transfer")
	f.after(365 * day)
	c.refused(ledger.Conflict, "items[0].agreement", func() error { return c.send(market.Provider, market.ActionContinue) })
	over.refused(ledger.Conflict, "items[0].agreement", func() error { return over.send(market.Provider, market.ActionStart) })
	over.refused(ledger.Conflict, "items[0].agreement", func() error { return over.send(market.Consumer, market.ActionEnd) })

	down := f.paidFor().do("consumer transfer")
	m := market.Moderation{Dataset: goods, Version: 1, Standing: market.Delisted, Reason: "x"}
	f.Must(f.onDataset(f.Operator.Member, market.ActionModerate, market.ModerateSummary(m), m))
	down.refused(ledger.Forbidden, "items[0].dataset", func() error { return down.send(market.Provider, market.ActionStart) })
}

// TestBills: a bill is for the price, once, under a reference that no other bill of
// the provider has.
func TestBills(t *testing.T) {
	f := newFloor(t)
	c := f.signed()
	for _, test := range []struct {
		code   ledger.Code
		field  string
		change func(*market.Invoice)
	}{
		{ledger.Conflict, "amount", func(in *market.Invoice) { in.Amount++ }},
		{ledger.Conflict, "amount", func(in *market.Invoice) { in.Amount = 0 }},
		{ledger.Invalid, "reference", func(in *market.Invoice) { in.Reference = "" }},
		{ledger.Invalid, "reference", func(in *market.Invoice) { in.Reference = "SG 1" }},
		{ledger.Invalid, "reference", func(in *market.Invoice) { in.Reference = strings.Repeat("A", 26) }},
		{ledger.Invalid, "bank", func(in *market.Invoice) { in.Account = "" }},
		{ledger.Invalid, "bank", func(in *market.Invoice) { in.Bank = "" }},
		{ledger.Invalid, "bank", func(in *market.Invoice) { in.Bank, in.Account = "97043", "0123" }},
		{ledger.Invalid, "account", func(in *market.Invoice) { in.Bank, in.Account = "970436", "01 23" }},
		{ledger.TooLarge, "number", func(in *market.Invoice) { in.Number = strings.Repeat("1", market.MaxInvoice+1) }},
	} {
		c.refused(test.code, "items[0]."+test.field, func() error { return wrong(c, market.Provider, market.ActionBill, test.change) })
	}
	c.do("provider bill")
	again := f.signed()
	again.reference = c.reference
	again.refused(ledger.Conflict, "items[0].reference", func() error { return again.send(market.Provider, market.ActionBill) })
	c.refused(ledger.TooLarge, "items[0].bank", func() error {
		return wrong(c, market.Consumer, market.ActionPay, func(in *market.Payment) { in.Bank = strings.Repeat("1", market.MaxBank+1) })
	})
	c.do("consumer pay")
	c.refused(ledger.Invalid, "items[0].reason", func() error {
		return wrong(c, market.Consumer, market.ActionDispute, func(in *market.MoneyNote) { in.Reason = "" })
	})
	c.refused(ledger.Invalid, "items[0].evidence", func() error {
		return wrong(c, market.Consumer, market.ActionDispute, func(in *market.MoneyNote) { in.Evidence = "a letter" })
	})
	c.refused(ledger.Invalid, "items[0].reason", func() error {
		return wrong(c, market.Provider, market.ActionConfirm, func(in *market.MoneyNote) { in.Reason = "x" })
	})
	c.do("provider confirm", "consumer dispute", "operator uphold")
	if b := c.out.Deal.Bill; b.State != market.Confirmed || len(b.Portions) == 0 {
		t.Errorf("%+v", b)
	}

	unsigned := f.course().do("consumer request", "provider agree")
	unsigned.refused(ledger.Conflict, "items[0].agreement", func() error { return unsigned.send(market.Provider, market.ActionBill) })
	revoked := f.signed().do("provider revoke")
	revoked.refused(ledger.Conflict, "items[0].agreement", func() error { return revoked.send(market.Provider, market.ActionBill) })
	f.terms.Price, f.terms.PayDays, f.terms.Release = 0, 0, market.OnSigning
	free := f.signed()
	free.refused(ledger.Conflict, "items[0].amount", func() error { return free.send(market.Provider, market.ActionBill) })
}

// TestMoneyBack: whose fault it is that nothing was received decides about the price.
func TestMoneyBack(t *testing.T) {
	f := newFloor(t)
	for _, test := range []struct {
		path string
		bill market.BillState
		deal market.DealState
	}{
		{"provider bill,provider revoke", market.Void, market.Revoked},
		{"provider bill,consumer pay,provider revoke", market.Due, market.Revoked},
		{"provider bill,provider confirm,provider revoke", market.Due, market.Revoked},
		{"provider bill,provider confirm,consumer dispute,provider revoke", market.Due, market.Revoked},
		{"provider bill,provider confirm,consumer end", market.Confirmed, market.Ended},
		{"provider bill,provider confirm,operator revoke", market.Confirmed, market.Revoked},
		{"provider bill,provider confirm,consumer transfer,provider start,consumer complete,provider revoke", market.Confirmed, market.Revoked},
		{"provider bill,provider confirm,consumer dispute,operator return", market.Due, market.Revoked},
		{"provider bill,provider confirm,provider refund", market.Refunded, market.Revoked},
	} {
		c := f.signed()
		c.do(strings.Split(test.path, ",")...)
		if d := c.out.Deal; d.State != test.deal || d.Bill.State != test.bill {
			t.Errorf("%s: %s, %s", test.path, d.State, d.Bill.State)
		}
	}
}

// TestLapse: what was delivered and is not paid for in time is no agreement any more;
// the time runs from the bill where that comes late.
func TestLapse(t *testing.T) {
	f := newFloor(t)
	f.terms.Release = market.OnSigning
	c, paying, unbilled := f.signed(), f.signed(), f.signed()
	f.after(5 * day)
	c.do("provider bill")
	paying.do("provider bill", "consumer pay")
	f.after(10*day - instant)
	c.do("provider suspend", "provider resume")
	f.after(instant)
	c.refused(ledger.Conflict, "items[0].agreement", func() error { return c.send(market.Provider, market.ActionSuspend) })
	c.refused(ledger.Conflict, "items[0].agreement", func() error { return c.send(market.Consumer, market.ActionTransfer) })
	c.refused(ledger.Conflict, "items[0].agreement", func() error { return c.send(market.Consumer, market.ActionPay) })
	c.do("provider confirm", "consumer transfer") // it came late, and was taken
	paying.do("consumer transfer")
	unbilled.do("consumer transfer")
}
