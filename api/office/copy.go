package office

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/uploads"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/mask"
)

// Copying is what a job makes of a file of a listing: copies without personal data, what
// a table is summed up to, or a look at that.
type Copying struct {
	Dataset ledger.ID  `json:"dataset"`
	Upload  ledger.ID  `json:"upload"`
	Masks   []mask.How `json:"masks,omitempty"` // what becomes of each column that was found
	Sum     *Summing   `json:"sum,omitempty"`
	Look    bool       `json:"look,omitempty"` // the job's file is the Summed, and the listing stays as it is
}

// Rows are how many rows are read for it, or what the file does not bear of it.
func (c Copying) Rows(f account.ListedFile) (rows int, err error) {
	all, err := profiled(f)
	if err != nil {
		return 0, err
	}
	if c.Sum != nil {
		if c.Sum.Table < 0 || c.Sum.Table >= len(all) {
			return 0, ledger.Errorf(ledger.NotFound, "the file has no such table")
		}
		_, err = c.Sum.plan(all[c.Sum.Table])
		return int(all[c.Sum.Table].Rows), err
	}
	for _, t := range all {
		rows += int(t.Rows)
	}
	return rows, maskable(f, c.Masks)
}

func profiled(f account.ListedFile) ([]profile.Table, error) {
	var p profile.Profile
	if err := json.Unmarshal(f.Profile, &p); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the profile of a file cannot be read")
	}
	return p.Tables, nil
}

// Copy does a job whose work is a Copying. A listing has all that it makes or nothing:
// done again after it was cut off, it removes what it had made, or finds that it is done.
func (o *Office) Copy(ctx context.Context, j jobs.Job, w io.Writer, progress func(done int)) error {
	var c Copying
	if err := json.Unmarshal(j.Work, &c); err != nil {
		return ledger.Wrap(err, ledger.Internal, "the order cannot be read")
	}
	before := o.Uploads.MadeBy(j.Org, j.ID)
	l, err := o.Listing(ctx, j.Org, c.Dataset)
	if ledger.CodeOf(err) == ledger.NotFound {
		return errors.Join(errChanged, o.remove(j.Org, before))
	}
	if err != nil {
		return err
	}
	of := func(id ledger.ID) int {
		return slices.IndexFunc(l.Files, func(f account.ListedFile) bool { return f.Upload == id })
	}
	if slices.ContainsFunc(before, func(u uploads.Upload) bool { return of(u.ID) >= 0 }) {
		if of(c.Upload) >= 0 {
			return nil // it was to stay
		}
		return o.Uploads.Remove(j.Org, c.Upload)
	}
	if err := o.remove(j.Org, before); err != nil {
		return err
	}
	at := of(c.Upload)
	if at < 0 || l.Files[at].Profile == nil {
		return errChanged
	}
	work := copying{Copying: c, Office: o, job: j, file: l.Files[at], read: progress}
	if _, err := c.Rows(work.file); err != nil {
		return err
	}
	switch {
	case c.Sum == nil:
		return work.mask(ctx)
	case c.Look:
		return work.preview(ctx, w)
	}
	return work.sum(ctx)
}

var errChanged = ledger.FieldErrorf(ledger.Conflict, "files", "was changed meanwhile")

// copying is a Copying at work.
type copying struct {
	Copying
	*Office
	job  jobs.Job
	file account.ListedFile
	read func(rows int)
}

// put puts what was made of the file into its listing as place does, or destroys it. A
// file whose place was taken is destroyed instead.
func (c *copying) put(ctx context.Context, made []uploads.Upload, place func(now *account.Listing, at int, files []account.ListedFile) error) error {
	now, err := c.Accounts.ChangeListing(ctx, c.job.Org, c.Dataset, func(now *account.Listing) error {
		at := slices.IndexFunc(now.Files, func(f account.ListedFile) bool { return f.Upload == c.Upload })
		if at < 0 || ctx.Err() != nil {
			return errChanged
		}
		var files []account.ListedFile
		for _, u := range made {
			files = append(files, account.ListedFile{Upload: u.ID, Name: u.Name, Media: medias[".csv"], Bytes: u.Size})
		}
		return place(now, at, files)
	})
	if err != nil {
		return errors.Join(err, c.remove(c.job.Org, made))
	}
	if slices.ContainsFunc(now.Files, func(f account.ListedFile) bool { return f.Upload == c.Upload }) {
		return nil
	}
	return c.discardFiles(ctx, c.job.Org, []account.ListedFile{c.file})
}

func (o *Office) remove(org ledger.ID, list []uploads.Upload) (err error) {
	for _, u := range list {
		err = errors.Join(err, o.Uploads.Remove(org, u.ID))
	}
	return err
}
