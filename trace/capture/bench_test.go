package capture

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
)

// kept is a store that names payloads and forgets them.
type kept struct{ Payloads }

func (kept) PutAll(_ context.Context, payloads [][]byte) ([]cid.Cid, error) {
	cids := make([]cid.Cid, len(payloads))
	for i, p := range payloads {
		cids[i] = content.Raw(p)
	}
	return cids, nil
}

// BenchmarkDraft drafts documents, of one event and its note and of a hundred events,
// up to the signature and but for the store.
func BenchmarkDraft(b *testing.B) {
	for _, n := range []int{1, 100} {
		note := ""
		if n == 1 {
			note = fmt.Sprintf(`,"example:note":%q`, strings.Repeat("ruộng ướt chiều mưa to ", 28))
		}
		events := make([]string, n)
		for i := range events {
			events[i] = fmt.Sprintf(`{"type":"ObjectEvent","eventID":"urn:uuid:00000000-0000-4000-8000-%012d","eventTime":"2025-06-03T07:30:00.000+07:00","eventTimeZoneOffset":"+07:00",`+
				`"action":"ADD","bizStep":"commissioning","disposition":"active","quantityList":[{"epcClass":"https://id.gs1.org/01/09521234543213/10/L%d","quantity":100,"uom":"KGM"}],`+
				`"readPoint":{"id":"https://id.gs1.org/414/9521234543213"},"bizLocation":{"id":"https://id.gs1.org/414/9521234543213"}%s}`, i, i, note)
		}
		doc := document(events...)
		s := &Service{Payloads: kept{}, Events: &register{}}
		b.Run(fmt.Sprintf("events=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Draft(b.Context(), doc, false, Terms{Audience: ledger.Parties}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
