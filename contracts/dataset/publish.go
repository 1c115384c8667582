package dataset

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/trace"
)

func (a *action) publish(r market.Release) (market.Outcome, error) {
	none := market.Outcome{}
	if err := check(r); err != nil {
		return none, err
	}
	before, known, err := loadListing(a, r.Dataset)
	if err != nil {
		return none, err
	}
	if known {
		if err := a.succeeds(before, r); err != nil {
			return none, err
		}
	}
	if next := before.Version + 1; r.Version != next {
		return none, ledger.FieldErrorf(ledger.Conflict, "version", "the next version is %d", next)
	}
	for i, src := range r.From {
		if src.Kind != market.FromDataset {
			continue
		}
		if err := a.exists(src.Ref); err != nil {
			return none, ledger.FieldErrorf(ledger.CodeOf(err), "from["+strconv.Itoa(i)+"].ref", "%v", err)
		}
	}
	if err := a.reviewed(r); err != nil {
		return none, err
	}
	now := Listing{Provider: a.signer.Org, Version: r.Version, Kind: r.Kind, Access: r.Access}
	people, err := a.people(r.Statement)
	if err != nil {
		return none, err
	}
	if r.Statement != nil {
		now.Class = r.Statement.Class
	}
	if known && before.stands(now) {
		now.Standing = before.Standing
	}
	for _, f := range r.Files {
		if f.Sealed != nil {
			a.Put(fileKey(r.Dataset, r.Version, f.CID), trace.Encode(f))
		}
	}
	saveListing(a, r.Dataset, now)
	out := outcome(r.Dataset, now)
	out.People = people
	return out, nil
}

// succeeds refuses a version that the one before it rules out.
func (a *action) succeeds(before Listing, r market.Release) error {
	switch {
	case before.Provider != a.signer.Org:
		return ledger.FieldErrorf(ledger.Forbidden, "dataset", "another organisation publishes it")
	case before.Standing == market.Delisted:
		return ledger.FieldErrorf(ledger.Forbidden, "dataset", "the operator took it off the catalogue")
	case before.Kind != r.Kind:
		return ledger.FieldErrorf(ledger.Conflict, "kind", "the versions before were of the kind %q", before.Kind)
	case before.Class != "" && r.Statement == nil:
		return ledger.FieldErrorf(ledger.Conflict, "statement", "is missing, and the version before had one")
	}
	return nil
}

// stands reports whether what the operator decided holds for the next version: a
// refusal asks for another version, and what is given to fewer or of a higher class
// was not what the operator looked at.
func (l Listing) stands(next Listing) bool {
	return l.Standing != market.Refused && (l.Access == next.Access || next.Access != market.Agreed) && !l.Class.Below(next.Class)
}

// reviewed refuses files in which the provider's node found what looks like personal data, or
// that it could not read, unless the operator let that profile through.
func (a *action) reviewed(r market.Release) error {
	if r.Review == nil || r.Review.Found == 0 && r.Review.Unseen == 0 {
		return nil
	}
	cleared, err := a.Get(clearingKey(r.Dataset, r.Review.Profile))
	if err == nil && cleared == nil {
		err = ledger.FieldErrorf(ledger.Forbidden, "review", "%d columns look like personal data and %d files could not be read; the operator has not let that through", r.Review.Found, r.Review.Unseen)
	}
	return err
}

// people adds up whom the provider's releases concern, and refuses a class that is too
// low for so many.
func (a *action) people(s *market.Statement) (int64, error) {
	if s == nil {
		return 0, nil
	}
	key := peopleKey + a.signer.Org.String()
	before, _, err := ledger.Load(a, key, func(b []byte) (int64, error) { return strconv.ParseInt(string(b), 10, 64) })
	if err != nil {
		return 0, err
	}
	now := before + s.People
	if least := market.AtLeast(now); s.Class.Below(least) {
		return 0, ledger.FieldErrorf(ledger.Conflict, "statement.class", "the provider's releases concern %d people, all together, which makes this data %q at least", now, least)
	}
	if s.People > 0 {
		a.Put(key, strconv.AppendInt(nil, now, 10))
	}
	return now, nil
}

