// Package capture is the service through which events come in: it decodes and
// validates a document, stores each event's payload, has the facts signed and
// submits them, all or none.
package capture

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/epcis"
)

// Payloads is the part of a payload store that capturing needs. PutAll is durable
// when it returns.
type Payloads interface {
	PutAll(ctx context.Context, payloads [][]byte) ([]cid.Cid, error)
	Stat(ctx context.Context, c cid.Cid) (content.Info, error)
	Open(ctx context.Context, c cid.Cid) (io.ReadSeekCloser, int64, error)
}

// Events is the part of the read model that capturing needs.
type Events interface {
	// Known returns where an event was recorded, and whether it was declared wrong.
	Known(ctx context.Context, id string) (k Known, ok bool, err error)
	// Wait returns when the entry before height can be read.
	Wait(ctx context.Context, height uint64) error
}

// Known is an event that is on the register.
type Known struct {
	Hash  string
	Void  bool
	Entry uint64
}

// Sign makes a transaction in a member's name.
type Sign func(contract, action, summary string, items []ledger.Item) (ledger.Tx, error)

// Service captures.
type Service struct {
	Ledger   ledger.Submitter
	Payloads Payloads
	Events   Events
	Limits   epcis.Limits
}

// Terms are what a document does not say of its events.
type Terms struct {
	Audience ledger.Audience
	OnBehalf *ledger.ID // the member for whom they are recorded, where that is not the signer
}

// Result says what became of a document.
type Result struct {
	Entry  uint64   // index of the entry that holds the events
	Events []string // identifiers, in the document's order
}

// Draft is a document whose facts wait to be signed. It has no items when all of its
// events are on the register already; then Entry holds the first of them.
type Draft struct {
	Entry   uint64
	Events  []string // identifiers, in the document's order
	Summary string
	Items   []ledger.Item

	positions []int // of the items' events in the document
}

// Draft decodes an EPCIS document, or a bare event when single is set, stores its
// payloads and writes its facts. An event that is on the register already, with the
// same content, is not among them.
func (s *Service) Draft(ctx context.Context, body []byte, single bool, terms Terms) (Draft, error) {
	decode := epcis.DecodeDocument
	if single {
		decode = epcis.DecodeEvent
	}
	doc, err := decode(body, s.Limits)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{}
	fresh, err := s.fresh(ctx, doc, &d)
	if err != nil || len(fresh) == 0 {
		return d, err
	}
	cids, err := s.Payloads.PutAll(ctx, fresh)
	if err != nil {
		return Draft{}, err
	}
	facts := make([]trace.Fact, len(cids))
	d.Items = make([]ledger.Item, len(cids))
	for i, c := range cids {
		facts[i] = trace.FactOf(&doc.Events[d.positions[i]], c.String(), terms.Audience)
		facts[i].OnBehalf = terms.OnBehalf
		d.Items[i] = ledger.NewItem(trace.Encode(&facts[i]))
	}
	d.Summary = trace.Summary(facts)
	return d, nil
}

// Document captures a document, as Draft takes it, under a signature that is made
// here. When the document is refused nothing of it is on the ledger.
func (s *Service) Document(ctx context.Context, sign Sign, body []byte, single bool, terms Terms) (Result, error) {
	d, err := s.Draft(ctx, body, single, terms)
	if err != nil {
		return Result{}, err
	}
	r := Result{d.Entry, d.Events}
	if len(d.Items) == 0 {
		return r, nil
	}
	tx, err := sign(trace.Contract, trace.ActionCapture, d.Summary, d.Items)
	if err != nil {
		return Result{}, err
	}
	e, err := s.Ledger.Submit(ctx, tx)
	if err != nil {
		return Result{}, inDocument(err, d.positions, single)
	}
	r.Entry = e.Index
	return r, s.Events.Wait(ctx, e.Index+1)
}

