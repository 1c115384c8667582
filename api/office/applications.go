package office

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// SendApplication hands an application to the operator, once its commune is one of
// the register's.
func (o *Office) SendApplication(ctx context.Context, applicant, org ledger.ID, from account.From) (account.Application, error) {
	a, err := o.Accounts.Application(ctx, applicant, org)
	if err != nil {
		return a, err
	}
	units, err := o.units(ctx)
	if err != nil {
		return a, err
	}
	if _, ok := units[a.Dossier.Commune]; a.Dossier.Commune != "" && len(units) > 0 && !ok {
		return a, ledger.FieldErrorf(ledger.Invalid, "commune", "is not in the list of administrative units")
	}
	return o.Accounts.SendApplication(ctx, applicant, org, from)
}

// units reads the list of administrative units by code; none where the register has
// no such list yet.
func (o *Office) units(ctx context.Context) (map[string]trace.ListEntry, error) {
	all, err := o.Units(ctx)
	if all == nil || err != nil {
		return nil, err
	}
	units := make(map[string]trace.ListEntry, len(all))
	for _, u := range all {
		units[u.Code] = u
	}
	return units, nil
}

// Units are the administrative units in force; none where the register has no list.
func (o *Office) Units(ctx context.Context) ([]trace.ListEntry, error) {
	list, err := o.Index.List(ctx, trace.ListUnits)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := o.read(ctx, list.Payload)
	if err != nil {
		return nil, err
	}
	var all trace.ReferenceList
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the list of administrative units cannot be read")
	}
	return all.Entries, nil
}

func (o *Office) read(ctx context.Context, cid string) ([]byte, error) {
	c, err := content.Parse(cid)
	if err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "a payload's name cannot be read")
	}
	r, _, err := o.Payloads.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// Application returns the application for an organisation, for the operator; a draft
// is NotFound.
func (o *Office) Application(ctx context.Context, org ledger.ID) (account.Application, error) {
	a, err := o.Accounts.ApplicationOf(ctx, org)
	if err != nil {
		return a, err
	}
	return o.Finished(ctx, a)
}

// Finished is an application as it is once what a crash, or a signature made
// elsewhere, left between the register and it is finished.
func (o *Office) Finished(ctx context.Context, a account.Application) (account.Application, error) {
	switch {
	case a.Chosen == nil:
		return a, nil
	case a.Chosen.State == account.Admitted:
		return o.admitted(ctx, a)
	}
	entry, err := o.refusal(ctx, a)
	return o.finish(ctx, a, entry, err)
}

// Applications lists a page of the applications in a state, for the operator: those
// that wait longest first, or the latest decided.
func (o *Office) Applications(ctx context.Context, state account.ApplicationState, page string, most int) ([]account.Application, string, error) {
	return o.Accounts.ApplicationsIn(ctx, state, page, most)
}

// Assignment is what an organisation gets with its admission. Every one gets an
// issuer of codes; GS1 is the company prefix besides, on evidence.
type Assignment struct {
	Reason   string // why it is admitted; everybody on the register may read it
	GS1      string
	Evidence string
}

