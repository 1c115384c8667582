package registry

import (
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// MaySubmit refuses to let the nodes of a host, a member of a Fabric channel named
// by its MSP id, submit what a key signed: that is for the host of the signer's
// organisation alone. A node could otherwise write for somebody whose key it got
// hold of, or whose signed transaction it was shown.
//
// An organisation that names no host has the operator's, which is the one that the
// genesis names until the operator changes it. A key that is on no register is left
// to the contracts, which refuse it, but for the one that founds the register.
func MaySubmit(s ledger.StateReader, host string, signer ledger.Address) error {
	ledger.ReadAhead(s, func() []string { return []string{keyKey + signer.String(), hostKey} })
	key, known, err := load[keyRecord](s, keyKey+signer.String())
	if err != nil {
		return err
	}
	if !known {
		return mayFound(s, host, signer)
	}
	readStanding(s, key) // the contract reads the member next
	org, ok, err := load[orgRecord](s, orgKey+key.Org.String())
	if err != nil {
		return err
	}
	if !ok {
		return ledger.Errorf(ledger.Internal, "organisation %s is missing", key.Org)
	}
	own := org.Host
	if own == "" {
		if own, err = operatorHost(s); err != nil {
			return err
		}
	}
	return only(own, host, "a member of the organisation "+key.Org.String()+" signed")
}

// mayFound refuses a founding that another host submits than the genesis names.
func mayFound(s ledger.StateReader, host string, signer ledger.Address) error {
	g, err := genesis(s)
	if err != nil {
		return err
	}
	if signer != g.Operator {
		return nil
	}
	return only(g.Host, host, "founds the register")
}

// only refuses every host but the one whose part it is; what says what is submitted.
func only(own, host, what string) error {
	switch {
	case own == "":
		return ledger.Errorf(ledger.Forbidden, "a node of %s may not submit what %s: neither the register nor its genesis names whose nodes may", host, what)
	case own != host:
		return ledger.Errorf(ledger.Forbidden, "a node of %s may not submit what %s; only nodes of %s may", host, what, own)
	}
	return nil
}

func operatorHost(s ledger.StateReader) (string, error) {
	b, err := s.Get(hostKey)
	if err != nil || b != nil {
		return string(b), err
	}
	g, err := genesis(s)
	return g.Host, err
}

func genesis(s ledger.StateReader) (ledger.Genesis, error) {
	raw, err := s.Get(ledger.GenesisKey)
	if err != nil {
		return ledger.Genesis{}, err
	}
	g, err := ledger.ParseGenesis(raw)
	if err != nil {
		return g, ledger.Wrap(err, ledger.Internal, "the genesis cannot be read")
	}
	return g, nil
}

// host names an organisation's host. The operator's own is that of everybody who
// names none, and is never empty. A name that no member of the channel has shuts
// its organisation out until the channel admits one of that name or the operator
// names another.
func (a *action) host(in trace.Hosting) error {
	if err := a.operator(); err != nil {
		return err
	}
	key := orgKey + in.Org.String()
	o, ok, err := load[orgRecord](a, key)
	if err != nil {
		return err
	}
	if !ok {
		return ledger.FieldErrorf(ledger.NotFound, "org", "is not on the register")
	}
	before, operator := o.Host, o.Kind == ledger.KindOperator
	if operator {
		if before, err = operatorHost(a); err != nil {
			return err
		}
	}
	switch {
	case in.Host == before:
		return ledger.FieldErrorf(ledger.Conflict, "host", "is so already")
	case !ledger.ValidHost(in.Host) && (in.Host != "" || operator):
		return ledger.FieldErrorf(ledger.Invalid, "host", "%q does not name a member of a channel", in.Host)
	}
	if err := reason(in.Reason); err != nil {
		return err
	}
	if operator {
		a.Put(hostKey, []byte(in.Host))
		return nil
	}
	o.Host = in.Host
	save(a, key, o)
	return nil
}
