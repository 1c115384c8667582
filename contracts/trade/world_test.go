package trade_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"

	. "github.com/sogoc/sogoc/contracts/contracttest"
	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
	"github.com/sogoc/sogoc/trace"
)

// floor is a register with a dataset that can be agreed on, and who trades it.
type floor struct {
	*World
	t                         testing.TB
	provider, consumer, other *Org
	terms                     market.Terms
	last                      uint32

	buyer *ecdsa.PrivateKey // that files' keys are wrapped to
	key   seal.Key          // of the ciphertext
	file  market.File
	text  []byte // the ciphertext
}

// goods is the dataset of a floor, and offer what it is offered for.
var goods, offer = ledger.ID{1}, ledger.ID{2}

func newFloor(t testing.TB) *floor {
	w := New(t, dataset.Contract{}, trade.Contract{})
	f := &floor{
		World: w, t: t, provider: w.Admit("provider", ledger.KindDataProvider),
		consumer: w.Admit("consumer", ledger.KindAgency), other: w.Admit("other", ledger.KindDataBuyer),
		terms: market.Terms{Price: 1_000_000, PayDays: 10, Release: market.OnPayment, Days: 365, Versions: 1, Purposes: []market.Purpose{market.PurposeInternal}},
	}
	buyer, err := crypto.GenerateKey()
	f.Must(err)
	f.buyer, f.key = buyer, seal.NewKey()
	f.enciphered([]byte("commune,tonnes\n"), false)
	f.list(goods, market.Files)
	o := market.Offer{ID: offer, Dataset: goods, Terms: f.terms, Until: f.Now.Add(24 * time.Hour), Policy: CID("policy")}
	f.Must(f.onDataset(f.provider.Member, market.ActionOffer, market.OfferSummary(o), o))
	return f
}

// enciphered makes the file of releases from now on, a good one or one whose only
// chunk was spoilt before it was committed to.
func (f *floor) enciphered(plain []byte, spoilt bool) {
	f.t.Helper()
	var b bytes.Buffer
	s, err := seal.Encrypt(&b, bytes.NewReader(plain), f.key)
	f.Must(err)
	f.text = b.Bytes()
	if spoilt {
		f.text[len(f.text)-1] ^= 1
		s.Cipher = sha256.Sum256(append([]byte{0}, f.text...))
	}
	f.file = market.File{
		Name: "a.csv", Media: "text/csv", Bytes: s.Bytes, CID: CID(fmt.Sprint("ciphertext", spoilt)),
		Sealed: &market.Sealed{Plain: s.Plain, Cipher: s.Cipher, Key: s.Key, Chunk: s.Chunk},
	}
}

// list publishes a dataset under agreements, and has it approved.
func (f *floor) list(id ledger.ID, kind market.Kind) {
	f.t.Helper()
	f.publish(id, kind, 1)
	m := market.Moderation{Dataset: id, Version: 1, Standing: market.Approved, Reason: "looked at"}
	f.Must(f.onDataset(f.Operator.Member, market.ActionModerate, market.ModerateSummary(m), m))
}

func (f *floor) publish(id ledger.ID, kind market.Kind, version int) {
	f.t.Helper()
	r := market.Release{
		Dataset: id, Version: version, Kind: kind, Access: market.Agreed, Licence: "https://example.vn/licence", Description: CID("words"),
		Statement: &market.Statement{Seller: market.SellerEnterprise, Origin: market.OriginOwn, Value: market.Raw, Class: market.Ordinary},
	}
	if kind == market.Files {
		r.Files, r.Review = []market.File{f.file}, &market.Review{Profile: CID("profile")}
	}
	f.Must(f.onDataset(f.provider.Member, market.ActionPublish, market.PublishSummary(r), r))
}

func (f *floor) onDataset(m *Member, action, summary string, item any) error {
	_, err := f.Submit(m, market.DatasetContract, action, summary, trace.Encode(item))
	return err
}

// member is who sends a side's messages.
func (f *floor) member(side market.Side) *Member {
	return map[market.Side]*Member{
		market.Provider: f.provider.Member, market.Consumer: f.consumer.Member, market.Operator: f.Operator.Member, "": f.other.Member,
	}[side]
}

// course is one negotiation with what follows from it.
type course struct {
	*floor
	negotiation, agreement, transfer ledger.ID
	dataset, offer                   ledger.ID
	kind                             market.Kind
	reference, document              string
	version                          int
	withheld                         bool                // the provider gives the key of another file
	out                              market.TradeOutcome // of the last message
}

func (f *floor) course() *course {
	f.last++
	id := func(of byte) (id ledger.ID) {
		id[0] = of
		binary.BigEndian.PutUint32(id[1:], f.last)
		return id
	}
	return &course{
		floor: f, negotiation: id(3), agreement: id(4), transfer: id(5), dataset: goods, offer: offer,
		reference: "SG" + strings.ToUpper(id(4).String()[:12]), document: CID("document " + id(4).String()), version: 1,
	}
}