// Admit puts an applicant on the register: the organisation and its first
// administrator, then its prefixes; and the administrator's key becomes active.
// seen is the Hash of the application that the operator read. It may be repeated
// until it succeeds. An operator who signs with a key of their own gets an
// [*Unsigned], and asks again once that is recorded.
func (o *Office) Admit(ctx context.Context, by *account.Identity, org ledger.ID, seen ledger.Hash, give Assignment) (account.Application, error) {
	a, err := o.Accounts.ApplicationOf(ctx, org)
	if err != nil {
		return a, err
	}
	if a.State == account.Admitted {
		return a, o.assign(ctx, by, a)
	}
	choice := account.Decision{State: account.Admitted, Reason: give.Reason, GS1: give.GS1, Evidence: give.Evidence}
	if a.Chosen != nil && a.Chosen.State == account.Admitted {
		choice = *a.Chosen // what was begun is finished as it was
	} else if choice.Issuer, err = o.freeIssuer(org); err != nil {
		return a, err
	}
	if err := o.assignable(org, choice); err != nil {
		return a, err
	}
	if choice.Profile == "" {
		if choice.Profile, err = o.keepProfile(ctx, a.Dossier); err != nil {
			return a, err
		}
	}
	if a, err = o.Accounts.ChooseDecision(ctx, org, seen, choice, account.From{By: by.Account}); err != nil {
		return a, err
	}
	if _, err := o.Index.Organisation(ctx, index.Viewer{}, org); ledger.CodeOf(err) == ledger.NotFound && err != nil {
		party, err := partyOf(choice.Issuer)
		if err != nil {
			return a, err
		}
		_, err = o.Direct(ctx, by, trace.ActionAdmit, trace.Admission{
			Org: trace.Organisation{ID: org, Kind: a.Dossier.Kind, GLN: &party,
				Profile: &trace.Describes{Payload: choice.Profile, Sealed: a.Dossier.Kind.Natural()}},
			Member:  ledger.Enrolment{Member: a.Member, Org: org, Key: a.Key, Roles: ledger.Roles},
			Dossier: seen, Reason: choice.Reason,
		})
		if err != nil {
			return a, o.refusedBy(ctx, org, err)
		}
	} else if err != nil {
		return a, err
	}
	if a, err = o.admitted(ctx, a); err != nil {
		return a, err
	}
	return a, o.assign(ctx, by, a)
}

// assignable refuses a GS1 prefix that the contract would refuse once the
// organisation is admitted, when it is late to choose another.
func (o *Office) assignable(org ledger.ID, d account.Decision) error {
	switch {
	case d.GS1 == "":
		return nil
	case !account.ValidPrefix(d.GS1):
		return ledger.FieldErrorf(ledger.Invalid, "gs1", "is not a company prefix of 4 to 12 digits")
	case d.Evidence == "":
		return ledger.FieldErrorf(ledger.Invalid, "evidence", "is needed for a GS1 prefix")
	}
	owner, err := o.Index.Overlaps(d.GS1)
	if err == nil && !owner.IsZero() && owner != org {
		err = ledger.FieldErrorf(ledger.Conflict, "gs1", "overlaps a prefix that another organisation has")
	}
	return err
}

