package node

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
)

// applicationFile is where a node of an organisation that is not the operator's
// says how it wants to be admitted.
const applicationFile = "application.json"

// ApplicationFormat is the only application format there is.
const ApplicationFormat = "sogoc-application/1"

// Application asks the operator of a register to admit an organisation and the
// member that administers it, whose key the applicant's node has in custody. It is
// a JSON file that holds no secret.
type Application struct {
	Format    string          `json:"format"`
	Register  ledger.Hash     `json:"register"`
	Admission trace.Admission `json:"admission"`
	// Profile is what the organisation's admission names by its CID: the operator's
	// node needs it, too, to show the organisation's name.
	Profile trace.Profile `json:"profile"`
}

// ReadApplication reads an application. Errors name the file.
func ReadApplication(file string) (*Application, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	a := new(Application)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(a); err != nil {
		return nil, fmt.Errorf("%s is not an application for admission: %w", file, err)
	}
	switch {
	case a.Format != ApplicationFormat:
		return nil, fmt.Errorf("%s: format %q is not %s", file, a.Format, ApplicationFormat)
	case a.Admission.Org.Profile == nil || a.Admission.Org.Profile.Sealed:
		return nil, fmt.Errorf("%s: the organisation has no open profile", file)
	}
	return a, nil
}

// apply takes up the application of this node's organisation, or writes one at the
// node's first start: it draws the organisation's and its administrator's
// identifiers and a key, which stays in custody here, and a token for it, which is
// of use once the operator has admitted them.
func (n *Node) apply(ctx context.Context) error {
	a, err := ReadApplication(n.path(applicationFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a, err = n.newApplication(ctx)
		if err != nil {
			return err
		}
	case err != nil:
		return err
	case a.Register != n.Trust.Register:
		return fmt.Errorf("%s: is for another register", n.path(applicationFile))
	}
	if _, err := n.Accounts.Identity(a.Admission.Member.Key); err != nil {
		return fmt.Errorf("%s: %w", n.path(applicationFile), err)
	}
	n.Application = a
	return nil
}

func (n *Node) newApplication(ctx context.Context) (*Application, error) {
	key, err := account.NewKey()
	if err != nil {
		return nil, err
	}
	name := n.Config.OrgName
	if name == "" {
		name = n.profile.Organisation
	}
	a := &Application{Format: ApplicationFormat, Register: n.Trust.Register, Profile: trace.Profile{Name: trace.Text{VI: name, EN: name}}}
	a.Admission.Org = trace.Organisation{ID: ledger.NewID(), Kind: n.Config.OrgKind, Host: n.profile.Own().MSP}
	a.Admission.Member = ledger.Enrolment{Member: ledger.NewID(), Org: a.Admission.Org.ID, Key: ledger.AddressOf(&key.PublicKey), Roles: ledger.Roles}
	ref, err := n.Store.Put(ctx, bytes.NewReader(trace.Encode(a.Profile)), content.Options{})
	if err != nil {
		return nil, err
	}
	a.Admission.Org.Profile = &trace.Describes{Payload: ref.CID.String()}
	if _, err := n.Accounts.Keep(name, a.Admission.Member.Member, a.Admission.Org.ID, key); err != nil {
		return nil, err
	}
	if err := n.newToken(name, a.Admission.Member.Key); err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return nil, err
	}
	return a, writeFile(n.path(applicationFile), append(raw, '\n'), 0o644)
}

// Waiting reports whether the operator has not admitted this node's organisation
// yet, as far as the node has followed.
func (n *Node) Waiting(ctx context.Context) (bool, error) {
	if n.Application == nil {
		return false, nil
	}
	_, err := n.Index.Key(ctx, n.Application.Admission.Member.Key)
	if err != nil && ledger.CodeOf(err) == ledger.NotFound {
		return true, nil
	}
	return false, err
}

// ApplicationFile is where this node's application is.
func (n *Node) ApplicationFile() string { return n.path(applicationFile) }
