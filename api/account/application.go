package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// ApplicationState says where an application is.
type ApplicationState string

const (
	Draft    ApplicationState = "draft"    // the applicant writes; nobody else sees it
	Sent     ApplicationState = "sent"     // the operator reads; the applicant may take it back
	Admitted ApplicationState = "admitted" // the organisation is on the register
	Refused  ApplicationState = "refused"  // with a reason; it may be changed and sent again
)

// ApplicationStates lists those in which the operator sees an application.
var ApplicationStates = []ApplicationState{Sent, Admitted, Refused}

// Application asks the operator to admit an organisation. It belongs to the person
// who applies, and who becomes the organisation's first administrator.
type Application struct {
	Org     ledger.ID        `json:"org"` // drawn once; the organisation's, should it be admitted
	Account ledger.ID        `json:"account"`
	State   ApplicationState `json:"state"`
	Dossier Dossier          `json:"dossier"`
	Made    time.Time        `json:"made"`
	Changed time.Time        `json:"changed"` // what it says
	At      time.Time        `json:"at"`      // since when it is in its state

	// The first administrator's, made when it is first sent.
	Member ledger.ID      `json:"member,omitzero"`
	Key    ledger.Address `json:"key,omitzero"`

	// Salt keeps what is on the register of the dossier, its hash, from telling
	// anything of it: names and numbers could be guessed.
	Salt ledger.Hash `json:"salt"`

	// Chosen is what the operator decided and has not been carried out to the end.
	Chosen    *Decision  `json:"chosen,omitempty"`
	Decisions []Decision `json:"decisions,omitempty"` // the oldest first
}

// Decision is what the operator answered to an application.
type Decision struct {
	At      time.Time        `json:"at"`
	By      ledger.ID        `json:"by"`    // the operator's account
	State   ApplicationState `json:"state"` // Admitted or Refused
	Reason  string           `json:"reason"`
	Dossier ledger.Hash      `json:"dossier"` // Application.Hash of what was decided on
	Entry   uint64           `json:"entry"`   // its place in the register

	// Of an admission: what was assigned, and where the profile is.
	Issuer   string `json:"issuer,omitempty"` // of register-issued codes
	GS1      string `json:"gs1,omitempty"`    // company prefix
	Evidence string `json:"evidence,omitempty"`
	Profile  string `json:"profile,omitempty"` // CID
}

// Hash names what the application says: SHA-256 of the JSON of Org, Member, Key, Salt
// and Dossier, in this order. It is what the register keeps of it.
func (a Application) Hash() ledger.Hash {
	b, err := json.Marshal(struct {
		Org     ledger.ID      `json:"org"`
		Member  ledger.ID      `json:"member"`
		Key     ledger.Address `json:"key"`
		Salt    ledger.Hash    `json:"salt"`
		Dossier Dossier        `json:"dossier"`
	}{a.Org, a.Member, a.Key, a.Salt, a.Dossier})
	if err != nil {
		panic(err) // texts and numbers alone
	}
	return sha256.Sum256(b)
}

// Last is the latest decision.
func (a Application) Last() (Decision, bool) {
	if len(a.Decisions) == 0 {
		return Decision{}, false
	}
	return a.Decisions[len(a.Decisions)-1], true
}

// Editable reports whether the applicant may change what it says.
func (a Application) Editable() bool { return a.State == Draft || a.State == Refused }

const (
	maxApplications = 10   // of an account
	maxDecisions    = 50   // of an application
	maxReason       = 1000 // bytes; as the contract
)

func errApplication() error {
	return ledger.Errorf(ledger.NotFound, "there is no such application")
}

