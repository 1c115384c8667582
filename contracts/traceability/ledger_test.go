package traceability_test

import (
	"context"
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/trace"
)

// TestOnALedger runs one journey on the embedded ledger: the outcomes are those
// that it answers with.
func TestOnALedger(t *testing.T) {
	l, operator := ledgertest.Open(t, Contracts()...)
	w := Over(t, l.Genesis(), operator, func(tx ledger.Tx) ([]byte, error) {
		entry, err := l.Submit(context.Background(), tx)
		if err != nil {
			return nil, err
		}
		return entry.Outcome, nil
	})
	coop, shop := w.Admit("coop", ledger.KindCoop), w.Admit("shop", ledger.KindRetailer)
	lot, box := Lot(w.Product(coop, 1), "L1"), coop.SSCC(1)
	w.Record(coop, w.Commission(Of(lot, "100 KGM")))
	w.Record(coop, w.Pack(box, Of(lot, "40 KGM")))
	w.Record(coop, w.Ship(shop.Place, All(box)...))
	_, err := w.Capture(coop, w.Unpack(box))
	w.Refused(err, ledger.Forbidden, "items[0].parent")
	w.Record(shop, w.Receive(All(box)...))
	out := w.Record(shop, w.Unpack(box))
	if len(out.Balances) != 2 || out.Balances[1].Holder != shop.Holder() || out.Balances[1].Quantity != Q("40 KGM") {
		t.Errorf("outcome %+v", out)
	}
	field := Lot(w.Describe(coop, trace.Product{ID: coop.Code(2), Unit: "HAR", Perennial: true}), "P1")
	picked := Lot(w.Product(coop, 3), "H1")
	w.Record(coop, w.Commission(Of(field, "2 HAR")))
	harvest := w.Transform(All(field), []trace.Stock{Of(picked, "10 KGM")})
	harvest.Step = trace.StepHarvesting
	w.Record(coop, harvest)
	sprayed := w.Treat(14, field)
	out = w.Record(coop, sprayed)
	if len(out.Flags) != 1 || out.Flags[0].ID != picked || out.Flags[0].Kind != trace.FlagInterval || out.Flags[0].Harvested != harvest.Time {
		t.Errorf("outcome %+v", out)
	}
	safe := w.Observe(trace.StepInspecting, All(picked)...)
	safe.Disposition = trace.DispositionConformant
	_, err = w.Capture(coop, safe)
	w.Refused(err, ledger.Conflict, "items[0].disposition")
	w.Record(coop, w.Wrong(sprayed))
	w.Record(coop, safe)
	w.Must(w.Recall(coop, lot))
	_, err = w.Capture(shop, w.Sell(All(lot)...))
	w.Refused(err, ledger.Conflict, objects)
	w.Record(shop, w.Destroy(All(lot)...))
}
