package api

import (
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// draftsPath is where programs have the files looked at that they are going to publish.
const draftsPath = "/api/v1/drafts"

// drafter prepares what an organisation publishes, as a person or as a program.
var drafter = access{who: aMember, role: ledger.RolePublisher, scope: account.ScopePublish}

// draftRoutes take files in pieces, as those of the pages do.
func (s *server) draftRoutes() []route {
	const one = draftsPath + "/:id"
	return []route{
		post(one+"/uploads", drafter, s.beginUpload),
		get(one+"/uploads/:upload", drafter, s.uploadState),
		{http.MethodPatch, one + "/uploads/:upload", drafter, s.appendUpload},
	}
}

// addDrafts describes the operations by which a program gets the review that a release of
// files needs.
func (s *server) addDrafts(api huma.API) {
	signed := []map[string][]string{{"token": {}}}
	huma.Register(api, huma.Operation{
		Method: http.MethodPost, Path: draftsPath, OperationID: "beginDraft", Security: signed, DefaultStatus: http.StatusCreated,
		Summary: "Begin a draft of a new dataset, or of the next version of one: its files are looked at before they can be published",
	}, s.ownBeginDraft)
	huma.Register(api, huma.Operation{
		Method: http.MethodGet, Path: draftsPath + "/{id}", OperationID: "draft", Security: signed,
		Summary: "A draft with its files and what was found in them",
	}, s.ownDraft)
	huma.Register(api, huma.Operation{
		Method: http.MethodPost, Path: draftsPath + "/{id}/review", OperationID: "reviewDraft", Security: signed,
		Summary: "Store a draft's files, sealed where they are given under agreements, and give what of a release this node takes: its files and their review. 409 while a file is being looked at, 403 until the operator lets through what was found",
	}, s.ownReview)
	huma.Register(api, huma.Operation{
		Method: http.MethodPost, Path: draftsPath + "/{id}/contest", OperationID: "contestDraft", Security: signed,
		Summary: "Ask the operator to let through what was found in a draft's files",
	}, s.ownContest)
	huma.Register(api, huma.Operation{
		Method: http.MethodDelete, Path: draftsPath + "/{id}", OperationID: "dropDraft", Security: signed, DefaultStatus: http.StatusNoContent,
		Summary: "Remove a draft with its files",
	}, s.ownDropDraft)
}

// draftsFor is the organisation that the caller prepares data for.
func draftsFor(ctx context.Context) (org ledger.ID, err error) {
	who := callerOf(ctx)
	if err := drafter.judge(who, http.MethodPost); err != nil {
		return org, err
	}
	return who.identity.Org, nil
}

type draftJSON struct {
	Dataset   ledger.ID       `json:"dataset"`
	Version   int             `json:"version"`
	Access    string          `json:"access" enum:"open,agreed"`
	Looking   bool            `json:"looking,omitempty" doc:"a file is being looked at; ask again"`
	Files     []draftFileJSON `json:"files"`
	Contested string          `json:"contested,omitempty" doc:"the operator was asked to let through what was found, for this reason"`
	Answer    string          `json:"answer,omitempty" doc:"the operator's"`
	Cleared   bool            `json:"cleared,omitempty" doc:"the operator let it through"`
}

type draftFileJSON struct {
	Upload ledger.ID   `json:"upload"`
	Name   string      `json:"name"`
	Bytes  int64       `json:"bytes"`
	Looked bool        `json:"looked"`
	Unseen bool        `json:"unseen,omitempty" doc:"only a person can tell what is in it"`
	Found  []foundJSON `json:"found,omitempty" doc:"columns that look like personal data"`
}

type foundJSON struct {
	Table  int         `json:"table,omitempty" doc:"its place in the file"`
	Column string      `json:"column"`
	Kind   string      `json:"kind"`
	Why    ledger.Text `json:"why,omitzero"`
}

func draftOf(l account.Listing) draftJSON {
	out := draftJSON{
		Dataset: l.Release.Dataset, Version: l.Release.Version, Access: accessName(l.Release.Access), Files: make([]draftFileJSON, len(l.Files)),
		Contested: l.Contested, Answer: l.Answer, Cleared: l.Cleared != "",
	}
	for i, f := range l.Files {
		out.Looking = out.Looking || !f.Looked()
		out.Files[i] = draftFileJSON{Upload: f.Upload, Name: f.Name, Bytes: f.Bytes, Looked: f.Looked(), Unseen: f.Unseen}
		for _, c := range f.Found {
			out.Files[i].Found = append(out.Files[i].Found, foundJSON{c.Table, c.Name, c.Kind, c.Why})
		}
	}
	return out
}

type beginDraftInput struct {
	Body struct {
		Dataset string `json:"dataset,omitempty" doc:"id of a dataset whose next version it is"`
		Title   string `json:"title,omitempty" doc:"of a new dataset, as people see it at /data; at most 150 characters"`
		Access  string `json:"access,omitempty" enum:"open,agreed" doc:"of a new dataset: everybody reads the files, or who has an agreement" default:"open"`
	}
}

func (s *server) ownBeginDraft(ctx context.Context, in *beginDraftInput) (*ownBody[draftJSON], error) {
	l, err := s.beginDraft(ctx, in)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[draftJSON]{draftOf(l)}, nil
}

func (s *server) beginDraft(ctx context.Context, in *beginDraftInput) (account.Listing, error) {
	org, err := draftsFor(ctx)
	if err != nil {
		return account.Listing{}, err
	}
	by := identityOf(ctx)
	if in.Body.Dataset != "" {
		id, err := ledger.ParseID(in.Body.Dataset)
		if err != nil {
			return account.Listing{}, ledger.FieldErrorf(ledger.Invalid, "dataset", "is no dataset's id")
		}
		return s.office.NextVersion(ctx, by, id)
	}
	l := account.Listing{Org: org, By: by.Account, Release: market.Release{Dataset: ledger.NewID(), Version: 1}}
	if l.About.Title.VI = strings.TrimSpace(in.Body.Title); l.About.Title.VI == "" || utf8.RuneCountInString(l.About.Title.VI) > 150 {
		return l, ledger.FieldErrorf(ledger.Invalid, "title", "is missing or has more than 150 characters")
	}
	if in.Body.Access == accessName(market.Agreed) {
		l.Release.Access = market.Agreed
	}
	return s.Accounts.BeginListing(ctx, l)
}

// DraftInput names a draft. It is exported because the description of operations is made
// by reflection.
type DraftInput struct {
	ID string `path:"id" doc:"of the dataset"`
}

// draftBy is a draft of the caller's organisation.
func (s *server) draftBy(ctx context.Context, in DraftInput) (account.Listing, error) {
	org, err := draftsFor(ctx)
	if err != nil {
		return account.Listing{}, err
	}
	id, err := ledger.ParseID(in.ID)
	if err != nil {
		return account.Listing{}, ledger.Errorf(ledger.NotFound, "there is no such draft")
	}
	return s.office.Listing(ctx, org, id)
}

func (s *server) ownDraft(ctx context.Context, in *DraftInput) (*ownBody[draftJSON], error) {
	l, err := s.draftBy(ctx, *in)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	out := draftOf(l)
	if out.Looking {
		s.Looker.Look(l)
	}
	return &ownBody[draftJSON]{out}, nil
}

// reviewJSON is what of a release its draft says.
type reviewJSON struct {
	Files  []market.File  `json:"files"`
	Review *market.Review `json:"review"`
}

func (s *server) ownReview(ctx context.Context, in *DraftInput) (*ownBody[reviewJSON], error) {
	l, err := s.draftBy(ctx, *in)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	if draftOf(l).Looking {
		s.Looker.Look(l)
	}
	r, err := s.office.Review(ctx, l.Org, l.Release.Dataset)
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[reviewJSON]{reviewJSON{r.Files, r.Review}}, nil
}

type contestInput struct {
	DraftInput
	Body struct {
		Reason string `json:"reason" doc:"at most 500 characters"`
	}
}

func (s *server) ownContest(ctx context.Context, in *contestInput) (*ownBody[draftJSON], error) {
	l, err := s.draftBy(ctx, in.DraftInput)
	if err == nil {
		l, err = s.Accounts.Contest(ctx, l.Org, l.Release.Dataset, strings.TrimSpace(in.Body.Reason))
	}
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return &ownBody[draftJSON]{draftOf(l)}, nil
}

func (s *server) ownDropDraft(ctx context.Context, in *DraftInput) (*struct{}, error) {
	l, err := s.draftBy(ctx, *in)
	if err == nil {
		err = s.office.DropListing(ctx, l.Org, l.Release.Dataset)
	}
	if err != nil {
		return nil, s.own(ctx, err)
	}
	return nil, nil
}
