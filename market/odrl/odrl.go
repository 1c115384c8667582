// Package odrl writes the terms of the data market as ODRL 2.2 policies in JSON-LD, as
// the Dataspace Protocol 2025-1 profiles them, reads them back, and says them in plain
// words.
//
// A policy has one spelling: members in the order below, no spaces, empty ones left
// out. So both sides of an agreement write the same bytes, and the CID of those is what
// they sign. Within a message of the Dataspace Protocol it stands without its @context.
//
// Organisations, datasets, offers and agreements are named urn:uuid: with the 16 bytes
// of their id, whatever node one asks. What ODRL has a word for is said with it:
//
//	odrl:payAmount      the price in đồng, of the duty odrl:compensate
//	odrl:elapsedTime    days to pay, hours to deliver, days to object, days of the term
//	odrl:purpose        what the data may be used for
//	odrl:spatial        where, by ISO 3166 code
//	odrl:percentage     a contributor's part of the price
//	odrl:version        the version that was agreed on, and those after it
//	odrl:distribute, odrl:attribute
//
// A duty to pay within the permission is a condition: nothing is given before it is
// met. Among the obligations it is not. The profile adds, under [Namespace]:
//
//	laterVersions       number of later versions that are in the price
//	downloads           number of downloads of each file
//	callsADay           number of calls of a data service on one day
//	any, internal, research, commercial, public
//	                    purposes
//	legalBasis          of a public duty, in words
//	distributeDerived   action: give others what is made of the data, where the data
//	                    cannot be had from it
//	deliver             action: deliver, counted from when the condition is met
//	accept              action: object to a delivery, or have accepted it
//	exclude             action: agree with nobody else within the term
//
// Limits: a document of 512 KiB, and those of market.Terms.
package odrl

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Profile names this profile of ODRL, and Namespace holds its own words.
const (
	Profile   = "https://github.com/sogoc/sogoc/market/odrl"
	Namespace = Profile + "#"
)

// Hours to deliver and days to object where terms name none.
const (
	DeliverHours = 24
	ObjectDays   = 7
)

// maxBytes bounds a policy.
const maxBytes = 512 << 10

// đồng, as the EU's authority table of currencies names it.
const dong = "http://publications.europa.eu/resource/authority/currency/VND"

// Agreement is what two organisations sign: the dataset from a version on, on these
// terms.
type Agreement struct {
	ID       ledger.ID
	Provider ledger.ID
	Consumer ledger.ID
	Dataset  ledger.ID
	Version  int
	At       ledger.Time // from which its days are counted
	Basis    string      // of a public duty; empty where there is none
	Terms    market.Terms
}

// The context of a policy that stands alone.
var context = json.RawMessage(`["https://w3id.org/dspace/2025/1/odrl-profile.jsonld",{"dct":"http://purl.org/dc/terms/","dspace":"https://w3id.org/dspace/2025/1/","timestamp":"dspace:timestamp","xsd":"http://www.w3.org/2001/XMLSchema#"}]`)

type policy struct {
	Context     json.RawMessage `json:"@context,omitempty"`
	ID          string          `json:"@id"`
	Type        string          `json:"@type"`
	Profile     string          `json:"profile"`
	Target      string          `json:"target"`
	Assigner    string          `json:"assigner"`
	Assignee    string          `json:"assignee,omitempty"`
	Timestamp   string          `json:"timestamp,omitempty"`
	Valid       *term           `json:"dct:valid,omitempty"`
	Permission  []rule          `json:"permission"`
	Prohibition []rule          `json:"prohibition,omitempty"`
	Obligation  []rule          `json:"obligation,omitempty"`
}

type rule struct {
	Action           string       `json:"action"`
	Assignee         string       `json:"assignee,omitempty"` // where it is not the policy's
	CompensatedParty *term        `json:"odrl:compensatedParty,omitempty"`
	Constraint       []constraint `json:"constraint,omitempty"`
	Duty             []rule       `json:"duty,omitempty"`
}

type constraint struct {
	Left     string `json:"leftOperand"`
	Operator string `json:"operator"`
	Right    terms  `json:"rightOperand"`
	Unit     *term  `json:"odrl:unit,omitempty"`
}

