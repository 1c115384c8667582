package bench

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/capture"
	"github.com/sogoc/sogoc/trace/gs1"
)

// register is a node with one co-op, which has a prefix, a place and a product.
type register struct {
	Config
	*node.Node
	key     *ecdsa.PrivateKey
	token   string // of the co-op, whose key the node has in custody as well
	product trace.ID
	place   trace.ID
	numbers atomic.Int64 // of lots and events
	client  *http.Client
	serving chan error
	stop    context.CancelFunc
	events  int64 // that were recorded
	lots    []trace.ID
}

func (r *register) data() string { return filepath.Join(r.Dir, "data") }

func start(ctx context.Context, c Config) (_ *register, err error) {
	r := &register{Config: c, serving: make(chan error, 1), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: c.Writers}}}
	if r.product, err = gs1Key("01", "0952000000001"); err != nil {
		return nil, err
	}
	if r.place, err = gs1Key("414", "952000000001"); err != nil {
		return nil, err
	}
	if r.key, err = account.NewKey(); err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	r.Node, err = node.Start(ctx, node.Config{
		Data: r.data(), Listen: "127.0.0.1:0", PublicURL: "https://sogoc.example", Log: quiet,
		MasterKey: node.MasterKey{File: filepath.Join(c.Dir, "master.key")},
	})
	if err != nil {
		return nil, err
	}
	serving, stop := context.WithCancel(ctx)
	r.stop = stop
	go func() { r.serving <- r.Serve(serving) }()
	if err := r.admit(ctx); err != nil {
		r.close() // the error above is the one to report
		return nil, err
	}
	return r, nil
}

func (r *register) close() error {
	r.stop()
	r.client.CloseIdleConnections()
	if err := <-r.serving; err != nil {
		return err
	}
	return r.Node.Close()
}

func gs1Key(ai, digits string) (trace.ID, error) {
	return trace.ParseID("https://id.gs1.org/" + ai + "/" + digits + string(gs1.CheckDigit(digits)))
}

// admit puts the co-op on the register.
func (r *register) admit(ctx context.Context) error {
	member := ledger.Enrolment{Member: ledger.NewID(), Org: ledger.NewID(), Key: ledger.AddressOf(&r.key.PublicKey), Roles: ledger.Roles}
	for _, step := range []struct {
		sign   capture.Sign
		action string
		item   any
	}{
		{r.Operator.Sign, trace.ActionAdmit, trace.Admission{
			Org: trace.Organisation{ID: member.Org, Kind: ledger.KindCoop}, Member: member,
		}},
		{r.Operator.Sign, trace.ActionPrefix, trace.Prefix{Org: member.Org, GS1: "9520000", Evidence: "GS1"}},
		{r.sign, trace.ActionPlace, trace.Place{ID: r.place, Kind: trace.PlaceWarehouse, Commune: "07234"}},
		{r.sign, trace.ActionProduct, trace.Product{
			ID: r.product, Unit: "KGM", Tolerance: trace.Ratio{Num: 2, Den: 100}, HardCap: trace.Ratio{Num: 10, Den: 100},
		}},
	} {
		tx, err := step.sign(trace.RegistryContract, step.action, trace.DirectorySummary(step.action, 1), []ledger.Item{ledger.NewItem(trace.Encode(step.item))})
		if err != nil {
			return err
		}
		if _, err := r.Ledger.Submit(ctx, tx); err != nil {
			return err
		}
	}
	if err := r.Index.Wait(ctx, r.Ledger.Size()); err != nil {
		return err
	}
	if _, err := r.Accounts.Keep("bench", member.Member, member.Org, r.key); err != nil {
		return err
	}
	token, err := r.Accounts.NewToken(member.Key)
	r.token = token
	return err
}

// sign signs for the co-op.
func (r *register) sign(contract, action, summary string, items []ledger.Item) (ledger.Tx, error) {
	return ledger.Sign(r.Trust.Register, r.key, contract, action, summary, items, uint64(time.Now().Add(24*time.Hour).Unix()))
}

