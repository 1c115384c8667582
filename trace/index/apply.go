package index

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// entry takes in the next entry. Contracts that the index does not know leave
// nothing but the height, and who acted where their outcome says so.
func (b *batch) entry(e *ledger.Entry) error {
	if e.Index != b.to {
		return ledger.Errorf(ledger.Internal, "entry %d came where %d belongs", e.Index, b.to)
	}
	b.to++
	b.size += len(e.Outcome)
	for _, it := range e.Tx.Items {
		b.size += len(it.Data)
	}
	var err error
	switch e.Tx.Header.Contract {
	case trace.Contract:
		err = b.traceability(e)
	case trace.RegistryContract:
		err = b.registry(e)
	default:
		b.foreign(e)
	}
	if err != nil {
		return ledger.Wrap(err, ledger.Internal, fmt.Sprintf("entry %d cannot be indexed", e.Index))
	}
	return nil
}

// foreign takes in an entry of a contract that the index does not know.
func (b *batch) foreign(e *ledger.Entry) {
	var out struct{ Member, Org ledger.ID }
	if json.Unmarshal(e.Outcome, &out) == nil {
		b.acted(e, out.Member, out.Org)
	}
}

// acted puts an entry in the history of a member and of the organisation.
func (b *batch) acted(e *ledger.Entry, member, org ledger.ID) {
	s := seqOf(e.Index, 0)
	b.post(term{termMember, hash(member)}, s)
	b.post(term{termActor, hash(org)}, s)
}