// term is a resource or a literal.
type term struct {
	ID    string `json:"@id,omitempty"`
	Type  string `json:"@type,omitempty"`
	Value string `json:"@value,omitempty"`
}

// terms is one operand, or those of a set.
type terms []term

func (o terms) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return json.Marshal(o[0])
	}
	return json.Marshal([]term(o))
}

func (o *terms) UnmarshalJSON(b []byte) error {
	if bytes.HasPrefix(b, []byte("[")) {
		return strictly(b, (*[]term)(o))
	}
	*o = make(terms, 1)
	return strictly(b, &(*o)[0])
}

// Names of actions and operands as a policy writes them.
const (
	use         = "use"
	distribute  = "odrl:distribute"
	derived     = Namespace + "distributeDerived"
	attribute   = "odrl:attribute"
	compensate  = "odrl:compensate"
	deliver     = Namespace + "deliver"
	accept      = Namespace + "accept"
	exclude     = Namespace + "exclude"
	elapsedTime = "odrl:elapsedTime"
	payAmount   = "odrl:payAmount"
	percentage  = "odrl:percentage"
	purpose     = "odrl:purpose"
	spatial     = "odrl:spatial"
	version     = "odrl:version"
	later       = Namespace + "laterVersions"
	downloads   = Namespace + "downloads"
	callsADay   = Namespace + "callsADay"
	legalBasis  = Namespace + "legalBasis"
)

// EncodeOffer writes an offer of a provider. It refuses terms that nobody could keep.
func EncodeOffer(o market.Offer, provider ledger.ID) ([]byte, error) {
	p, err := offer(o, provider)
	if err != nil {
		return nil, err
	}
	return encode(p), nil
}

// EncodeAgreement writes the document that both sides sign.
func EncodeAgreement(a Agreement) ([]byte, error) {
	p, err := agreement(a)
	if err != nil {
		return nil, err
	}
	return encode(p), nil
}

func offer(o market.Offer, provider ledger.ID) (policy, error) {
	p := policy{
		Context: context, ID: urn(o.ID), Type: "Offer", Profile: Profile,
		Target: urn(o.Dataset), Assigner: urn(provider),
	}
	if !o.Until.IsZero() {
		p.Valid = &term{Type: "xsd:dateTime", Value: o.Until.String()}
	}
	return p, p.say(o.Terms, 0)
}

func agreement(a Agreement) (policy, error) {
	if a.Version < 1 {
		return policy{}, ledger.FieldErrorf(ledger.Invalid, "version", "an agreement names a version, from 1 on")
	}
	p := policy{
		Context: context, ID: urn(a.ID), Type: "Agreement", Profile: Profile,
		Target: urn(a.Dataset), Assigner: urn(a.Provider), Assignee: urn(a.Consumer), Timestamp: a.At.String(),
	}
	if err := p.say(a.Terms, a.Version); err != nil {
		return policy{}, err
	}
	if a.Basis != "" {
		p.Permission[0].limit(legalBasis, "eq", term{Value: a.Basis})
	}
	return p, nil
}

func encode(p policy) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		panic(err) // these types always encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Normal gives the terms that say the same, each thing once and nothing that holds
// anyhow. Those are the terms that a policy is read as.
func Normal(t market.Terms) market.Terms {
	if t.Deliver == DeliverHours {
		t.Deliver = 0
	}
	if t.Object == ObjectDays {
		t.Object = 0
	}
	t.Purposes, t.Territory = distinct(t.Purposes), distinct(t.Territory)
	if slices.Contains(t.Purposes, market.PurposeAny) {
		t.Purposes = []market.Purpose{market.PurposeAny}
	}
	return t
}

func distinct[T comparable](list []T) (once []T) {
	for _, v := range list {
		if !slices.Contains(once, v) {
			once = append(once, v)
		}
	}
	return once
}