// longNote makes an event 1.5 KB long.
var longNote = strings.Repeat("ghi chú ", 75)

// event is an EPCIS event that makes a lot of its own.
func (r *register) event(note string) (event map[string]any, lot trace.ID, err error) {
	n := r.numbers.Add(1)
	if lot, err = r.product.WithLot(fmt.Sprintf("L%d", n)); err != nil {
		return nil, lot, err
	}
	event = map[string]any{
		"type": "ObjectEvent", "eventID": fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", n),
		"eventTime": "2025-06-03T07:30:00.000+07:00", "eventTimeZoneOffset": "+07:00",
		"action": "ADD", "bizStep": "commissioning", "disposition": "active",
		"quantityList": []any{quantity(lot, 100)},
		"readPoint":    map[string]any{"id": r.place.String()}, "bizLocation": map[string]any{"id": r.place.String()},
	}
	if note != "" {
		event["example:note"] = note
	}
	return event, lot, nil
}

// document holds n events.
func (r *register) document(n int, note string) ([]byte, error) {
	events := make([]any, n)
	for i := range events {
		e, _, err := r.event(note)
		if err != nil {
			return nil, err
		}
		events[i] = e
	}
	return documentOf(events...)
}

func documentOf(events ...any) ([]byte, error) {
	return json.Marshal(map[string]any{
		"@context": []any{"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", map[string]any{"example": "https://example.org/"}},
		"type":     "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2025-06-03T08:00:00.000+07:00",
		"epcisBody": map[string]any{"eventList": events},
	})
}

// write is a payload and the signed transaction of the fact that names it.
type write struct {
	payload []byte
	tx      ledger.Tx
	lot     trace.ID
}

// prepared makes and signs n events.
func (r *register) prepared(ctx context.Context, n int) ([]write, error) {
	list := make([]write, n)
	_, err := parallel(ctx, r.Config, "signing", n, 2, func(i int) (err error) {
		list[i], err = r.prepare()
		return err
	})
	return list, err
}

func (r *register) prepare() (w write, err error) {
	event, lot, err := r.event(longNote)
	if err != nil {
		return w, err
	}
	w.lot = lot
	if w.payload, err = documentOf(event); err != nil {
		return w, err
	}
	quantity := trace.NewQuantity(100, 0, "KGM")
	facts := []trace.Fact{{
		Event: event["eventID"].(string), Hash: "ni:///sha-256;9a5d60a1c5b8e2f0b9c2d3e4f5061728394a5b6c7d8e9f00112233445566778899?ver=CBV2.0",
		Payload: content.Raw(w.payload).String(), Audience: ledger.Public,
		Type: trace.ObjectEvent, Action: trace.Add, Step: trace.StepCommissioning, Disposition: "active",
		Time: ledger.TimeOf(time.Now().Add(-time.Hour)), Zone: "+07:00",
		Objects: []trace.Stock{{ID: lot, Quantity: &quantity}}, ReadPoint: &r.place, Location: &r.place,
	}}
	w.tx, err = r.sign(trace.Contract, trace.ActionCapture, trace.Summary(facts), []ledger.Item{ledger.NewItem(trace.Encode(facts[0]))})
	return w, err
}

// record stores the payload durably and has the transaction ordered.
func (r *register) record(ctx context.Context, w write) error {
	if _, err := r.Store.PutAll(ctx, [][]byte{w.payload}); err != nil {
		return err
	}
	_, err := r.Ledger.Submit(ctx, w.tx)
	return err
}

// ask makes a request and reads the answer to its end.
func (r *register) ask(ctx context.Context, method, path string, body []byte, want int) error {
	req, err := http.NewRequestWithContext(ctx, method, strings.Replace(r.URL, "localhost", "127.0.0.1", 1)+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/ld+json")
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	answer, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != want {
		err = fmt.Errorf("%s %s: %s: %.300s", method, path, answer.Status, b)
	}
	return err
}
