// Package prov writes where datasets come from as PROV-JSON (W3C member submission of
// 24 April 2013, of the PROV data model).
//
// A version of a dataset is an entity, a revision of the one before and a specialization
// of the dataset; the transaction that published it is the activity that generated it,
// and its publisher the agent. What it derives from is another version, a register's
// first records, a batch, or something elsewhere.
//
// Names are below the address at which people reach the node, as package dcat has them:
// it:datasets/{id}#v{n}, it:catalog#org-{id}, it:checkpoint#{size}; a transaction is
// it:api/v1/receipts/{entry}. What is elsewhere has a prefix of its own.
//
// Limits: those of who puts a Lineage together; More says that it has an end that the
// data does not have.
package prov

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Kind is what a thing in a lineage is.
type Kind string

const (
	Version  Kind = "dataset"  // a version of a dataset
	Register Kind = "register" // the first records of this register
	Batch    Kind = "batch"
	Outside  Kind = "outside"
)

// Thing is an entity. Only Kind and Name are set of what is no version, and of a version
// that is not shown: its words are withheld.
type Thing struct {
	Kind      Kind
	Dataset   ledger.ID
	Version   int
	Ref       string // of what is no version, as a market.Source has it
	Title     ledger.Text
	Publisher market.Publisher
	Published ledger.Time
	Entry     uint64 // of the transaction that published it
	Shown     bool
}

// Derivation says that one thing was made from another; both are positions in the list.
type Derivation struct {
	Made, Used int
	How        string
	Revision   bool // the next version of the same dataset
}

// Lineage is what a version comes from and what came of it.
type Lineage struct {
	Things      []Thing // the first is the one that was asked for
	Derivations []Derivation
	More        bool // it goes on
}

type attributes map[string]any

type document struct {
	Prefix         map[string]string     `json:"prefix"`
	Entity         map[string]attributes `json:"entity"`
	Activity       map[string]attributes `json:"activity,omitempty"`
	Agent          map[string]attributes `json:"agent,omitempty"`
	Generated      map[string]attributes `json:"wasGeneratedBy,omitempty"`
	Associated     map[string]attributes `json:"wasAssociatedWith,omitempty"`
	Attributed     map[string]attributes `json:"wasAttributedTo,omitempty"`
	Derived        map[string]attributes `json:"wasDerivedFrom,omitempty"`
	Specialization map[string]attributes `json:"specializationOf,omitempty"`
}

// Encode writes a lineage; base is the address at which people reach the node, without a
// slash at the end. The same lineage has the same bytes.
func Encode(base string, l Lineage) []byte {
	d := document{
		Prefix: map[string]string{
			"it": base + "/", "dct": "http://purl.org/dc/terms/", "dcat": "http://www.w3.org/ns/dcat#",
			"prov": "http://www.w3.org/ns/prov#", "xsd": "http://www.w3.org/2001/XMLSchema#",
		},
		Entity: map[string]attributes{}, Activity: map[string]attributes{}, Agent: map[string]attributes{},
		Generated: map[string]attributes{}, Associated: map[string]attributes{}, Attributed: map[string]attributes{},
		Derived: map[string]attributes{}, Specialization: map[string]attributes{},
	}
	names := make([]string, len(l.Things))
	for i, t := range l.Things {
		names[i] = d.name(i, t)
		d.Entity[names[i]] = entityOf(t)
		if t.Kind == Version {
			d.publication(i, names[i], t)
		}
	}
	for i, x := range l.Derivations {
		a := attributes{"prov:generatedEntity": names[x.Made], "prov:usedEntity": names[x.Used]}
		if x.How != "" {
			a["dct:description"] = x.How
		}
		if x.Revision {
			a["prov:type"] = qualified("prov:Revision")
		}
		d.Derived["_:d"+strconv.Itoa(i+1)] = a
	}
	b, err := json.Marshal(d)
	if err != nil {
		panic(err) // these types always encode
	}
	return b
}

func (d *document) name(i int, t Thing) string {
	switch t.Kind {
	case Version:
		return "it:datasets/" + t.Dataset.String() + "#v" + strconv.Itoa(t.Version)
	case Register:
		_, size, _ := strings.Cut(t.Ref, "@")
		return "it:checkpoint#" + size
	}
	prefix := "other" + strconv.Itoa(i)
	d.Prefix[prefix] = t.Ref
	return prefix + ":"
}

func entityOf(t Thing) attributes {
	a := attributes{}
	switch t.Kind {
	case Version:
		a["prov:type"], a["dcat:version"] = qualified("dcat:Dataset"), strconv.Itoa(t.Version)
	case Register:
		register, _, _ := strings.Cut(t.Ref, "@")
		a["dct:identifier"] = register
	}
	var labels []any
	for _, l := range []struct{ words, lang string }{{t.Title.VI, "vi"}, {t.Title.EN, "en"}} {
		if l.words != "" {
			labels = append(labels, attributes{"$": l.words, "lang": l.lang})
		}
	}
	if len(labels) > 0 {
		a["prov:label"] = labels
	}
	return a
}

// publication says who published a version, and when.
func (d *document) publication(i int, name string, t Thing) {
	n := strconv.Itoa(i + 1)
	general := "it:datasets/" + t.Dataset.String() + "#dataset"
	if d.Entity[general] == nil {
		d.Entity[general] = attributes{"prov:type": qualified("dcat:Dataset")}
	}
	d.Specialization["_:s"+n] = attributes{"prov:specificEntity": name, "prov:generalEntity": general}
	if !t.Shown {
		return
	}
	agent := "it:catalog#org-" + t.Publisher.ID.String()
	d.Agent[agent] = attributes{"prov:type": qualified("prov:Organization"), "prov:label": t.Publisher.Name}
	activity, at := "it:api/v1/receipts/"+strconv.FormatUint(t.Entry, 10), t.Published.String()
	d.Activity[activity] = attributes{"prov:startTime": at, "prov:endTime": at, "prov:type": qualified("prov:Publish")}
	d.Generated["_:g"+n] = attributes{"prov:entity": name, "prov:activity": activity, "prov:time": at}
	d.Associated["_:w"+n] = attributes{"prov:activity": activity, "prov:agent": agent}
	d.Attributed["_:a"+n] = attributes{"prov:entity": name, "prov:agent": agent}
}

func qualified(name string) attributes {
	return attributes{"$": name, "type": "xsd:QName"}
}
