package market

import "github.com/sogoc/sogoc/ledger"

// Stage is a part of preparing a release.
type Stage string

const (
	StageWhat  Stage = "what"  // what it is
	StageFiles Stage = "files" // its files
	StageFound Stage = "found" // what was found in them
	StageLaw   Stage = "law"   // what the law asks to be said
)

// Stages lists them in their order.
var Stages = []Stage{StageWhat, StageFiles, StageFound, StageLaw}

// Gap is something without which a release is not published by a person: the contract
// asks for less, since it cannot read a description.
type Gap struct {
	Stage Stage
	Field string // as a form names it
}

// Gaps lists what a release and the words about it lack, in the order of the stages.
// The files of a draft have names and sizes; CIDs and ciphertexts come as it is
// published.
func Gaps(r Release, d Description) (gaps []Gap) {
	lacks := func(step Stage, field string, yes bool) {
		if yes {
			gaps = append(gaps, Gap{step, field})
		}
	}
	hasFiles := r.Kind == Files && r.Access != Listed
	lacks(StageWhat, "title", d.Title.IsZero())
	lacks(StageWhat, "summary", d.Summary.IsZero())
	lacks(StageWhat, "theme", len(d.Themes) == 0)
	lacks(StageWhat, "contact", d.Contact == nil || d.Contact.Email == "" && d.Contact.Phone == "")
	lacks(StageFiles, "files", hasFiles && len(r.Files) == 0)
	lacks(StageFiles, "endpoint", r.Kind == API && d.Endpoint == "")
	lacks(StageFound, "review", hasFiles && len(r.Files) > 0 && r.Review == nil)
	lacks(StageLaw, "licence", r.Licence == "")
	s := r.Statement
	if s == nil {
		s = new(Statement)
	}
	lacks(StageLaw, "seller", !s.Seller.Valid())
	lacks(StageLaw, "origin", !s.Origin.Valid())
	lacks(StageLaw, "right", d.Right.IsZero())
	lacks(StageLaw, "value", !s.Value.Valid())
	lacks(StageLaw, "method", s.Value == Added && d.Method.IsZero())
	lacks(StageLaw, "sources", s.Value == Added && len(r.From) == 0)
	lacks(StageLaw, "class", !s.Class.Valid())
	lacks(StageLaw, "quality", hasFiles && d.Quality.IsZero())
	lacks(StageLaw, "limits", d.Limits.IsZero())
	lacks(StageLaw, "frequency", d.Frequency == "")
	lacks(StageLaw, "conditions", r.Access == Listed && d.Conditions.IsZero())
	for _, c := range d.Columns {
		if c.Title == (ledger.Text{}) {
			lacks(StageLaw, "columns", true)
			break
		}
	}
	return gaps
}

// Themes are the EU's data themes (authority table data-theme), by which catalogues of
// DCAT-AP are ordered.
var Themes = []string{"AGRI", "ENVI", "ECON", "REGI", "GOVE", "TRAN", "HEAL", "EDUC", "SOCI", "TECH", "ENER", "JUST", "INTR"}

// Frequencies are of the EU's authority table frequency.
var Frequencies = []string{"CONT", "DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "ANNUAL_2", "ANNUAL", "IRREG", "NEVER"}

// Licences that a release can be published under, as a person chooses them: for
// everybody, or as the terms of an agreement are summed up.
var (
	OpenLicences   = []string{"https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/publicdomain/zero/1.0/"}
	AgreedLicences = []string{"urn:sogoc:licence:internal", "urn:sogoc:licence:research", "urn:sogoc:licence:commercial"}
)

// LicencesFor lists those that fit an access.
func LicencesFor(a Access) []string {
	if a == Open {
		return OpenLicences
	}
	return AgreedLicences
}
