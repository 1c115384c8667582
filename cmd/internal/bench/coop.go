package bench

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/gs1"
)

// Coop is a co-op at a node, with a prefix, a place and a product.
type Coop struct {
	*node.Node
	ID      ledger.ID
	Member  ledger.ID // who signs for it
	key     *ecdsa.PrivateKey
	product trace.ID
	place   trace.ID
	numbers atomic.Int64 // of lots and events
}

// Admit puts a co-op on a node's register.
func Admit(ctx context.Context, n *node.Node) (*Coop, error) {
	c := &Coop{Node: n, ID: ledger.NewID(), Member: ledger.NewID()}
	var err error
	if c.product, err = gs1Key("01", "0952000000001"); err != nil {
		return nil, err
	}
	if c.place, err = gs1Key("414", "952000000001"); err != nil {
		return nil, err
	}
	if c.key, err = account.NewKey(); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		sign   func(contract, action, summary string, items []ledger.Item) (ledger.Tx, error)
		action string
		item   any
	}{
		{n.Operator.Sign, trace.ActionAdmit, trace.Admission{
			Org:    trace.Organisation{ID: c.ID, Kind: ledger.KindCoop},
			Member: ledger.Enrolment{Member: c.Member, Org: c.ID, Key: ledger.AddressOf(&c.key.PublicKey), Roles: ledger.Roles},
		}},
		{n.Operator.Sign, trace.ActionPrefix, trace.Prefix{Org: c.ID, GS1: "9520000", Evidence: "GS1"}},
		{c.Sign, trace.ActionPlace, trace.Place{ID: c.place, Kind: trace.PlaceWarehouse, Commune: "07234"}},
		{c.Sign, trace.ActionProduct, trace.Product{
			ID: c.product, Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100},
		}},
	} {
		tx, err := step.sign(trace.RegistryContract, step.action, trace.DirectorySummary(step.action, 1), []ledger.Item{ledger.NewItem(trace.Encode(step.item))})
		if err != nil {
			return nil, err
		}
		if _, err := n.Ledger.Submit(ctx, tx); err != nil {
			return nil, err
		}
	}
	return c, n.Index.Wait(ctx, n.Ledger.Size())
}

func gs1Key(ai, digits string) (trace.ID, error) {
	return trace.ParseID("https://id.gs1.org/" + ai + "/" + digits + string(gs1.CheckDigit(digits)))
}

// Sign signs for the co-op.
func (c *Coop) Sign(contract, action, summary string, items []ledger.Item) (ledger.Tx, error) {
	return ledger.Sign(c.Trust.Register, c.key, contract, action, summary, items, uint64(time.Now().Add(24*time.Hour).Unix()))
}

// words are what the notes of events are made of.
var words = strings.Fields(`bón phân lót trước khi gieo ruộng ướt chiều mưa to máy gặt đến trễ hai tiếng cân lại ở kho
thiếu bao buộc dây xanh đỏ anh Ba chị Tư giao cho tài xế Minh xe tải sáu tấn cầu sập phải đi vòng qua xã bên độ ẩm hạt
sấy lại một đêm phun đợt hai sau bảy ngày rầy nâu còn ít lá vàng cuối vụ nước vào chậm bờ vỡ chỗ cống số`)

// remark is what somebody wrote of the n-th event, of about size bytes.
func remark(n int64, size int) string {
	chance := rand.New(rand.NewPCG(uint64(n), 1))
	b := make([]byte, 0, size+16)
	for len(b) < size {
		b = append(append(b, words[chance.IntN(len(words))]...), ' ')
		if chance.IntN(8) == 0 {
			b = append(strconv.AppendInt(b, chance.Int64N(10_000), 10), ' ')
		}
	}
	return string(b)
}

// noteSize makes the document of one event 1.5 KB long.
const noteSize = 800

// Event is an EPCIS event that makes a lot of its own, with a note of so many bytes.
func (c *Coop) Event(noted int) (event map[string]any, lot trace.ID, err error) {
	n := c.numbers.Add(1)
	if lot, err = c.product.WithLot(fmt.Sprintf("L%d", n)); err != nil {
		return nil, lot, err
	}
	event = map[string]any{
		"type": "ObjectEvent", "eventID": fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", n),
		"eventTime": "2025-06-03T07:30:00.000+07:00", "eventTimeZoneOffset": "+07:00",
		"action": "ADD", "bizStep": "commissioning", "disposition": "active",
		"quantityList": []any{quantity(lot, 100)},
		"readPoint":    map[string]any{"id": c.place.String()}, "bizLocation": map[string]any{"id": c.place.String()},
	}
	if noted > 0 {
		event["example:note"] = remark(n, noted)
	}
	return event, lot, nil
}

// Document is an EPCIS document of events.
func Document(events ...any) ([]byte, error) {
	return json.Marshal(map[string]any{
		"@context": []any{"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", map[string]any{"example": "https://example.org/"}},
		"type":     "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2025-06-03T08:00:00.000+07:00",
		"epcisBody": map[string]any{"eventList": events},
	})
}

// Write is a payload and the signed transaction of the fact that names it.
type Write struct {
	Payload []byte
	Tx      ledger.Tx
	Lot     trace.ID
}

// Prepare makes and signs an event that takes 1.5 KB.
func (c *Coop) Prepare() (w Write, err error) {
	event, lot, err := c.Event(noteSize)
	if err != nil {
		return w, err
	}
	w.Lot = lot
	if w.Payload, err = Document(event); err != nil {
		return w, err
	}
	quantity := trace.NewQuantity(100, 0, "KGM")
	facts := []trace.Fact{{
		Event: event["eventID"].(string), Hash: "ni:///sha-256;9a5d60a1c5b8e2f0b9c2d3e4f5061728394a5b6c7d8e9f00112233445566778899?ver=CBV2.0",
		Payload: content.Raw(w.Payload).String(), Audience: ledger.Public,
		Type: trace.ObjectEvent, Action: trace.Add, Step: trace.StepCommissioning, Disposition: "active",
		Time: ledger.TimeOf(time.Now().Add(-time.Hour)), Zone: "+07:00",
		Objects: []trace.Stock{{ID: lot, Quantity: &quantity}}, ReadPoint: &c.place, Location: &c.place,
	}}
	tx, err := c.Sign(trace.Contract, trace.ActionCapture, trace.Summary(facts), []ledger.Item{ledger.NewItem(trace.Encode(facts[0]))})
	if err != nil {
		return w, err
	}
	// As it comes from somebody else: of its own a process knows the signer.
	w.Tx, err = ledger.DecodeTx(tx.Encode())
	return w, err
}

// Record stores the payload durably and has the transaction ordered.
func (c *Coop) Record(ctx context.Context, w Write) error { return record(ctx, c.Store, c.Ledger, w) }

func record(ctx context.Context, payloads content.Store, l ledger.Submitter, w Write) error {
	if _, err := payloads.PutAll(ctx, [][]byte{w.Payload}); err != nil {
		return err
	}
	_, err := l.Submit(ctx, w.Tx)
	return err
}