// exists refuses a source that is no version of a dataset on this register.
func (a *action) exists(ref string) error {
	name, v, _ := strings.Cut(ref, "/")
	id, err := ledger.ParseID(name)
	n, err2 := strconv.Atoi(v)
	if err != nil || err2 != nil || n < 1 || strconv.Itoa(n) != v {
		return ledger.Errorf(ledger.Invalid, "%q is not a dataset's id and version", ref)
	}
	l, _, err := loadListing(a, id)
	if err != nil {
		return err
	}
	if n > l.Version {
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
	case !r.Kind.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "kind", "%q is no kind", r.Kind)
	case !r.Access.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "access", "%q is no access", r.Access)
	case !uri(r.Licence):
		return ledger.FieldErrorf(ledger.Invalid, "licence", "%q is not a URI", r.Licence)
	case !trace.ValidCID(r.Description):
		return ledger.FieldErrorf(ledger.Invalid, "description", "%q is not a CIDv1 in base 32", r.Description)
	case len(r.From) > market.MaxSources:
		return ledger.FieldErrorf(ledger.TooLarge, "from", "there are more than %d", market.MaxSources)
	}
	if err := checkFiles(r); err != nil {
		return err
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
	if err := checkStatement(r); err != nil {
		return err
	}
	switch v := r.Review; {
	case v == nil && len(r.Files) > 0:
		return ledger.FieldErrorf(ledger.Invalid, "review", "is missing: what the node found in the files before they are published")
	case v == nil:
		return nil
	case len(r.Files) == 0:
		return ledger.FieldErrorf(ledger.Invalid, "review", "there is one, and no file that it could be of")
	case !trace.ValidCID(v.Profile):
		return ledger.FieldErrorf(ledger.Invalid, "review.profile", "%q is not a CIDv1 in base 32", v.Profile)
	case v.Found < 0:
		return ledger.FieldErrorf(ledger.Invalid, "review.found", "is less than nothing")
	case v.Unseen < 0 || v.Unseen > len(r.Files):
		return ledger.FieldErrorf(ledger.Invalid, "review.unseen", "is less than nothing, or more than there are files")
	}
	return nil
}

// checkFiles refuses files that do not go with what the release is: everybody reads
// open ones, those under an agreement are ciphertexts, and what is only listed, a data
// service or work has none.
func checkFiles(r market.Release) error {
	if r.Access == market.Listed || r.Kind != market.Files {
		if len(r.Files) > 0 {
			return ledger.FieldErrorf(ledger.Invalid, "files", "there are some, and a release of this kind and access has none")
		}
		return nil
	}
	if len(r.Files) == 0 || len(r.Files) > market.MaxFiles {
		return ledger.FieldErrorf(ledger.Invalid, "files", "there are none, or more than %d", market.MaxFiles)
	}
	names := map[string]bool{}
	for i, f := range r.Files {
		field := "files[" + strconv.Itoa(i) + "]"
		switch {
		case f.Name == "" || len(f.Name) > market.MaxName || strings.ContainsAny(f.Name, "/\\"):
			return ledger.FieldErrorf(ledger.Invalid, field+".name", "%q is not a file's name", f.Name)
		case names[f.Name]:
			return ledger.FieldErrorf(ledger.Invalid, field+".name", "two files are named %q", f.Name)
		case !strings.Contains(f.Media, "/"):
			return ledger.FieldErrorf(ledger.Invalid, field+".media", "%q is not a media type", f.Media)
		case f.Bytes < 0:
			return ledger.FieldErrorf(ledger.Invalid, field+".bytes", "is less than nothing")
		case !trace.ValidCID(f.CID):
			return ledger.FieldErrorf(ledger.Invalid, field+".cid", "%q is not a CIDv1 in base 32", f.CID)
		case r.Access == market.Agreed && f.Sealed == nil:
			return ledger.FieldErrorf(ledger.Invalid, field+".sealed", "is missing: what is given under an agreement is a ciphertext")
		case r.Access == market.Open && f.Sealed != nil:
			return ledger.FieldErrorf(ledger.Invalid, field+".sealed", "what is open is no ciphertext")
		}
		names[f.Name] = true
		if s := f.Sealed; s != nil && (s.Plain.IsZero() || s.Cipher.IsZero() || s.Key.IsZero() || s.Chunk < 1 || s.Chunk > market.MaxChunk) {
			return ledger.FieldErrorf(ledger.Invalid, field+".sealed", "a ciphertext has the roots of both texts, a commitment to its key, and chunks of 1 to %d bytes", market.MaxChunk)
		}
	}
	return nil
}

func checkStatement(r market.Release) error {
	s := r.Statement
	switch {
	case s == nil:
		return nil
	case !s.Seller.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "statement.seller", "%q is no legal status", s.Seller)
	case !s.Origin.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "statement.origin", "%q is no origin", s.Origin)
	case !s.Value.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "statement.value", "%q is neither raw nor added", s.Value)
	case !s.Class.Valid():
		return ledger.FieldErrorf(ledger.Invalid, "statement.class", "%q is no class", s.Class)
	case s.People < 0 || s.People > market.MaxPeople:
		return ledger.FieldErrorf(ledger.Invalid, "statement.people", "is not from 0 to %d", int64(market.MaxPeople))
	case s.Origin == market.OriginRegister && !derives(r, market.FromRegister):
		return ledger.FieldErrorf(ledger.Invalid, "from", "names no part of the register, where the data is said to come from")
	}
	return nil
}

func derives(r market.Release, kind market.SourceKind) bool {
	for _, src := range r.From {
		if src.Kind == kind {
			return true
		}
	}
	return false
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
