package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// MyHome is the first page of somebody who is signed in.
type MyHome struct {
	Members      []MyMembership
	Waiting      []trace.Text // organisations that have yet to confirm them
	Applications []MyApplication
	Admin        bool          // of the organisation that they act for
	ToConfirm    int           // members of it who wait
	Complaints   int           // reports of shoppers that are open
	Requests     int           // for data, that the organisation has yet to answer
	Alone        bool          // nobody else is in it yet, nor invited
	Record       bool          // they may record
	Coming       int           // shipments on their way to it
	Recalled     int           // things that it has and that are recalled
	Recalls      int           // recalls of what is its own, that are in force
	Trades       int           // of data, that wait for it
	Expiring     []Certificate // of that organisation, that end soon
	Down         bool          // the organisation that they act for, or they themselves, are suspended
	DownOrg      bool          // it is the organisation
	DownSince    ledger.Time   // zero where it is not known
	DownWhy      string
}

// MyMembership is an organisation that they act for.
type MyMembership struct {
	Member string
	Org    trace.Text
	Chosen bool
}

// MyApplication is an organisation that they apply for.
type MyApplication struct {
	Path, Name, State string
	Since             ledger.Time
	Reason            string
}

// Me writes the page.
func (p *Pages) Me(w io.Writer, r Reader, v *MyHome) error { return p.desk(w, r, "me", v) }
