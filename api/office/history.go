package office

import (
	"context"
	"slices"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// Deed is an entry of the register, and who made it.
type Deed struct {
	Entry  *ledger.Entry
	Member ledger.ID
	Name   string    // of the person; empty where this node does not know them
	Org    ledger.ID // of the signer: another than asked for where it acts on behalf
	About  []string  // names of members whom it changed
	Steps  []string  // business steps of a capture, each once
}

// History lists what an organisation's members did, the newest first: of all, or of
// one with its identifier.
func (o *Office) History(ctx context.Context, org, member ledger.ID, page index.Page) (list []Deed, next string, err error) {
	v := index.Viewer{Org: org}
	var entries []uint64
	if member.IsZero() {
		entries, next, err = o.Index.EntriesOf(ctx, v, org, page)
	} else {
		entries, next, err = o.Index.EntriesBy(ctx, v, member, page)
	}
	if err != nil {
		return nil, "", err
	}
	names := map[ledger.ID]string{}
	people, err := o.Accounts.Colleagues(ctx, org)
	if err != nil {
		return nil, "", err
	}
	for _, a := range people {
		for _, m := range a.Members {
			names[m.Member] = a.Name
		}
	}
	for _, n := range slices.Compact(entries) {
		e, err := o.Ledger.Entry(ctx, n)
		if err != nil {
			return nil, "", err
		}
		k, err := o.Index.Key(ctx, e.Signer)
		if err != nil {
			return nil, "", err
		}
		d := Deed{Entry: e, Member: k.Member, Org: k.Org, Name: names[k.Member]}
		if err := o.tell(ctx, &d, names); err != nil {
			return nil, "", err
		}
		list = append(list, d)
	}
	return list, next, nil
}

// tell takes out of the items what is told of them.
func (o *Office) tell(ctx context.Context, d *Deed, names map[ledger.ID]string) error {
	about := func(m ledger.ID) {
		if name := names[m]; name != "" {
			d.About = append(d.About, name)
		}
	}
	h := &d.Entry.Tx.Header
	for _, it := range d.Entry.Tx.Items {
		switch {
		case h.Contract == trace.Contract && h.Action == trace.ActionCapture:
			var f trace.Fact
			if trace.Decode(it.Data, &f) == nil && f.Step != "" && !slices.Contains(d.Steps, f.Step) {
				d.Steps = append(d.Steps, f.Step)
			}
		case h.Contract == trace.RegistryContract && h.Action == trace.ActionMember:
			var c trace.MemberChange
			if trace.Decode(it.Data, &c) == nil {
				about(c.Member)
			}
		case h.Contract == trace.RegistryContract && h.Action == trace.ActionEnrol:
			var m trace.NewMember
			if trace.Decode(it.Data, &m) == nil {
				about(m.Member.Member)
			}
		case h.Contract == trace.RegistryContract && h.Action == trace.ActionRevoke:
			var r trace.KeyRevocation
			if trace.Decode(it.Data, &r) != nil {
				continue
			}
			k, err := o.Index.Key(ctx, r.Key)
			if err != nil {
				return err
			}
			about(k.Member)
		}
	}
	d.About = slices.Compact(d.About)
	return nil
}