// NewApplication begins an application.
func (s *Store) NewApplication(_ context.Context, account ledger.ID, d Dossier) (a Application, err error) {
	if d, err = d.Parse(); err != nil {
		return a, err
	}
	d.Documents = nil
	now := s.time()
	a = Application{Org: ledger.NewID(), Account: account, State: Draft, Dossier: d, Made: now, Changed: now, At: now}
	rand.Read(a.Salt[:])
	err = s.vault.Update(func(t *vault.Tx) error {
		if _, err := person(t, account); err != nil {
			return err
		}
		if err := room(t, accountKey(account, applicationKind), maxApplications, "applications"); err != nil {
			return err
		}
		if err := t.Claim(applicationName, a.Org.String(), account); err != nil {
			return err
		}
		if err := dropHanded(t, account); err != nil {
			return err
		}
		return t.Put(applicationKey(a), a)
	})
	return a, err
}

// SaveApplication keeps what an applicant wrote, also what is not complete yet. Its
// documents stay; see AttachDocument.
func (s *Store) SaveApplication(_ context.Context, account, org ledger.ID, d Dossier) (Application, error) {
	d, err := d.Parse()
	if err != nil {
		return Application{}, err
	}
	return s.editApplication(account, org, func(a *Application) error {
		d.Documents = a.Dossier.Documents
		a.Dossier = d
		return nil
	})
}

// AttachDocument adds a document, which is stored elsewhere, to an application.
func (s *Store) AttachDocument(_ context.Context, account, org ledger.ID, d Document) (Application, error) {
	return s.editApplication(account, org, func(a *Application) error {
		if len(a.Dossier.Documents) >= MaxDocuments {
			return ledger.FieldErrorf(ledger.TooLarge, "document", "there are %d already; remove one first", MaxDocuments)
		}
		d.Name = clip(d.Name, maxDocumentName)
		d.Added = s.time()
		a.Dossier.Documents = append(slices.Clone(a.Dossier.Documents), d)
		return nil
	})
}

// DetachDocument removes a document from an application, and returns which it was.
// Its bytes are destroyed by who stored them.
func (s *Store) DetachDocument(_ context.Context, account, org ledger.ID, cid string) (a Application, d Document, err error) {
	a, err = s.editApplication(account, org, func(a *Application) error {
		i := slices.IndexFunc(a.Dossier.Documents, func(d Document) bool { return d.CID == cid })
		if i < 0 {
			return ledger.Errorf(ledger.NotFound, "the application has no such document")
		}
		d = a.Dossier.Documents[i]
		a.Dossier.Documents = slices.Delete(slices.Clone(a.Dossier.Documents), i, i+1)
		return nil
	})
	return a, d, err
}

// editApplication changes what an application says. One that was refused is a draft
// from then on.
func (s *Store) editApplication(account, org ledger.ID, change func(*Application) error) (Application, error) {
	return s.changeApplication(account, org, func(t *vault.Tx, a *Application) error {
		if !a.Editable() {
			return ledger.Errorf(ledger.Conflict, "the application was sent; take it back before you change it")
		}
		if err := change(a); err != nil {
			return err
		}
		a.Changed = s.time()
		return s.pass(t, a, Draft)
	})
}

// SendApplication hands an application to the operator. It makes the membership and
// key of the first administrator, and is Invalid in the first field that Missing
// names. What was refused is not sent again as it was.
func (s *Store) SendApplication(_ context.Context, account, org ledger.ID, from From) (Application, error) {
	return s.changeApplication(account, org, func(t *vault.Tx, a *Application) error {
		if a.State == Sent {
			return nil
		}
		if !a.Editable() {
			return ledger.Errorf(ledger.Conflict, "the organisation was admitted")
		}
		if missing := a.Dossier.Missing(); len(missing) > 0 {
			return ledger.FieldErrorf(ledger.Invalid, missing[0], "is missing")
		}
		if a.Member.IsZero() {
			owner, err := person(t, account)
			if err != nil {
				return err
			}
			id, err := s.newMember(t, owner, Membership{Org: a.Org}, from)
			if err != nil {
				return err
			}
			a.Member, a.Key = id.Member, id.Address
		}
		if last, ok := a.Last(); ok && last.Dossier == a.Hash() {
			return ledger.Errorf(ledger.Conflict, "this application was refused as it is; change what the reason says")
		}
		if err := s.note(t, account, Event{What: ApplicationSent, Detail: a.Dossier.Name.VI}, from); err != nil {
			return err
		}
		return s.pass(t, a, Sent)
	})
}

