package office

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/mask"
	"github.com/sogoc/sogoc/market/profile/personal"
	"github.com/sogoc/sogoc/market/profile/table"
)

// Masks are what may become of a column that looks like personal data of a kind; the
// first is what is proposed.
func Masks(kind personal.Kind) []mask.How {
	proposed := mask.Suggest([]personal.Finding{{Field: "x", Kind: kind}})[0].How
	list := []mask.How{proposed}
	if kind == personal.Name {
		list = append(list, mask.Initials)
	}
	for _, how := range []mask.How{mask.Drop, mask.Pseudonym} {
		if how != proposed {
			list = append(list, how)
		}
	}
	return list
}

// Mask puts copies without personal data in the place of a file of a listing: a table
// each, as CSV. hows says what becomes of each column that was found, in the order of
// ListedFile.Found. The key of pseudonyms is kept nowhere, so that nobody leads them
// back, and the file itself is destroyed.
func (o *Office) Mask(ctx context.Context, org, dataset, upload ledger.ID, hows []mask.How) error {
	l, err := o.Listing(ctx, org, dataset)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(l.Files, func(f account.ListedFile) bool { return f.Upload == upload })
	if i < 0 || l.Files[i].Profile == nil || len(l.Files[i].Found) != len(hows) {
		return ledger.FieldErrorf(ledger.Conflict, "files", "was changed meanwhile")
	}
	f := l.Files[i]
	for n, found := range f.Found {
		if !slices.Contains(Masks(personal.Kind(found.Kind)), hows[n]) {
			return ledger.FieldErrorf(ledger.Invalid, "mask", "%q is nothing that can become of %q", hows[n], found.Name)
		}
	}
	copies, err := o.copies(ctx, org, f, hows)
	if err != nil {
		return err
	}
	_, err = o.Accounts.ChangeListing(ctx, org, dataset, func(now *account.Listing) error {
		at := slices.IndexFunc(now.Files, func(f account.ListedFile) bool { return f.Upload == upload })
		if at < 0 {
			return ledger.FieldErrorf(ledger.Conflict, "files", "was changed meanwhile")
		}
		var files []account.ListedFile
		for _, u := range copies {
			files = append(files, account.ListedFile{Upload: u.ID, Name: free(now.Files, f.Upload, u.Name), Media: medias[".csv"], Bytes: u.Size})
		}
		now.Files = slices.Replace(now.Files, at, at+1, files...)
		return nil
	})
	if err != nil {
		return errors.Join(err, o.remove(org, copies))
	}
	return o.discardFiles(ctx, org, []account.ListedFile{f})
}

func (o *Office) remove(org ledger.ID, list []uploads.Upload) (err error) {
	for _, u := range list {
		err = errors.Join(err, o.Uploads.Remove(org, u.ID))
	}
	return err
}

// free is a name that no other file of a listing has.
func free(files []account.ListedFile, but ledger.ID, name string) string {
	taken := func(f account.ListedFile) bool { return f.Upload != but && f.Name == name }
	for slices.ContainsFunc(files, taken) {
		end := filepath.Ext(name)
		name = strings.TrimSuffix(name, end) + "-" + end
	}
	return name
}

// copies writes the tables of a file without what was found in them.
func (o *Office) copies(ctx context.Context, org ledger.ID, f account.ListedFile, hows []mask.How) (list []uploads.Upload, err error) {
	key := make([]byte, 32)
	rand.Read(key)
	err = o.tables(org, f, func(file *table.File, all []profile.Table) error {
		for i := range all {
			t := &all[i]
			plan := mask.Plan{}
			for n, found := range f.Found {
				if found.Table == i && !slices.ContainsFunc(plan.Rules, func(r mask.Rule) bool { return r.Field == found.Name }) {
					plan.Rules = append(plan.Rules, mask.Rule{Field: found.Name, How: hows[n]})
				}
			}
			name := strings.TrimSuffix(f.Name, filepath.Ext(f.Name))
			if len(all) > 1 {
				name += "-" + t.Name
			}
			u, err := o.Uploads.Derive(org, shorter(name)+".csv", func(w io.Writer) error {
				_, err := mask.Write(ctx, w, mask.Source{File: file, Index: i, Table: t}, plan, key)
				return err
			})
			if err != nil {
				return err
			}
			list = append(list, u)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, o.remove(org, list))
	}
	return list, nil
}

// shorter leaves room in a file's name for its end.
func shorter(name string) string {
	name = strings.ReplaceAll(strings.ReplaceAll(name, "/", "-"), `\`, "-")
	for len(name) > uploads.MaxName-len(".csv") {
		r := []rune(name)
		name = string(r[:len(r)-1])
	}
	return name
}
