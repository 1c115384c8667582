package market

import "github.com/sogoc/sogoc/ledger"

// Step is a part of preparing a release.
type Step string

const (
	StepWhat  Step = "what"  // what it is
	StepFiles Step = "files" // its files
	StepFound Step = "found" // what was found in them
	StepLaw   Step = "law"   // what the law asks to be said
)

// Steps lists them in their order.
var Steps = []Step{StepWhat, StepFiles, StepFound, StepLaw}

// Gap is something without which a release is not published by a person: the contract
// asks for less, since it cannot read a description.
type Gap struct {
	Step  Step
	Field string // as a form names it
}

// Missing lists what a release and the words about it lack, in the order of the steps.
// The files of a draft have names and sizes; CIDs and ciphertexts come as it is
// published.
func Missing(r Release, d Description) (gaps []Gap) {
	lacks := func(step Step, field string, yes bool) {
		if yes {
			gaps = append(gaps, Gap{step, field})
		}
	}
	hasFiles := r.Kind == Files && r.Access != Listed
	lacks(StepWhat, "title", d.Title.IsZero())
	lacks(StepWhat, "summary", d.Summary.IsZero())
	lacks(StepWhat, "theme", len(d.Themes) == 0)
	lacks(StepWhat, "contact", d.Contact == nil || d.Contact.Email == "" && d.Contact.Phone == "")
	lacks(StepFiles, "files", hasFiles && len(r.Files) == 0)
	lacks(StepFiles, "endpoint", r.Kind == API && d.Endpoint == "")
	lacks(StepFound, "review", hasFiles && len(r.Files) > 0 && r.Review == nil)
	lacks(StepLaw, "licence", r.Licence == "")
	s := r.Statement
	if s == nil {
		s = new(Statement)
	}
	lacks(StepLaw, "seller", !s.Seller.Valid())
	lacks(StepLaw, "origin", !s.Origin.Valid())
	lacks(StepLaw, "right", d.Right.IsZero())
	lacks(StepLaw, "value", !s.Value.Valid())
	lacks(StepLaw, "method", s.Value == Added && d.Method.IsZero())
	lacks(StepLaw, "sources", s.Value == Added && len(r.From) == 0)
	lacks(StepLaw, "class", !s.Class.Valid())
	lacks(StepLaw, "quality", hasFiles && d.Quality.IsZero())
	lacks(StepLaw, "limits", d.Limits.IsZero())
	lacks(StepLaw, "frequency", d.Frequency == "")
	lacks(StepLaw, "conditions", r.Access == Listed && d.Conditions.IsZero())
	for _, c := range d.Columns {
		if c.Title == (ledger.Text{}) {
			lacks(StepLaw, "columns", true)
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
