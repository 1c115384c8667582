package traceability

import (
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
	recalls, err := trace.DecodeAll[trace.Recall](r.call.Items)
	if err != nil {
		return err
	}
	if err := r.call.Says(trace.RecallSummary(recalls)); err != nil {
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
	if err := shortAll("reason", in.Reason, in.Action, in.Contact, in.Class); err != nil {
		return err
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
		slices.SortFunc(by, compareIDs)
	}
	saveList(r, key, by)
	return nil
}

// notRecalled walks from a thing over everything that is in it or went into it,
// and refuses it when any of that is recalled.
func (r *run) notRecalled(id trace.ID) error {
	w := walk{run: r, root: id}
	w.meet(id.String())
	for len(w.queue) > 0 {
		wave := w.queue
		w.queue = nil
		ledger.ReadAhead(w, func() []string { return lineage(wave...) })
		for _, next := range wave {
			if err := w.look(next); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetWalks is for when what things are made of or hold has changed.
func (r *run) forgetWalks() { clear(r.walked) }

// walk goes from a thing to all that is behind it.
type walk struct {
	*run
	root      trace.ID
	queue     []string // identifiers and keys of processes
	ancestors int
	contents  int
}

// meet queues what was not met before, and counts it.
func (w *walk) meet(next ...string) (added int) {
	for _, n := range next {
		if !w.walked[n] {
			w.walked[n] = true
			w.queue = append(w.queue, n)
			added++
		}
	}
	return added
}

// look checks one thing for a recall and meets its lot, its product, what it was
// made from and what it contains.
func (w *walk) look(next string) error {
	if strings.HasPrefix(next, processKey) {
		parts, _, err := load[[]processPart](w, next)
		for _, p := range parts {
			for _, in := range p.In {
				w.ancestors += w.meet(in.ID.String())
			}
		}
		return err
	}
	id, err := trace.ParseID(next)
	if err != nil {
		return fmt.Errorf("origin of %s: %w", w.root, err)
	}
	if b, err := w.Get(recallKey + next); err != nil {
		return err
	} else if b != nil {
		if id == w.root {
			return conflict("%s is recalled", id)
		}
		return conflict("%s comes from %s, which is recalled", w.root, id)
	}
	origin, _, err := load[originRecord](w, originKey+next)
	if err != nil {
		return err
	}
	things, err := w.inside(id)
	if err != nil {
		return err
	}
	w.meet(id.Batch().String(), id.Product().String())
	w.ancestors += w.meet(origin.From...)
	for _, thing := range listed(things) {
		w.contents += w.meet(thing.String())
	}
	if w.ancestors > maxAncestors || w.contents > trace.MaxStock {
		return ledger.FieldErrorf(ledger.TooLarge, "objects", "%s was made from more than %d things or holds more than %d; it cannot be checked for recalls", w.root, maxAncestors, trace.MaxStock)
	}
	return nil
}

// certificates records what certifiers and agencies attest.
func (r *run) certificates() error {
	if err := r.signer.Must(ledger.RoleRecorder); err != nil {
		return err
	}
	if !r.signer.Attests() {
		return ledger.Errorf(ledger.Forbidden, "only certifiers and agencies certify")
	}
	certificates, err := trace.DecodeAll[trace.Certificate](r.call.Items)
	if err != nil {
		return err
	}
	if err := r.call.Says(trace.CertifySummary(certificates)); err != nil {
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
	step, why, ok := in.Step()
	switch {
	case !ok:
		return ledger.FieldErrorf(ledger.Invalid, "id", "a certificate is suspended, reinstated or revoked, one at a time")
	case (in.Scheme == trace.SchemeLaboratory) != (in.Tested != ""):
		return ledger.FieldErrorf(ledger.Invalid, "tested", "a laboratory says what it tested, and nobody else does")
	case (in.Tested != "") != (in.Result == trace.ResultMet || in.Result == trace.ResultFailed), in.Tested == "" && in.Result != "":
		return ledger.FieldErrorf(ledger.Invalid, "result", "is %q or %q of what a laboratory tested", trace.ResultMet, trace.ResultFailed)
	}
	if err := shortAll("id", in.ID, in.Scheme, in.Number, why, in.Tested); err != nil {
		return err
	}
	if len(in.Targets) > trace.MaxStock {
		return ledger.FieldErrorf(ledger.TooLarge, "targets", "there are more than %d", trace.MaxStock)
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
	after, ok := certificateSteps[certificateStep{string(before), step}]
	switch {
	case !ok && step == trace.CertificateIssued:
		return ledger.FieldErrorf(ledger.Conflict, "id", "the signer's organisation issued this certificate before")
	case !ok:
		return ledger.FieldErrorf(ledger.Conflict, "id", "there is no such certificate that could be %s", step)
	}
	r.Put(key, []byte(after))
	return nil
}

// certificateStep is a step from a state; a certificate that was never issued has the
// empty one.
type certificateStep struct {
	from string
	step trace.CertificateStep
}

// certificateSteps are all steps that there are, and the states that they lead to.
var certificateSteps = map[certificateStep]string{
	{"", trace.CertificateIssued}:              "issued",
	{"issued", trace.CertificateSuspended}:     "suspended",
	{"suspended", trace.CertificateReinstated}: "issued",
	{"issued", trace.CertificateRevoked}:       "revoked",
	{"suspended", trace.CertificateRevoked}:    "revoked",
}

func shortAll(field string, texts ...string) error {
	for _, t := range texts {
		if err := short(field, t); err != nil {
			return err
		}
	}
	return nil
}