// item is a message that nothing is wrong with, and what it is about.
func (c *course) item(action string) (about ledger.ID, item any) {
	switch action {
	case market.ActionRequest:
		return c.negotiation, market.Request{Negotiation: c.negotiation, Dataset: c.dataset, Terms: &c.terms}
	case market.ActionPropose:
		return c.negotiation, market.Proposal{Negotiation: c.negotiation, Dataset: c.dataset, Terms: c.terms}
	case market.ActionAccept:
		return c.negotiation, market.Acceptance{Negotiation: c.negotiation}
	case market.ActionAgree:
		return c.agreement, c.paper()
	case market.ActionVerify:
		return c.negotiation, market.Verification{Negotiation: c.negotiation, Document: c.document}
	case market.ActionFinalize:
		return c.negotiation, market.Finalization{Negotiation: c.negotiation}
	case market.ActionTerminate:
		return c.negotiation, market.Termination{Negotiation: c.negotiation, Reason: "too dear"}
	case market.ActionSuspend, market.ActionResume, market.ActionRevoke, market.ActionEnd:
		return c.agreement, market.Ruling{Agreement: c.agreement, Reason: "misuse"}
	case market.ActionTransfer:
		in := market.TransferRequest{Transfer: c.transfer, Agreement: c.agreement, Version: c.version}
		if c.kind == market.Files {
			in.Key = crypto.CompressPubkey(&c.buyer.PublicKey)
		}
		return c.transfer, in
	case market.ActionStart:
		in := market.TransferStart{Transfer: c.transfer}
		switch c.kind {
		case market.Files:
			in.Keys = []market.WrappedKey{c.wrap(c.key)}
			if c.withheld {
				in.Keys[0].Key = ledger.Hash{9}
			}
		case market.API:
			in.Token = ledger.Hash{7}
		case market.Service:
			in.Work = []string{CID("work")}
		}
		return c.transfer, in
	case market.ActionObject:
		return c.transfer, market.Objection{Transfer: c.transfer, File: c.file.CID}
	case market.ActionComplete, market.ActionPause, market.ActionContinue, market.ActionStop, market.ActionSettle:
		return c.transfer, market.TransferNote{Transfer: c.transfer, Reason: "x"}
	case market.ActionBill:
		return c.agreement, market.Invoice{Agreement: c.agreement, Amount: c.terms.Price, Reference: c.reference, Bank: "970436", Account: "0123456789", Number: "1C26TAA-00000001"}
	case market.ActionPay, market.ActionRefund:
		return c.agreement, market.Payment{Agreement: c.agreement, Bank: "FT26150"}
	case market.ActionConfirm:
		return c.agreement, market.MoneyNote{Agreement: c.agreement}
	case market.ActionDispute, market.ActionUphold, market.ActionReturn:
		return c.agreement, market.MoneyNote{Agreement: c.agreement, Reason: "x", Evidence: CID("statement")}
	}
	c.t.Fatalf("no message %q", action)
	return
}

// wrap seals a key to the buyer, for the course's transfer.
func (c *course) wrap(key seal.Key) market.WrappedKey {
	c.t.Helper()
	b, err := seal.Wrap(key, &c.buyer.PublicKey, market.Transfer{ID: c.transfer}.Context())
	c.Must(err)
	return market.WrappedKey{Key: c.file.Sealed.Key, Wrapped: b}
}

func (c *course) paper() market.Agreement {
	return market.Agreement{
		ID: c.agreement, Negotiation: c.negotiation, Dataset: c.dataset, Version: 1,
		Provider: c.provider.OrgID(), Consumer: c.consumer.OrgID(), Terms: c.terms, Document: c.document,
	}
}

func (c *course) send(by market.Side, action string) error {
	c.t.Helper()
	about, item := c.item(action)
	return c.sendItem(by, action, about, item)
}

func (c *course) sendItem(by market.Side, action string, about ledger.ID, item any) error {
	c.t.Helper()
	b, err := c.Submit(c.member(by), market.TradeContract, action, market.TradeSummary(action, about), trace.Encode(item))
	if err != nil {
		return err
	}
	c.out = market.TradeOutcome{}
	return trace.Decode(b, &c.out)
}

// wrong changes one message before it is sent.
func wrong[T any](c *course, by market.Side, action string, change func(*T)) error {
	c.t.Helper()
	about, item := c.item(action)
	in := item.(T)
	change(&in)
	return c.sendItem(by, action, about, in)
}

// do sends messages, written as "provider agree", one after the other.
func (c *course) do(messages ...string) *course {
	c.t.Helper()
	for _, m := range messages {
		by, action, _ := strings.Cut(m, " ")
		if err := c.send(market.Side(by), action); err != nil {
			c.t.Fatalf("%s: %v", m, err)
		}
	}
	return c
}

// signed is a course whose agreement is in force.
func (f *floor) signed() *course {
	f.t.Helper()
	return f.course().do("consumer request", "provider agree", "consumer verify", "provider finalize")
}

// after moves record time on.
func (f *floor) after(d time.Duration) { f.Now = f.Now.Add(d) }

const (
	day     = 24 * time.Hour
	instant = time.Millisecond // the least that record time moves
)

// refused ends the test unless a message is refused and nothing is left of it.
func (c *course) refused(code ledger.Code, field string, send func() error) {
	c.t.Helper()
	before := c.State()
	c.Refused(send(), code, field)
	if !maps.Equal(before, c.State()) {
		c.t.Fatal("something was written")
	}
}
