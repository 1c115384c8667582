// Package dataset is the contract that keeps what was published: each version of
// a dataset names its files by content, its licence and what it derives from.
package dataset

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

// datasetKey + id holds a release.
const datasetKey = "ds|"

// Contract is the dataset contract. It has no state of its own.
type Contract struct{}

func (Contract) Name() string { return market.DatasetContract }

func (Contract) Execute(s ledger.State, c ledger.Call) ([]byte, error) {
	signer, err := registry.Signed(s, c)
	if err != nil {
		return nil, err
	}
	if c.Action != market.ActionPublish {
		return nil, ledger.FieldErrorf(ledger.Invalid, "action", "dataset has no action %q", c.Action)
	}
	if err := signer.Must(ledger.RolePublisher); err != nil {
		return nil, err
	}
	releases, err := trace.DecodeAll[market.Release](c.Items)
	if err != nil {
		return nil, err
	}
	if len(releases) != 1 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "items", "one release is published at a time")
	}
	r := releases[0]
	if err := c.Says(market.PublishSummary(r)); err != nil {
		return nil, err
	}
	if err := publish(s, signer, r); err != nil {
		return nil, trace.AtItem(0, err)
	}
	return trace.Encode(market.Outcome{Member: signer.Member, Org: signer.Org}), nil
}

func publish(s ledger.State, signer registry.Signer, r market.Release) error {
	if err := check(r); err != nil {
		return err
	}
	before, known, err := latest(s, r.Dataset)
	if err != nil {
		return err
	}
	if known && before.org != signer.Org {
		return ledger.FieldErrorf(ledger.Forbidden, "dataset", "another organisation publishes it")
	}
	if next := before.version + 1; r.Version != next {
		return ledger.FieldErrorf(ledger.Conflict, "version", "the next version is %d", next)
	}
	for i, src := range r.From {
		if src.Kind != market.FromDataset {
			continue
		}
		if err := exists(s, src.Ref); err != nil {
			return ledger.FieldErrorf(ledger.CodeOf(err), "from["+strconv.Itoa(i)+"].ref", "%v", err)
		}
	}
	s.Put(datasetKey+r.Dataset.String(), release{signer.Org, r.Version}.encode())
	return nil
}

// release is who publishes a dataset, and its latest version.
type release struct {
	org     ledger.ID
	version int
}

func (r release) encode() []byte { return []byte(r.org.String() + "|" + strconv.Itoa(r.version)) }

func decodeRelease(b []byte) (r release, err error) {
	org, version, _ := strings.Cut(string(b), "|")
	if r.org, err = ledger.ParseID(org); err == nil {
		r.version, err = strconv.Atoi(version)
	}
	return r, err
}

func latest(s ledger.StateReader, id ledger.ID) (r release, known bool, err error) {
	return ledger.Load(s, datasetKey+id.String(), decodeRelease)
}

// exists refuses a source that is no version of a dataset on this register.
func exists(s ledger.State, ref string) error {
	name, v, _ := strings.Cut(ref, "/")
	id, err := ledger.ParseID(name)
	n, err2 := strconv.Atoi(v)
	if err != nil || err2 != nil || n < 1 || strconv.Itoa(n) != v {
		return ledger.Errorf(ledger.Invalid, "%q is not a dataset's id and version", ref)
	}
	r, _, err := latest(s, id)
	if err != nil {
		return err
	}
	if n > r.version {
		return ledger.Errorf(ledger.NotFound, "%q is not on the register", ref)
	}
	return nil
}

func check(r market.Release) error {
	switch {
	case r.Dataset.IsZero():
		return ledger.FieldErrorf(ledger.Invalid, "dataset", "is missing")
	case r.Personal:
		return ledger.FieldErrorf(ledger.Forbidden, "personal", "a dataset that holds personal data is not published")
	case !uri(r.Licence):
		return ledger.FieldErrorf(ledger.Invalid, "licence", "%q is not a URI", r.Licence)
	case !trace.ValidCID(r.Description):
		return ledger.FieldErrorf(ledger.Invalid, "description", "%q is not a CIDv1 in base 32", r.Description)
	case len(r.Files) == 0 || len(r.Files) > market.MaxFiles:
		return ledger.FieldErrorf(ledger.Invalid, "files", "there are none, or more than %d", market.MaxFiles)
	case len(r.From) > market.MaxSources:
		return ledger.FieldErrorf(ledger.TooLarge, "from", "there are more than %d", market.MaxSources)
	}
	for i, f := range r.Files {
		field := "files[" + strconv.Itoa(i) + "]"
		switch {
		case f.Name == "" || len(f.Name) > 200 || strings.ContainsAny(f.Name, "/\\"):
			return ledger.FieldErrorf(ledger.Invalid, field+".name", "%q is not a file's name", f.Name)
		case !strings.Contains(f.Media, "/"):
			return ledger.FieldErrorf(ledger.Invalid, field+".media", "%q is not a media type", f.Media)
		case f.Bytes < 0:
			return ledger.FieldErrorf(ledger.Invalid, field+".bytes", "is less than nothing")
		case !trace.ValidCID(f.CID):
			return ledger.FieldErrorf(ledger.Invalid, field+".cid", "%q is not a CIDv1 in base 32", f.CID)
		}
	}
	for i, src := range r.From {
		field := "from[" + strconv.Itoa(i) + "]"
		if !src.Kind.Valid() || src.Ref == "" || src.How == "" {
			return ledger.FieldErrorf(ledger.Invalid, field, "a source has a kind, a ref and how it was used")
		}
		if err := checkRef(src); err != nil {
			return ledger.FieldErrorf(ledger.Invalid, field+".ref", "%v", err)
		}
	}
	return nil
}

// checkRef refuses a reference that does not have its kind's form; versions of
// datasets are looked up besides.
func checkRef(src market.Source) error {
	switch src.Kind {
	case market.FromRegister:
		register, size, _ := strings.Cut(src.Ref, "@")
		if _, err := ledger.ParseHash(register); err != nil {
			return err
		}
		if n, err := strconv.ParseUint(size, 10, 64); err != nil || strconv.FormatUint(n, 10) != size {
			return ledger.Errorf(ledger.Invalid, "%q is not a register's id and size", src.Ref)
		}
	case market.FromBatch:
		_, err := trace.ParseID(src.Ref)
		return err
	case market.FromOutside:
		if !uri(src.Ref) {
			return ledger.Errorf(ledger.Invalid, "%q is not a URI", src.Ref)
		}
	}
	return nil
}

func uri(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs()
}
