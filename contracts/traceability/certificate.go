package traceability

import (
	"slices"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// maxTested bounds the things that a certificate which declares goods safe is about.
const maxTested = 100

// certificateState is where a certificate is in its life; one that was never issued
// has the empty one.
type certificateState string

const (
	inForce   certificateState = "i"
	suspended certificateState = "s"
	revoked   certificateState = "r"
)

// certificateStep is a step from a state.
type certificateStep struct {
	from certificateState
	step trace.CertificateStep
}

// certificateSteps are all steps that there are, and the states that they lead to.
var certificateSteps = map[certificateStep]certificateState{
	{"", trace.CertificateIssued}:            inForce,
	{inForce, trace.CertificateSuspended}:    suspended,
	{suspended, trace.CertificateReinstated}: inForce,
	{inForce, trace.CertificateRevoked}:      revoked,
	{suspended, trace.CertificateRevoked}:    revoked,
}

// claim is what a certificate says of the safety of goods while it is in force.
type claim struct {
	Laboratory bool       `json:"l,omitempty"`
	Of         []trace.ID `json:"o"`
	trace.TestResult
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

// certify takes one step in the life of a certificate.
func (r *run) certify(in trace.Certificate) error {
	step, err := r.wellFormed(in)
	if err != nil {
		return err
	}
	name := shortKey(r.signer.Org.String()+"|", in.ID)
	record, _, err := load[certRecord](r, certKey+name)
	if err != nil {
		return err
	}
	was := record.State
	after, ok := certificateSteps[certificateStep{was, step}]
	switch {
	case !ok && step == trace.CertificateIssued:
		return ledger.FieldErrorf(ledger.Conflict, "id", "the signer's organisation issued this certificate before")
	case !ok:
		return ledger.FieldErrorf(ledger.Conflict, "id", "there is no such certificate that could be %s", step)
	}
	record.State = after
	if step == trace.CertificateIssued {
		if record.Claim, err = r.claimOf(in); err != nil {
			return err
		}
	}
	switch {
	case record.Claim == nil:
	case after == inForce:
		err = r.claimed(record.Claim, name)
	case was == inForce:
		err = r.unclaimed(record.Claim, name)
	}
	if err == nil {
		r.save(certKey+name, record)
	}
	return err
}

// wellFormed checks what a certificate says by itself.
func (r *run) wellFormed(in trace.Certificate) (trace.CertificateStep, error) {
	step, why, ok := in.Step()
	switch {
	case in.ID == "" || in.Scheme == "" || in.Number == "":
		return "", ledger.FieldErrorf(ledger.Invalid, "id", "a certificate has an id, a scheme and a number")
	case in.Until <= in.From:
		return "", ledger.FieldErrorf(ledger.Invalid, "until", "is not after from")
	case in.Scheme == trace.SchemeOCOP && (in.Stars < 3 || in.Stars > 5):
		return "", ledger.FieldErrorf(ledger.Invalid, "stars", "OCOP gives 3 to 5")
	case in.Doc != "" && !trace.ValidCID(in.Doc):
		return "", ledger.FieldErrorf(ledger.Invalid, "doc", "%q is not a CIDv1 in base 32", in.Doc)
	case !ok:
		return "", ledger.FieldErrorf(ledger.Invalid, "id", "a certificate is suspended, reinstated or revoked, one at a time")
	case (in.Scheme == trace.SchemeLaboratory) != (in.Tested != ""):
		return "", ledger.FieldErrorf(ledger.Invalid, "tested", "a laboratory says what it tested, and nobody else does")
	case (in.Tested != "") != (in.Result == trace.ResultMet || in.Result == trace.ResultFailed), in.Tested == "" && in.Result != "":
		return "", ledger.FieldErrorf(ledger.Invalid, "result", "is %q or %q of what a laboratory tested", trace.ResultMet, trace.ResultFailed)
	case len(in.Targets) > trace.MaxStock:
		return "", ledger.FieldErrorf(ledger.TooLarge, "targets", "there are more than %d", trace.MaxStock)
	}
	if err := shortAll("id", in.ID, in.Scheme, in.Number, why, in.Tested); err != nil {
		return "", err
	}
	known, err := registry.Known(r, in.Holder)
	if err == nil && !known {
		err = ledger.FieldErrorf(ledger.NotFound, "holder", "is not on the register")
	}
	return step, err
}

// claimOf is what a certificate says of the safety of goods; nil when that is nothing.
func (r *run) claimOf(in trace.Certificate) (*claim, error) {
	laboratory := in.Scheme == trace.SchemeLaboratory
	switch {
	case !laboratory && in.Scheme != trace.SchemeFoodSafety:
		return nil, nil
	case len(in.Targets) > maxTested:
		return nil, ledger.FieldErrorf(ledger.TooLarge, "targets", "there are more than %d", maxTested)
	case laboratory && len(in.Targets) == 0:
		return nil, ledger.FieldErrorf(ledger.Invalid, "targets", "a laboratory result names what was tested")
	case laboratory && in.From > r.call.Time.Add(FutureBound):
		return nil, ledger.FieldErrorf(ledger.Invalid, "from", "the result is of the future; it is %s", r.call.Time)
	}
	c := claim{Laboratory: laboratory, TestResult: trace.TestResult{Date: in.From, Failed: in.Result == trace.ResultFailed}}
	for _, id := range in.Targets {
		switch {
		case id.Lot() == "" && !id.Instance():
			if laboratory {
				return nil, ledger.FieldErrorf(ledger.Invalid, "targets", "%s is neither a lot nor a piece", id)
			}
		case !slices.Contains(c.Of, id):
			c.Of = append(c.Of, id)
		}
	}
	if len(c.Of) == 0 {
		return nil, nil
	}
	return &c, nil
}

// claimed judges a claim of the certificate whose key has this end, as it comes in
// force, and keeps a laboratory result with what it is on.
func (r *run) claimed(c *claim, key string) error {
	for _, id := range c.Of {
		if !c.Failed {
			doubt, err := r.doubt(id)
			switch {
			case err != nil:
				return err
			case doubt != nil && !(c.Laboratory && c.Date > doubt.Harvested):
				return inDoubt("targets", id, doubt)
			}
		}
		if !c.Laboratory {
			continue
		}
		is, _, err := load[safety](r, safetyKey+id.String())
		if err != nil {
			return err
		}
		is.Results = append(is.Results, result{key, c.TestResult})
		r.saveSafety(id.String(), is)
	}
	return nil
}

// unclaimed takes a laboratory result away from what it was on.
func (r *run) unclaimed(c *claim, key string) error {
	if !c.Laboratory {
		return nil
	}
	for _, id := range c.Of {
		is, _, err := load[safety](r, safetyKey+id.String())
		if err != nil {
			return err
		}
		is.Results = slices.DeleteFunc(is.Results, func(one result) bool { return one.Certificate == key })
		r.saveSafety(id.String(), is)
	}
	return nil
}