func (b *batch) traceability(e *ledger.Entry) error {
	var out trace.Outcome
	if err := trace.Decode(e.Outcome, &out); err != nil {
		return err
	}
	if e.Tx.Header.Action == trace.ActionCapture && len(out.Events) != len(e.Tx.Items) {
		return fmt.Errorf("%d facts have %d outcomes", len(e.Tx.Items), len(out.Events))
	}
	b.acted(e, out.Member, out.Org)
	if out.OnBehalf != nil {
		b.acted(e, out.OnBehalf.Member, out.OnBehalf.Org)
	}
	for i, it := range e.Tx.Items {
		var err error
		switch e.Tx.Header.Action {
		case trace.ActionCapture:
			err = b.event(e, i, &out)
		case trace.ActionRecall:
			err = b.recall(e, i, it.Data, out.Org)
		case trace.ActionCertify:
			err = b.certificate(e, i, it.Data, out.Org)
		}
		if err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	return nil
}

func (b *batch) event(e *ledger.Entry, i int, whole *trace.Outcome) error {
	out := &whole.Events[i]
	if out.Duplicate {
		return nil
	}
	data := e.Tx.Items[i].Data
	var f trace.Fact
	if err := trace.Decode(data, &f); err != nil {
		return err
	}
	s := seqOf(e.Index, i)
	h := header{
		access:  access{audience: audienceCode(f.Audience), org: whole.Acting()},
		managed: out.Managed, recorded: e.Time, happened: f.Time, signer: e.Signer, member: whole.Member,
		kind: []byte(f.Type), step: []byte(f.Step),
	}
	h.pack(trace.Encode(out), data)
	b.post(term{termOrg, hash(whole.Org)}, s)
	if f.OnBehalf != nil {
		b.post(term{termBehalf, hash(*f.OnBehalf)}, s)
	}
	if h.org != whole.Org {
		h.agent = whole.Org
	}
	for _, p := range out.Parties {
		h.parties = append(h.parties, p[:]...)
		b.post(term{termOrg, hash(p)}, s)
	}
	if err := b.put(recordKey(s), h.encode()); err != nil {
		return err
	}
	if err := b.names(&f, h.access, s); err != nil {
		return err
	}
	b.terms(&f, s)
	if err := b.lineage(&h, &f, out, s); err != nil {
		return err
	}
	if err := b.amounts(&h, &f, out, s); err != nil {
		return err
	}
	if out.Voids != "" {
		return b.void(out.Voids, s)
	}
	return nil
}

// names makes the event findable by its identifier and its payload.
func (b *batch) names(f *trace.Fact, a access, s seq) error {
	id := hashOf(f.Event)
	k, v := key('i', id[:]), be64(uint64(s))
	if f.Error != nil { // otherwise the contract has made sure that it is new
		before, err := get(b.txn, k)
		if err != nil {
			return err
		}
		v = append(before, v...)
	}
	if err := b.put(k, v); err != nil {
		return err
	}
	return b.grantReaders(f.Payload, a, s)
}

// terms puts the event on its posting lists.
func (b *batch) terms(f *trace.Fact, s seq) {
	for one := range f.Stocks {
		for _, c := range classes(one.ID) {
			h := hashOf(c.String())
			b.post(term{termThing, h}, s)
			b.touch(depEvents(h))
		}
	}
	for _, place := range []*trace.ID{f.ReadPoint, f.Location} {
		if place != nil {
			b.post(term{termPlace, hashOf(place.String())}, s)
		}
	}
	for _, refs := range [][]trace.PartyRef{f.From, f.To} {
		for _, ref := range refs {
			h := hashOf(ref.ID.String())
			b.post(term{termParty, h}, s)
			if ref.Type == trace.PartyLocation {
				b.post(term{termPlace, h}, s)
			}
		}
	}
	b.post(term{termType, hashOf(string(f.Type))}, s)
	if f.Step != "" {
		b.post(term{termStep, hashOf(f.Step)}, s)
	}
	made := f.Outputs
	if f.Type == trace.ObjectEvent && f.Action == trace.Add && f.Error == nil {
		made = f.Objects
	}
	var last trace.ID
	for _, one := range made {
		lot := one.ID.Batch()
		if lot == one.ID.Product() {
			lot = one.ID // a piece that names no lot
		}
		if lot != last && lot != one.ID.Product() {
			b.lot(lot, s)
			last = lot
		}
	}
}

func (b *batch) lineage(h *header, f *trace.Fact, out *trace.EventOutcome, s seq) error {
	for _, one := range out.Edges {
		e := edge{access: h.access, seq: s, managed: h.managed, packed: one.Kind == trace.PackedInto, event: f.Event}
		if one.Quantity != nil {
			e.quantity = one.Quantity.String()
		}
		if one.Made != nil {
			e.made = one.Made.String()
		}
		if err := b.addEdge(&e, one.From.String(), one.To.String()); err != nil {
			return err
		}
		b.touch(DepEvents(one.From))
		b.touch(DepEvents(one.To))
	}
	return nil
}

// balanceRow is the value of a balance: the event that set it, the holder, the
// quantity as text.
type balanceRow struct {
	seq      seq
	holder   string
	quantity trace.Quantity
}

func (r *balanceRow) encode() []byte {
	v := appendBytes(be64(uint64(r.seq)), r.holder)
	return append(v, r.quantity.String()...)
}

func decodeBalance(v []byte) (row balanceRow, err error) {
	r := reader{b: v}
	row.seq, row.holder = seq(r.uint64()), string(r.bytes())
	if err := row.quantity.UnmarshalText(r.b); err != nil || r.bad {
		return row, corruptUnless(err)
	}
	return row, nil
}

// some reports whether there is any of it.
func (r *balanceRow) some() bool { return !r.quantity.IsZero() && !r.quantity.IsNegative() }

// readBalance reads what a holder has of a thing; ok is false where it never had any.
func (x *Index) readBalance(txn *badger.Txn, thing, holder hash) (row balanceRow, ok bool, err error) {
	v, err := x.find(txn, balanceKey(thing, holder))
	if err != nil || v == nil {
		return row, false, err
	}
	row, err = decodeBalance(v)
	return row, err == nil, err
}

func balanceKey(thing, holder hash) []byte { return key('b', thing[:], holder[:8]) }

// flagRow is one of a batch's flags. All of them are in one row: there are few, and
// most batches have none, which one read of a key tells.
type flagRow struct {
	trace.Flag
	Seq seq `json:"seq"`
}

func flagKey(thing hash) []byte { return key('f', thing[:]) }

func (x *Index) flagRows(txn *badger.Txn, thing hash) (rows []flagRow, err error) {
	v, err := x.find(txn, flagKey(thing))
	if err == nil && v != nil {
		if err = json.Unmarshal(v, &rows); err != nil {
			err = corrupt(err)
		}
	}
	return rows, err
}

// changeFlags rewrites the flags of a batch.
func (b *batch) changeFlags(id trace.ID, f func([]flagRow) []flagRow) error {
	thing := hashOf(id.String())
	rows, err := b.x.flagRows(b.txn, thing)
	if err != nil {
		return err
	}
	b.touch(depEvents(thing))
	return b.putRow(flagKey(thing), f(rows))
}

func (b *batch) amounts(h *header, f *trace.Fact, out *trace.EventOutcome, s seq) error {
	for _, one := range out.Balances {
		row := balanceRow{s, one.Holder, one.Quantity}
		if err := b.holdings(h, f, one.ID, &row); err != nil { // it reads the balance before
			return err
		}
		thing := hashOf(one.ID.String())
		if err := b.put(balanceKey(thing, hashOf(one.Holder)), row.encode()); err != nil {
			return err
		}
		b.touch(depEvents(thing))
	}
	for _, one := range out.Flags {
		if one.Kind == trace.FlagInterval || one.Kind == trace.FlagNoInterval {
			if err := b.interval(one, s); err != nil {
				return err
			}
			continue
		}
		err := b.changeFlags(one.ID, func(rows []flagRow) []flagRow { return append(rows, flagRow{one, s}) })
		if err == nil {
			err = b.flagHolders(one.ID, out.Parties)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// void marks an event as declared wrong by the event at by, and takes back its
// lineage and its flags. What it did to balances and to intervals is in the
// declaration's outcome.
func (b *batch) void(event string, by seq) error {
	seqs, err := b.x.eventSeqs(b.txn, event)
	if err != nil {
		return err
	}
	if len(seqs) == 0 || seqs[0] == by {
		return fmt.Errorf("declares %q wrong, which is not recorded", event)
	}
	s := seqs[0]
	h, ok, err := headerAt(b.txn, s)
	if err != nil || !ok {
		return fmt.Errorf("event %d: %w", s, corruptUnless(err))
	}
	h.voidedBy = uint64(by) + 1
	if err := b.put(recordKey(s), h.encode()); err != nil {
		return err
	}
	if id := hashOf(event); seqs[len(seqs)-1] != by { // it declares under an identifier of its own
		before, err := get(b.txn, key('i', id[:]))
		if err != nil {
			return err
		}
		if err := b.put(key('i', id[:]), append(before, be64(uint64(by))...)); err != nil {
			return err
		}
	}
	rec, err := h.record(s)
	if err != nil {
		return err
	}
	for stock := range rec.Fact.Stocks {
		for _, c := range classes(stock.ID) {
			b.touch(DepEvents(c))
		}
	}
	for _, one := range rec.Outcome.Flags {
		if one.Kind == trace.FlagInterval || one.Kind == trace.FlagNoInterval {
			continue
		}
		err := b.changeFlags(one.ID, func(rows []flagRow) []flagRow {
			return slices.DeleteFunc(rows, func(r flagRow) bool { return r.Seq == s })
		})
		if err != nil {
			return err
		}
	}
	for _, one := range rec.Outcome.Edges {
		b.touch(DepEvents(one.From))
		b.touch(DepEvents(one.To))
	}
	return b.removeEdges(s, rec.Outcome.Edges)
}

func corruptUnless(err error) error {
	if err == nil {
		err = corrupt(errCut)
	}
	return err
}

func (b *batch) recall(e *ledger.Entry, i int, data []byte, org ledger.ID) error {
	one := Recall{Org: org, Entry: e.Index, Item: i, Time: e.Time}
	if err := trace.Decode(data, &one.Recall); err != nil {
		return err
	}
	one.On = one.Target
	s := seqOf(e.Index, i)
	if err := b.putRow(recallKey(one.Target, s), one); err != nil {
		return err
	}
	b.recalls = append(b.recalls, one)
	b.touch(DepFacts(one.Target))
	return b.grant(one.Doc, s, grantPublic, org)
}
