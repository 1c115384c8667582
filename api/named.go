package api

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// named is a payload that a transaction names.
type named struct {
	field  string
	cid    string
	sealed bool // as the transaction says

	// What is handed in by a form is sealed although the transaction does not say so: the
	// work of a transfer, or evidence about an agreement.
	transfer, agreement ledger.ID

	profile bool // a trace.Profile
	picture bool // in a profile: sealed or not
	// described says that it becomes a payload of an organisation's to erase: of the one
	// that is named, or the signer's.
	described bool
	org       ledger.ID
	image     string // that the description says is in the profile
}

// payloadsOf lists the payloads that a transaction names, but those of events,
// which the service of capturing judges. What cannot be decoded is left to the
// contract to refuse.
func payloadsOf(contract, action string, items []ledger.Item) []named {
	var list []named
	at := func(item int) string { return "items[" + strconv.Itoa(item) + "]." }
	add := func(item int, field, cid string, sealed bool) {
		if cid != "" {
			list = append(list, named{field: at(item) + field, cid: cid, sealed: sealed})
		}
	}
	profile := func(item int, field string, d *trace.Describes, org ledger.ID) {
		if d == nil || d.Payload == "" {
			return
		}
		first := len(list)
		add(item, field+".payload", d.Payload, d.Sealed)
		list[first].profile, list[first].image = true, d.Image
		add(item, field+".image", d.Image, d.Sealed)
		for i := range list[first:] {
			n := &list[first+i]
			n.picture, n.described, n.org = !n.profile, true, org
		}
	}
	var signers ledger.ID // zero
	for i, it := range items {
		switch contract + " " + action {
		case trace.RegistryContract + " " + trace.ActionAdmit:
			org := decoded[trace.Admission](it).Org
			profile(i, "org.profile", org.Profile, org.ID)
		case trace.RegistryContract + " " + trace.ActionProfile:
			profile(i, "profile", decoded[trace.OwnProfile](it).Profile, signers)
		case trace.RegistryContract + " " + trace.ActionPlace:
			profile(i, "profile", decoded[trace.Place](it).Profile, signers)
		case trace.RegistryContract + " " + trace.ActionProduct:
			profile(i, "profile", decoded[trace.Product](it).Profile, signers)
		case trace.RegistryContract + " " + trace.ActionList:
			add(i, "payload", decoded[trace.List](it).Payload, false)
		case trace.Contract + " " + trace.ActionRecall:
			add(i, "doc", decoded[trace.Recall](it).Doc, false)
		case trace.Contract + " " + trace.ActionCertify:
			add(i, "doc", decoded[trace.Certificate](it).Doc, false)
		case market.DatasetContract + " " + market.ActionPublish:
			r := decoded[market.Release](it)
			add(i, "description", r.Description, false)
			for n, f := range r.Files {
				add(i, "files["+strconv.Itoa(n)+"].cid", f.CID, false)
			}
			if r.Review != nil {
				add(i, "review.profile", r.Review.Profile, false)
			}
		case market.DatasetContract + " " + market.ActionOffer:
			add(i, "policy", decoded[market.Offer](it).Policy, false)
		case market.TradeContract + " " + market.ActionAgree:
			add(i, "document", decoded[market.Agreement](it).Document, false)
		case market.TradeContract + " " + market.ActionStart:
			start := decoded[market.TransferStart](it)
			for n, cid := range start.Work {
				list = append(list, named{field: at(i) + "work[" + strconv.Itoa(n) + "]", cid: cid, transfer: start.Transfer})
			}
		case market.TradeContract + " " + market.ActionDispute, market.TradeContract + " " + market.ActionUphold, market.TradeContract + " " + market.ActionReturn:
			if note := decoded[market.MoneyNote](it); note.Evidence != "" {
				list = append(list, named{field: at(i) + "evidence", cid: note.Evidence, agreement: note.Agreement})
			}
		case market.TradeContract + " " + market.ActionBid:
			add(i, "description", decoded[market.Bid](it).Description, false)
		case market.DatasetContract + " " + market.ActionClear:
			add(i, "profile", decoded[market.Clearing](it).Profile, false)
		}
	}
	return list
}