// WithdrawApplication takes an application back from the operator, to change it.
func (s *Store) WithdrawApplication(_ context.Context, account, org ledger.ID) (Application, error) {
	return s.changeApplication(account, org, func(t *vault.Tx, a *Application) error {
		if a.State != Sent || a.Chosen != nil {
			return ledger.Errorf(ledger.Conflict, "the application is not with the operator, or is being decided")
		}
		return s.pass(t, a, Draft)
	})
}

// DropApplication removes an application that is no longer wanted, and returns it,
// so that its documents can be destroyed. One that is decided on stays.
func (s *Store) DropApplication(_ context.Context, account, org ledger.ID) (a Application, err error) {
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		if a, err = application(t, account, org); err != nil {
			return err
		}
		if a.State != Draft || len(a.Decisions) > 0 || !a.Member.IsZero() {
			return ledger.Errorf(ledger.Conflict, "only an application that was never sent can be removed")
		}
		if err := t.Release(applicationName, org.String(), account); err != nil {
			return err
		}
		return t.Delete(applicationKey(a))
	})
	return a, err
}

// ChooseDecision notes what the operator is about to record, so that it can be
// finished after a crash. seen is the hash of the application that they read.
func (s *Store) ChooseDecision(_ context.Context, org ledger.ID, seen ledger.Hash, d Decision, from From) (Application, error) {
	reason, err := parseNote("reason", d.Reason)
	if err != nil {
		return Application{}, err
	}
	if len(reason) > maxReason {
		return Application{}, ledger.FieldErrorf(ledger.TooLarge, "reason", "has more than %d bytes", maxReason)
	}
	return s.decide(org, func(t *vault.Tx, a *Application) error {
		switch {
		case a.State != Sent:
			return ledger.Errorf(ledger.Conflict, "the application is not with the operator any more")
		case a.Hash() != seen:
			return ledger.Errorf(ledger.Conflict, "the application was changed since you read it; read it again")
		case a.Chosen != nil && a.Chosen.State != d.State:
			return ledger.Errorf(ledger.Conflict, "another decision is being recorded")
		}
		d.At, d.By, d.Reason, d.Dossier = s.time(), from.By, reason, seen
		a.Chosen = &d
		return nil
	})
}

// FinishDecision makes the chosen decision the application's state, once it is on
// the register. It may be repeated.
func (s *Store) FinishDecision(_ context.Context, org ledger.ID, entry uint64) (Application, error) {
	return s.decide(org, func(t *vault.Tx, a *Application) error {
		if a.Chosen == nil {
			return nil
		}
		d := *a.Chosen
		d.Entry = entry
		a.Chosen = nil
		a.Decisions = append(slices.Clone(a.Decisions), d)
		if n := len(a.Decisions); n > maxDecisions {
			a.Decisions = a.Decisions[n-maxDecisions:]
		}
		if err := s.note(t, a.Account, Event{What: ApplicationDecided, Detail: string(d.State)}, From{By: d.By}); err != nil {
			return err
		}
		return s.pass(t, a, d.State)
	})
}

// DropDecision forgets a chosen decision that the register refused.
func (s *Store) DropDecision(_ context.Context, org ledger.ID) (Application, error) {
	return s.decide(org, func(_ *vault.Tx, a *Application) error {
		a.Chosen = nil
		return nil
	})
}

// Applications lists a person's applications, the newest first.
func (s *Store) Applications(_ context.Context, account ledger.ID) ([]Application, error) {
	all, err := readAll[Application](s, accountKey(account, applicationKind))
	slices.SortFunc(all, func(a, b Application) int { return b.Made.Compare(a.Made) })
	return all, err
}

// Application returns an application of a person.
func (s *Store) Application(_ context.Context, account, org ledger.ID) (a Application, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		a, err = application(t, account, org)
		return err
	})
	return a, err
}