// fresh lists the payloads of the events that are not on the register yet, and notes
// their positions in the document. When there is none, d names the entry that
// holds the document's first event.
func (s *Service) fresh(ctx context.Context, doc *epcis.Document, d *Draft) (payloads [][]byte, err error) {
	inDoc := make(map[string]string, len(doc.Events))
	d.Events = make([]string, 0, len(doc.Events))
	payloads, d.positions = make([][]byte, 0, len(doc.Events)), make([]int, 0, len(doc.Events))
	for i := range doc.Events {
		e := &doc.Events[i]
		d.Events = append(d.Events, e.ID)
		same := e.Hash
		if e.Error != nil {
			same += "!"
		}
		if inDoc[e.ID] == same {
			continue
		}
		inDoc[e.ID] = same
		k, ok, err := s.Events.Known(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		if ok && k.Hash == e.Hash && (e.Error == nil || k.Void) {
			if i == 0 {
				d.Entry = k.Entry
			}
			continue
		}
		payloads = append(payloads, doc.Payload(i))
		d.positions = append(d.positions, i)
	}
	if len(doc.Events) == 0 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "eventList", "the document holds no event")
	}
	return payloads, nil
}

// Signed submits a transaction that its member signed elsewhere. Every fact that it
// records has to be the fact of the document that it names, and that document has
// to be here: nothing is acknowledged which cannot be shown, and nobody makes
// another's document their own event's.
func (s *Service) Signed(ctx context.Context, tx ledger.Tx) (*ledger.Entry, error) {
	if tx.Header.Contract == trace.Contract && tx.Header.Action == trace.ActionCapture {
		for i, item := range tx.Items {
			var f trace.Fact
			if err := trace.Decode(item.Data, &f); err != nil {
				return nil, trace.AtItem(i, err)
			}
			if err := s.documented(ctx, &f); err != nil {
				return nil, trace.AtItem(i, err)
			}
		}
	}
	e, err := s.Ledger.Submit(ctx, tx)
	if err != nil {
		return nil, err
	}
	return e, s.Events.Wait(ctx, e.Index+1)
}

// documented refuses a fact that its payload does not say.
func (s *Service) documented(ctx context.Context, f *trace.Fact) error {
	c, err := content.Parse(f.Payload)
	if err != nil {
		return ledger.FieldErrorf(ledger.Invalid, "payload", "%v", err)
	}
	// What is here and cannot be an event's document is refused in the same words
	// as what is not, so that nobody learns which documents are here.
	refused := ledger.FieldErrorf(ledger.Invalid, "payload", "%s is not this event's document at this node; it is uploaded before the transaction", f.Payload)
	b, err := s.readDocument(ctx, c)
	if err != nil {
		if code := ledger.CodeOf(err); code == ledger.NotFound || code == ledger.TooLarge {
			return refused
		}
		return err
	}
	doc, err := epcis.DecodeDocument(b, s.Limits)
	if err != nil || len(doc.Events) != 1 {
		return refused
	}
	said := trace.FactOf(&doc.Events[0], f.Payload, f.Audience)
	said.OnBehalf = f.OnBehalf
	if !bytes.Equal(trace.Encode(said), trace.Encode(f)) {
		return refused
	}
	return nil
}

// readDocument reads a payload that is as large as a document at most, and is not
// sealed.
func (s *Service) readDocument(ctx context.Context, c cid.Cid) ([]byte, error) {
	limit := int64(cmp.Or(s.Limits.Size, epcis.DefaultLimits.Size))
	info, err := s.Payloads.Stat(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case info.Sealed || info.Erased != 0 || info.Size > limit:
		return nil, ledger.Errorf(ledger.NotFound, "%s is no event's document", c)
	}
	r, _, err := s.Payloads.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, limit))
}

// inDocument turns an item's position in an error into the event's in the
// document.
func inDocument(err error, positions []int, single bool) error {
	var e *ledger.Error
	if !errors.As(err, &e) {
		return err
	}
	item, rest, _ := strings.Cut(e.Field, ".")
	var index int
	if _, scan := fmt.Sscanf(item, "items[%d]", &index); scan != nil || index >= len(positions) {
		return err
	}
	at := *e
	at.Field = documentField(rest)
	if !single {
		at.Field = strings.TrimSuffix(fmt.Sprintf("eventList[%d].%s", positions[index], at.Field), ".")
	}
	return &at
}

// documentField is the name in a document of a fact's field.
func documentField(field string) string {
	switch name, rest, _ := strings.Cut(field, "."); name {
	case "event":
		return "eventID"
	case "time":
		return "eventTime"
	case "objects":
		return "epcList"
	case "parent":
		return "parentID"
	case "to":
		return "destinationList"
	case "from":
		return "sourceList"
	case "qty":
		return "quantityList"
	case "error":
		if rest == "time" {
			return "errorDeclaration.declarationTime"
		}
		return "errorDeclaration"
	default:
		return field
	}
}