// admitted finishes an admission that may be on the register.
func (o *Office) admitted(ctx context.Context, a account.Application) (account.Application, error) {
	on, err := o.Index.Organisation(ctx, index.Viewer{}, a.Org)
	if ledger.CodeOf(err) == ledger.NotFound && err != nil {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	if err := o.Settle(ctx, a.Account); err != nil {
		return a, err
	}
	return o.Accounts.FinishDecision(ctx, a.Org, on.Entry)
}

// refusedBy forgets a choice that the contract refused, so that the operator can
// make another; one that may be recorded yet, or waits for its signature, stays.
func (o *Office) refusedBy(ctx context.Context, org ledger.ID, err error) error {
	var unsigned *Unsigned
	code := ledger.CodeOf(err)
	if errors.As(err, &unsigned) || code == ledger.Unavailable || code == ledger.Internal {
		return err
	}
	if _, dropped := o.Accounts.DropDecision(ctx, org); dropped != nil {
		return dropped
	}
	return err
}

// keepProfile stores what the register shows of an organisation.
func (o *Office) keepProfile(ctx context.Context, d account.Dossier) (string, error) {
	p := trace.Profile{
		Name: d.Name, Description: trace.Text{VI: d.About}, Address: trace.Text{VI: d.Address},
		Commune: d.Commune, Phone: d.Phone, Web: d.Web,
	}
	ref, err := o.Payloads.Put(ctx, bytes.NewReader(trace.Encode(p)), content.Options{Sealed: d.Kind.Natural()})
	if err != nil {
		return "", err
	}
	return ref.CID.String(), nil
}

// assign records the prefixes of an admitted organisation that it does not have yet.
func (o *Office) assign(ctx context.Context, by *account.Identity, a account.Application) error {
	d, ok := a.Last()
	if !ok {
		return nil
	}
	var items []any
	for _, p := range []trace.Prefix{{Org: a.Org, Issuer: d.Issuer}, {Org: a.Org, GS1: d.GS1, Evidence: d.Evidence}} {
		if p.Issuer == "" && p.GS1 == "" {
			continue
		}
		owner, err := o.Index.Assigned(p)
		if err != nil {
			return err
		}
		if owner != a.Org {
			items = append(items, p)
		}
	}
	if len(items) == 0 {
		return nil
	}
	_, err := o.Direct(ctx, by, trace.ActionPrefix, items...)
	return err
}

// freeIssuer finds an issuer of codes that nobody has, the same one for an organisation
// each time, so that a repeated admission chooses no other.
func (o *Office) freeIssuer(org ledger.ID) (string, error) {
	first := binary.BigEndian.Uint32(org[:])
	for n := range uint32(trace.Issuers) {
		issuer := trace.NthIssuer((first + n) % trace.Issuers)
		owner, err := o.Index.Assigned(trace.Prefix{Issuer: issuer})
		if err != nil {
			return "", err
		}
		if owner.IsZero() || owner == org {
			return issuer, nil
		}
	}
	return "", ledger.Errorf(ledger.Unavailable, "every issuer of codes is taken")
}

// partyOf is the code by which events name an organisation: the first of its issuer.
func partyOf(issuer string) (trace.ID, error) {
	c, err := trace.NewCode(issuer, "00000")
	if err != nil {
		return trace.ID{}, ledger.Wrap(err, ledger.Internal, "a code could not be made")
	}
	return trace.ParseID("/t/" + string(c))
}

// Refuse records that an application was read and not admitted, and why. It may be
// repeated until it succeeds.
func (o *Office) Refuse(ctx context.Context, by *account.Identity, org ledger.ID, seen ledger.Hash, reason string) (account.Application, error) {
	a, err := o.Accounts.ApplicationOf(ctx, org)
	if err != nil {
		return a, err
	}
	if last, ok := a.Last(); ok && a.State == account.Refused && last.Dossier == seen {
		return a, nil
	}
	if a, err = o.Accounts.ChooseDecision(ctx, org, seen, account.Decision{State: account.Refused, Reason: reason}, account.From{By: by.Account}); err != nil {
		return a, err
	}
	if entry, err := o.refusal(ctx, a); err != nil || entry != nil {
		return o.finish(ctx, a, entry, err)
	}
	e, err := o.Direct(ctx, by, trace.ActionRefuse, trace.Refusal{Org: org, Dossier: seen, Reason: a.Chosen.Reason})
	if err != nil {
		return a, o.refusedBy(ctx, org, err)
	}
	return o.finish(ctx, a, &e.Index, nil)
}

// refusal is the entry that refuses what was sent; nil where there is none.
func (o *Office) refusal(ctx context.Context, a account.Application) (*uint64, error) {
	for token := ""; ; {
		list, next, err := o.Index.Refusals(ctx, index.Viewer{Operator: true}, a.Org, index.Page{Token: token})
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if r.Dossier == a.Hash() {
				return &r.Entry, nil
			}
		}
		if token = next; token == "" {
			return nil, nil
		}
	}
}

// finish makes what is on the register the application's state.
func (o *Office) finish(ctx context.Context, a account.Application, entry *uint64, err error) (account.Application, error) {
	if err != nil || entry == nil {
		return a, err
	}
	return o.Accounts.FinishDecision(ctx, a.Org, *entry)
}

// Suspend ends, for the time being, what an organisation's members may do.
func (o *Office) Suspend(ctx context.Context, by *account.Identity, org ledger.ID, reason string) error {
	return o.stand(ctx, by, trace.Standing{Org: org, Suspended: true, Reason: reason})
}

// Reinstate takes a suspension back.
func (o *Office) Reinstate(ctx context.Context, by *account.Identity, org ledger.ID, reason string) error {
	return o.stand(ctx, by, trace.Standing{Org: org, Reason: reason})
}

func (o *Office) stand(ctx context.Context, by *account.Identity, to trace.Standing) error {
	on, err := o.Index.Organisation(ctx, index.Viewer{}, to.Org)
	if err != nil {
		return err
	}
	if (on.Suspended != nil) == to.Suspended {
		return nil
	}
	_, err = o.Direct(ctx, by, trace.ActionStand, to)
	return err
}