// ApplicationOf returns the application for an organisation, whosever it is. It is
// for the operator: a draft is not there.
func (s *Store) ApplicationOf(_ context.Context, org ledger.ID) (a Application, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		a, err = applicationOf(t, org)
		return err
	})
	return a, err
}

// ApplicationsIn lists a page of all applications in a state: those that were sent
// by how long they wait, the decided by their decision, the latest first. next is
// the page that follows, empty where there is none.
func (s *Store) ApplicationsIn(_ context.Context, state ApplicationState, page string, most int) (all []Application, next string, err error) {
	skip, err := strconv.Atoi(page)
	if !slices.Contains(ApplicationStates, state) {
		return nil, "", ledger.FieldErrorf(ledger.Invalid, "state", "is none of %v", ApplicationStates)
	}
	if page != "" && (err != nil || skip < 0) {
		return nil, "", ledger.FieldErrorf(ledger.Invalid, "page", "is not a page of this list")
	}
	err = s.vault.View(func(t *vault.Tx) error {
		keys, err := t.Keys(stateKey(state))
		if err != nil {
			return err
		}
		if state != Sent {
			slices.Reverse(keys)
		}
		if len(keys) > skip+most {
			next = strconv.Itoa(skip + most)
		}
		for _, k := range keys[min(skip, len(keys)):min(skip+most, len(keys))] {
			a, err := applicationOf(t, ledger.ID(k[len(k)-len(ledger.ID{}):]))
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, next, err
}

// CountApplications says how many applications are in a state.
func (s *Store) CountApplications(_ context.Context, state ApplicationState) (n int, err error) {
	err = s.vault.View(func(t *vault.Tx) error {
		keys, err := t.Keys(stateKey(state))
		n = len(keys)
		return err
	})
	return n, err
}

// decide changes an application for the operator.
func (s *Store) decide(org ledger.ID, change func(*vault.Tx, *Application) error) (a Application, err error) {
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		if a, err = applicationOf(t, org); err != nil {
			return err
		}
		if err := change(t, &a); err != nil {
			return err
		}
		return t.Put(applicationKey(a), a)
	})
	return a, err
}

func (s *Store) changeApplication(account, org ledger.ID, change func(*vault.Tx, *Application) error) (a Application, err error) {
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		if a, err = application(t, account, org); err != nil {
			return err
		}
		if err := change(t, &a); err != nil {
			return err
		}
		return t.Put(applicationKey(a), a)
	})
	return a, err
}

// pass brings an application into a state, and lists it there for the operator.
func (s *Store) pass(t *vault.Tx, a *Application, to ApplicationState) error {
	if a.State == to {
		return nil
	}
	if a.State != Draft {
		if err := t.Delete(listedKey(*a)); err != nil {
			return err
		}
	}
	a.State, a.At = to, s.time()
	if to == Draft {
		return nil
	}
	return t.Put(listedKey(*a), a.Account)
}

func application(t *vault.Tx, account, org ledger.ID) (Application, error) {
	a, ok, err := get[Application](t, accountKey(account, applicationKind, org[:]...))
	if err == nil && !ok {
		err = errApplication()
	}
	return a, err
}

func applicationOf(t *vault.Tx, org ledger.ID) (Application, error) {
	owner, err := t.Find(applicationName, org.String())
	if err != nil {
		return Application{}, err
	}
	a, err := application(t, owner, org)
	if err == nil && a.State == Draft {
		return Application{}, errApplication()
	}
	return a, err
}

func applicationKey(a Application) []byte { return accountKey(a.Account, applicationKind, a.Org[:]...) }

// stateKey begins the keys of the operator's list of a state.
func stateKey(state ApplicationState) []byte {
	return nodeKey(listedKind, string(state)[0])
}

func listedKey(a Application) []byte {
	return slices.Concat(stateKey(a.State), binary.BigEndian.AppendUint64(nil, uint64(a.At.UnixMilli())), a.Org[:])
}