// say puts terms into a policy; from is the version that was agreed on, 0 where it is
// open.
func (p *policy) say(t market.Terms, from int) error {
	if err := t.Check(); err != nil {
		return err
	}
	t = Normal(t)
	give := rule{Action: use}
	if from > 0 {
		give.limit(version, "gteq", number(from))
	}
	if t.Versions >= 0 {
		give.limit(later, "lteq", number(t.Versions))
	}
	if t.Days > 0 {
		give.limit(elapsedTime, "lteq", days(t.Days))
	}
	if t.Downloads > 0 {
		give.limit(downloads, "lteq", number(t.Downloads))
	}
	if t.Calls > 0 {
		give.limit(callsADay, "lteq", number(t.Calls))
	}
	purposes := make(terms, len(t.Purposes))
	for i, u := range t.Purposes {
		purposes[i].ID = Namespace + string(u)
	}
	give.limit(purpose, "isAnyOf", purposes...)
	if len(t.Territory) > 0 {
		places := make(terms, len(t.Territory))
		for i, code := range t.Territory {
			places[i].Value = code
		}
		give.limit(spatial, "isAnyOf", places...)
	}
	if t.Attribute {
		give.Duty = append(give.Duty, rule{Action: attribute})
	}
	if t.Price > 0 {
		pay := rule{Action: compensate}
		pay.Constraint = []constraint{{payAmount, "eq", terms{number(int64(t.Price))}, &term{ID: dong}}}
		if t.PayDays > 0 {
			pay.limit(elapsedTime, "lteq", days(t.PayDays))
		}
		if t.Release == market.OnPayment {
			give.Duty = append(give.Duty, pay)
		} else {
			p.Obligation = append(p.Obligation, pay)
		}
	}
	p.Permission = []rule{give}
	p.passOn(t.PassOn)
	p.oblige(t)
	return nil
}

func (p *policy) passOn(on market.PassOn) {
	for _, a := range []struct {
		action  string
		allowed bool
	}{{distribute, on == market.PassAll}, {derived, on != market.PassNothing}} {
		if a.allowed {
			p.Permission = append(p.Permission, rule{Action: a.action})
		} else {
			p.Prohibition = append(p.Prohibition, rule{Action: a.action})
		}
	}
}

// oblige puts what a side has to do once there is an agreement.
func (p *policy) oblige(t market.Terms) {
	hours, objection := t.Deliver, t.Object
	if hours == 0 {
		hours = DeliverHours
	}
	if objection == 0 {
		objection = ObjectDays
	}
	provider := func(action string) rule { return rule{Action: action, Assignee: p.Assigner} }
	send := provider(deliver)
	send.limit(elapsedTime, "lteq", term{Type: "xsd:duration", Value: "PT" + strconv.Itoa(hours) + "H"})
	take := rule{Action: accept}
	take.limit(elapsedTime, "lteq", days(objection))
	p.Obligation = append(p.Obligation, send, take)
	if t.Exclusive {
		p.Obligation = append(p.Obligation, provider(exclude))
	}
	for _, s := range t.Shares {
		pay := provider(compensate)
		pay.CompensatedParty = &term{ID: urn(s.Org)}
		pay.limit(percentage, "eq", term{Type: "xsd:decimal", Value: fmt.Sprintf("%d.%02d", s.Parts/100, s.Parts%100)})
		p.Obligation = append(p.Obligation, pay)
	}
}

func (r *rule) limit(left, operator string, right ...term) {
	r.Constraint = append(r.Constraint, constraint{Left: left, Operator: operator, Right: right})
}

func number[T int | int64](n T) term {
	return term{Type: "xsd:integer", Value: strconv.FormatInt(int64(n), 10)}
}

func days(n int) term { return term{Type: "xsd:duration", Value: "P" + strconv.Itoa(n) + "D"} }

// urn names an id as a URN (RFC 9562, section 4).
func urn(id ledger.ID) string {
	h := hex.EncodeToString(id[:])
	return "urn:uuid:" + h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func parseURN(field, s string) (ledger.ID, error) {
	id, err := ledger.ParseID(strings.ReplaceAll(strings.TrimPrefix(s, "urn:uuid:"), "-", ""))
	if err != nil || urn(id) != s {
		return ledger.ID{}, ledger.FieldErrorf(ledger.Invalid, field, "%q is not a name like urn:uuid:00000000-0000-0000-0000-000000000000", s)
	}
	return id, nil
}
