package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/jobs"
	"github.com/sogoc/sogoc/api/office"
	"github.com/sogoc/sogoc/api/web"
	"github.com/sogoc/sogoc/ledger"
)

// What is made of a draft's files is made by jobs: a large one takes minutes. A request
// waits for its job so long that a small file seems to be done at once.

// copyAbout is what pages show of a job over a file of a draft.
type copyAbout struct {
	Dataset ledger.ID  `json:"dataset"`
	Upload  ledger.ID  `json:"upload"`
	Name    string     `json:"name"`
	Do      string     `json:"do"`
	Form    url.Values `json:"form,omitempty"` // what was typed, to look at a sum
}

// What a job makes of a file; each ends a text key "data.copy.…".
const (
	copyMask = "mask"
	copySum  = "sum"
	copyLook = "look"
)

// copyJob is a job over a file of a draft.
type copyJob struct {
	jobs.Job
	about copyAbout
}

// copiesOf are the jobs over files of a draft, the newest first.
func (s *server) copiesOf(l account.Listing) (list []copyJob, err error) {
	for _, j := range s.Copies.List(l.Org) {
		one := copyJob{Job: j}
		if err := json.Unmarshal(j.About, &one.about); err != nil {
			return nil, ledger.Wrap(err, ledger.Internal, "the job cannot be read")
		}
		if one.about.Dataset == l.Release.Dataset {
			list = append(list, one)
		}
	}
	return list, nil
}

// makeCopy has something made of a file of a draft, and waits for it a moment; going is
// that the moment was too short.
func (s *server) makeCopy(ctx context.Context, l account.Listing, f account.ListedFile, what office.Copying, about copyAbout) (j jobs.Job, going bool, err error) {
	what.Dataset, what.Upload = l.Release.Dataset, f.Upload
	about.Dataset, about.Upload, about.Name = what.Dataset, what.Upload, f.Name
	rows, err := what.Rows(f)
	if err != nil {
		return j, false, err
	}
	if j, err = s.orderCopy(l, about, jobs.Order{Org: l.Org, Total: rows, About: encode(about), Work: encode(what)}); err != nil {
		return j, false, err
	}
	moment, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	now, err := s.Copies.Wait(moment, l.Org, j.ID)
	switch {
	case ledger.CodeOf(err) == ledger.NotFound && about.Do != copyLook:
		return j, false, nil // it was sent twice, and the other one saw it end
	case err != nil:
		return j, false, err
	case now.Fault != nil:
		return now, false, errors.Join(now.Fault.Err(), ignoreNotFound(s.Copies.Remove(l.Org, j.ID)))
	}
	return now, now.Ended == 0, nil
}

// orderCopy orders a copy. Sent again while it is made, that is the same job; of one file
// no other is made at the time. What was said of the file before goes.
func (s *server) orderCopy(l account.Listing, about copyAbout, o jobs.Order) (j jobs.Job, err error) {
	s.ordering.Lock()
	defer s.ordering.Unlock()
	list, err := s.copiesOf(l)
	if err != nil {
		return j, err
	}
	for _, one := range list {
		switch {
		case one.about.Upload != about.Upload:
		case one.Ended != 0 || one.about.Do == copyLook:
			if err := ignoreNotFound(s.Copies.Remove(l.Org, one.ID)); err != nil {
				return j, err
			}
		case one.about.Do == about.Do && one.about.Form.Encode() == about.Form.Encode():
			return one.Job, nil
		default:
			return j, errMaking
		}
	}
	j, err = s.Copies.Add(o)
	if ledger.CodeOf(err) == ledger.Conflict {
		err = errMaking
	}
	return j, err
}

var errMaking = ledger.FieldErrorf(ledger.Conflict, "copies", "something is being made already; wait until that is done")

// copied leads on after a copy was ordered: the page of the files says how far it is, or
// that it is there.
func (s *server) copied(c echo.Context, l account.Listing, j jobs.Job, going bool, what string) error {
	if going {
		return done(c, draftPath(l)+"/found", "")
	}
	if err := ignoreNotFound(s.Copies.Remove(l.Org, j.ID)); err != nil {
		return err
	}
	return done(c, draftPath(l)+"/found", what)
}

// stopCopies ends what is made of a file of a draft; of all of them where none is named.
func (s *server) stopCopies(l account.Listing, upload ledger.ID) error {
	list, err := s.copiesOf(l)
	for _, one := range list {
		if upload.IsZero() || one.about.Upload == upload {
			err = errors.Join(err, ignoreNotFound(s.Copies.Remove(l.Org, one.ID)))
		}
	}
	return err
}

// making reports whether something is being made that is to be in a draft.
func (s *server) making(l account.Listing) (bool, error) {
	list, err := s.copiesOf(l)
	return slices.ContainsFunc(list, func(one copyJob) bool { return one.Ended == 0 && one.about.Do != copyLook }), err
}

func copyView(l account.Listing, j copyJob) web.ListingCopy {
	return web.ListingCopy{
		Remove: draftPath(l) + "/copies/" + j.ID.String() + "/remove", Name: j.about.Name, Do: j.about.Do,
		Done: min(j.Done, j.Total), Total: j.Total, At: j.Ended, State: jobState(j.Job), Form: jobFault(j.Job),
	}
}

// removeCopy ends a job over a file of a draft, or takes away what it said.
func (s *server) removeCopy(c echo.Context) error {
	l, err := s.listingOf(c)
	if err != nil {
		return err
	}
	id, err := ledger.ParseID(c.Param("copy"))
	if err == nil {
		err = s.Copies.Remove(l.Org, id)
	}
	if err != nil {
		return ledger.Errorf(ledger.NotFound, "there is no such job")
	}
	return done(c, draftPath(l)+"/found", "")
}
