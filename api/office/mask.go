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

// maskable says why the columns that were found in a file cannot become what is wanted,
// in the order of ListedFile.Found.
func maskable(f account.ListedFile, hows []mask.How) error {
	if len(f.Found) != len(hows) {
		return errChanged
	}
	for n, found := range f.Found {
		if !slices.Contains(Masks(personal.Kind(found.Kind)), hows[n]) {
			return ledger.FieldErrorf(ledger.Invalid, "mask", "%q is nothing that can become of %q", hows[n], found.Name)
		}
	}
	return nil
}

// mask puts copies without personal data in the place of the file: a table each, as CSV.
// The key of pseudonyms is kept nowhere, so that nobody leads them back, and the file
// itself is destroyed.
func (c *copying) mask(ctx context.Context) error {
	made, err := c.copies(ctx)
	if err != nil {
		return err
	}
	return c.put(ctx, made, func(now *account.Listing, at int, files []account.ListedFile) error {
		for i := range files {
			files[i].Name = free(now.Files, c.Upload, files[i].Name)
		}
		now.Files = slices.Replace(now.Files, at, at+1, files...)
		return nil
	})
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

// copies writes the tables of the file without what was found in them.
func (c *copying) copies(ctx context.Context) (list []uploads.Upload, err error) {
	key := make([]byte, 32)
	rand.Read(key)
	err = c.tables(func(file *table.File, all []profile.Table) error {
		rows := 0
		for i := range all {
			t := &all[i]
			plan := mask.Plan{}
			for n, found := range c.file.Found {
				if found.Table == i && !slices.ContainsFunc(plan.Rules, func(r mask.Rule) bool { return r.Field == found.Name }) {
					plan.Rules = append(plan.Rules, mask.Rule{Field: found.Name, How: c.Masks[n]})
				}
			}
			name := strings.TrimSuffix(c.file.Name, filepath.Ext(c.file.Name))
			if len(all) > 1 {
				name += "-" + t.Name
			}
			from := mask.Source{File: file, Index: i, Table: t, Read: func(n int64) { c.read(rows + int(n)) }}
			u, err := c.Uploads.Derive(c.job.Org, c.job.ID, shorter(name)+".csv", func(w io.Writer) error {
				_, err := mask.Write(ctx, w, from, plan, key)
				return err
			})
			if err != nil {
				return err
			}
			list = append(list, u)
			rows += int(t.Rows)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, c.remove(c.job.Org, list))
	}
	return list, nil
}

// tables lends use the tables of the file, with what is known of them.
func (c *copying) tables(use func(*table.File, []profile.Table) error) error {
	all, err := profiled(c.file)
	if err != nil {
		return err
	}
	in, err := c.Uploads.Read(c.job.Org, c.Upload)
	if err != nil {
		return err
	}
	defer in.Close()
	file, err := table.Open(in, c.file.Bytes, c.file.Name)
	if err != nil {
		return err
	}
	defer file.Close()
	return use(file, all)
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
