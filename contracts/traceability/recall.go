package traceability

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// maxAncestors bounds the walk from a thing to all that it was made from.
const maxAncestors = 4096

func (r *run) recalls() error {
	if err := r.signer.Must(ledger.RoleRecaller); err != nil {
		return err
	}
	recalls, err := decodeAll[trace.Recall](r.call.Items)
	if err != nil {
		return err
	}
	if err := r.summary(trace.RecallSummary(recalls)); err != nil {
		return err
	}
	for i, in := range recalls {
		if err := r.recall(in); err != nil {
			return trace.AtItem(i, err)
		}
	}
	return nil
}

// recall stops a product, a lot or a piece. Its owner may, and an agency may for
// everybody's; each lifts its own.
func (r *run) recall(in trace.Recall) error {
	o, err := r.owner(in.Target)
	if err != nil {
		return err
	}
	switch {
	case !o.managed:
		return ledger.FieldErrorf(ledger.NotFound, "target", "%s belongs to nobody on this register", in.Target)
	case o.org != r.signer.Org && r.signer.Kind != ledger.KindAgency:
		return ledger.FieldErrorf(ledger.Forbidden, "target", "%s belongs to another organisation", in.Target)
	case in.Reason == "":
		return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing")
	case !in.Lift && (in.Action == "" || in.Contact == ""):
		return ledger.FieldErrorf(ledger.Invalid, "action", "a recall says what to do and whom to call")
	case in.Doc != "" && !trace.ValidCID(in.Doc):
		return ledger.FieldErrorf(ledger.Invalid, "doc", "%q is not a CIDv1 in base 32", in.Doc)
	}
	key := recallKey + in.Target.String()
	by, _, err := load[[]ledger.ID](r, key)
	if err != nil {
		return err
	}
	mine := slices.Contains(by, r.signer.Org)
	if mine != in.Lift {
		state := "not recalled"
		if mine {
			state = "recalled already"
		}
		return ledger.FieldErrorf(ledger.Conflict, "target", "%s is %s by the signer's organisation", in.Target, state)
	}
	if in.Lift {
		by = slices.DeleteFunc(by, func(org ledger.ID) bool { return org == r.signer.Org })
	} else {
		by = append(by, r.signer.Org)
		slices.SortFunc(by, func(a, b ledger.ID) int { return bytes.Compare(a[:], b[:]) })
	}
	if len(by) == 0 {
		r.Delete(key)
	} else {
		r.save(key, by)
	}
	return nil
}

// notRecalled walks from a thing over everything that is in it or went into it,
// and refuses it when any of that is recalled.
func (r *run) notRecalled(id trace.ID) error {
	seen := map[string]bool{id.String(): true}
	queue := []string{id.String()}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		more, err := r.behind(id, next)
		if err != nil {
			return err
		}
		for _, m := range more {
			if seen[m] {
				continue
			}
			if len(seen) > maxAncestors {
				return ledger.FieldErrorf(ledger.TooLarge, "objects", "%s was made from more than %d things; it cannot be checked for recalls", id, maxAncestors)
			}
			seen[m] = true
			queue = append(queue, m)
		}
	}
	return nil
}

// behind checks one thing for a recall and returns what it was made from and what
// it contains.
func (r *run) behind(root trace.ID, next string) ([]string, error) {
	if process, ok := strings.CutPrefix(next, processMark); ok {
		inputs, _, err := load[[]trace.Stock](r, shortKey(processKey, process))
		return stockIDs(inputs), err
	}
	id, err := trace.ParseID(next)
	if err != nil {
		return nil, fmt.Errorf("origin of %s: %w", root, err)
	}
	var more []string
	for _, level := range slices.Compact([]trace.ID{id, id.Batch(), id.Product()}) {
		b, err := r.Get(recallKey + level.String())
		if err != nil {
			return nil, err
		}
		if b != nil {
			if level == root {
				return nil, conflict("%s is recalled", root)
			}
			return nil, conflict("%s comes from %s, which is recalled", root, level)
		}
		origin, ok, err := load[originRecord](r, originKey+level.String())
		if err != nil {
			return nil, err
		}
		if ok {
			more = append(more, origin.From...)
		}
	}
	if !id.Instance() {
		return more, nil
	}
	contents, _, err := load[[]trace.Stock](r, contentsKey+id.String())
	return append(more, stockIDs(contents)...), err
}

func stockIDs(stock []trace.Stock) []string {
	ids := make([]string, len(stock))
	for i, s := range stock {
		ids[i] = s.ID.String()
	}
	return ids
}

// certificates records what certifiers and agencies attest.
func (r *run) certificates() error {
	if err := r.signer.Must(ledger.RoleRecorder); err != nil {
		return err
	}
	if !r.signer.Attests() {
		return ledger.Errorf(ledger.Forbidden, "only certifiers and agencies certify")
	}
	certificates, err := decodeAll[trace.Certificate](r.call.Items)
	if err != nil {
		return err
	}
	if err := r.summary(trace.CertifySummary(certificates)); err != nil {
		return err
	}
	for i, in := range certificates {
		if err := r.certify(in); err != nil {
			return trace.AtItem(i, err)
		}
	}
	return nil
}

func (r *run) certify(in trace.Certificate) error {
	switch {
	case in.ID == "" || in.Scheme == "" || in.Number == "":
		return ledger.FieldErrorf(ledger.Invalid, "id", "a certificate has an id, a scheme and a number")
	case in.Until <= in.From:
		return ledger.FieldErrorf(ledger.Invalid, "until", "is not after from")
	case in.Scheme == trace.SchemeOCOP && (in.Stars < 3 || in.Stars > 5):
		return ledger.FieldErrorf(ledger.Invalid, "stars", "OCOP gives 3 to 5")
	case in.Doc != "" && !trace.ValidCID(in.Doc):
		return ledger.FieldErrorf(ledger.Invalid, "doc", "%q is not a CIDv1 in base 32", in.Doc)
	}
	if known, err := registry.Known(r, in.Holder); err != nil {
		return err
	} else if !known {
		return ledger.FieldErrorf(ledger.NotFound, "holder", "is not on the register")
	}
	key := shortKey(certKey+r.signer.Org.String()+"|", in.ID)
	before, err := r.Get(key)
	if err != nil {
		return err
	}
	switch {
	case in.Revoked == "" && before != nil:
		return ledger.FieldErrorf(ledger.Conflict, "id", "the signer's organisation issued this certificate before")
	case in.Revoked != "" && string(before) != "issued":
		return ledger.FieldErrorf(ledger.Conflict, "id", "there is no such certificate in force")
	case in.Revoked != "":
		r.Put(key, []byte("revoked"))
	default:
		r.Put(key, []byte("issued"))
	}
	return nil
}