// documentsOf lists the documents of the events that a transaction records.
func documentsOf(contract, action string, items []ledger.Item) (list []string) {
	if contract != trace.Contract || action != trace.ActionCapture {
		return nil
	}
	for _, it := range items {
		if cid := decoded[trace.Fact](it).Payload; cid != "" {
			list = append(list, cid)
		}
	}
	return list
}

// decoded is an item, or nothing where it is not of the type.
func decoded[T any](it ledger.Item) (v T) {
	if trace.Decode(it.Data, &v) != nil {
		var none T
		return none
	}
	return v
}

// mayName refuses a transaction that names a payload which is not here, is sealed
// and said not to be or the reverse, or belongs to records that its signer may not
// read: whoever names a payload decides who sees what is in it. What it describes
// something by was named by no other organisation, since whose description it is may
// erase it. All are refused in the same words, so that nobody learns which payloads are
// here.
func (s *server) mayName(ctx context.Context, tx ledger.Tx) error {
	list := payloadsOf(tx.Header.Contract, tx.Header.Action, tx.Items)
	if len(list) == 0 {
		return nil
	}
	_, signer, err := tx.Check(s.Ledger.Genesis().Register())
	if err != nil {
		return err
	}
	by, err := s.authorityOf(ctx, signer)
	if err != nil {
		return err
	}
	for _, n := range list {
		ok, err := s.nameable(ctx, by.Viewer, n)
		if err != nil {
			return err
		}
		if !ok {
			return ledger.FieldErrorf(ledger.Invalid, n.field, "%s is not at this node for its signer to name; it is uploaded before the transaction, sealed where the transaction says so", n.cid)
		}
		if err := s.pictured(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// pictured refuses a description that says nothing of the picture in its profile
// where that is sealed, or names another: the picture would stay when the profile is
// erased.
func (s *server) pictured(ctx context.Context, n named) error {
	if !n.profile || !n.sealed && n.image == "" {
		return nil
	}
	b, err := s.payload(ctx, n.cid)
	if err != nil {
		return err
	}
	var p trace.Profile
	if json.Unmarshal(b, &p) != nil {
		p = trace.Profile{} // nobody will see anything of it
	}
	if p.Image != n.image {
		return ledger.FieldErrorf(ledger.Invalid, strings.TrimSuffix(n.field, "payload")+"image", "is not the picture that the profile names: %q", p.Image)
	}
	return nil
}

func (s *server) nameable(ctx context.Context, v index.Viewer, n named) (bool, error) {
	id, err := content.Parse(n.cid)
	if err != nil {
		return false, nil
	}
	info, err := s.Store.Stat(ctx, id)
	if err != nil || info.Erased != 0 {
		return false, ignoreNotFound(err)
	}
	if info.Sealed != n.sealed && !n.picture {
		return s.handedIn(ctx, v.Org, n)
	}
	if n.described {
		org := n.org
		if org.IsZero() {
			org = v.Org
		}
		first, err := s.Index.Named(ctx, n.cid)
		if err == nil && first.Org != org {
			return false, nil
		}
		if ignoreNotFound(err) != nil {
			return false, err
		}
	}
	if s.Catalog.Readable(n.cid) {
		return !n.described, nil
	}
	known, err := s.Index.Readable(ctx, index.Viewer{Operator: true}, n.cid)
	if err != nil || !known {
		return err == nil, err
	}
	return s.Index.Readable(ctx, v, n.cid)
}

// handedIn reports whether an organisation handed a payload in by a form, for what it is
// named for: who merely knows of a sealed payload could have it opened by naming it.
func (s *server) handedIn(ctx context.Context, org ledger.ID, n named) (bool, error) {
	switch {
	case !n.transfer.IsZero():
		names, err := s.Accounts.WorkNames(ctx, org, n.transfer)
		_, ok := names[n.cid]
		return ok, err
	case !n.agreement.IsZero():
		files, err := s.Accounts.Evidence(ctx, org, n.agreement, n.cid)
		return len(files) > 0, err
	}
	return false, nil
}
