package trade_test

import (
	"context"
	"testing"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/ledgertest"
	"github.com/sogoc/sogoc/market"
)

// BenchmarkConclude is a negotiation from its request to the agreement in force, both
// sides answering at once: four records, each synced before the next is made.
func BenchmarkConclude(b *testing.B) {
	l, operator := ledgertest.Open(b, Contracts(dataset.Contract{}, trade.Contract{})...)
	f := &floor{
		t: b, World: Over(b, l.Genesis(), operator, func(tx ledger.Tx) ([]byte, error) {
			e, err := l.Submit(context.Background(), tx)
			if err != nil {
				return nil, err
			}
			return e.Outcome, nil
		}),
		terms: market.Terms{Price: 1_000_000, Release: market.OnPayment, Days: 365, Purposes: []market.Purpose{market.PurposeInternal}},
	}
	f.provider, f.consumer, f.other = f.Admit("provider", ledger.KindDataProvider), f.Admit("consumer", ledger.KindAgency), f.Admit("other", ledger.KindDataBuyer)
	f.list(goods, market.Service)
	for b.Loop() {
		f.signed()
	}
}
