// Package ckan writes the catalogue as CKAN's action API does (version 3, as CKAN 2.10
// and 2.11 shape it), so that portals harvest it as one of their own.
//
// A dataset's id is its own in the form of a UUID, and its name the 32 digits. An
// organisation is named in the same way; a group is a data theme of the EU in small
// letters. Times are in UTC without a zone, to the microsecond, as CKAN has them.
//
// Of Solr's query language this is understood, in q and fq: words, "phrases",
// field:value, field:(a OR b), ranges [a TO b] of times with * for an open end, AND, OR,
// NOT, + and -, and parentheses. OR binds more than a space, which is AND: a harvester
// that asks for one of two organisations and for a time means both. The fields are id,
// name, title, notes, text, organization, owner_org, groups, tags, license_id,
// res_format, metadata_created, metadata_modified, state, type and dataset_type.
//
// Limits: 1,000 rows of an answer, 2,000 characters and 200 terms of a query. Fields of
// CKAN that say nothing here are null or empty. Nothing can be written.
package ckan

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Version is the CKAN whose answers these are like.
const Version = "2.11.0"

// Site is where the catalogue is.
type Site struct {
	Base  string // the address at which people reach it, without a slash at the end
	Title string
	About string
}

// Package is a dataset.
type Package struct {
	ID                     string        `json:"id"`
	Name                   string        `json:"name"`
	Title                  string        `json:"title"`
	Notes                  string        `json:"notes"`
	Author                 *string       `json:"author"`
	AuthorEmail            *string       `json:"author_email"`
	CreatorUserID          *string       `json:"creator_user_id"`
	Maintainer             string        `json:"maintainer"`
	MaintainerEmail        string        `json:"maintainer_email"`
	LicenseID              string        `json:"license_id"`
	LicenseTitle           string        `json:"license_title"`
	LicenseURL             string        `json:"license_url"`
	IsOpen                 bool          `json:"isopen"`
	MetadataCreated        string        `json:"metadata_created"`
	MetadataModified       string        `json:"metadata_modified"`
	OwnerOrg               string        `json:"owner_org"`
	Private                bool          `json:"private"`
	State                  string        `json:"state"`
	Type                   string        `json:"type"`
	URL                    string        `json:"url"`
	Version                string        `json:"version"`
	NumResources           int           `json:"num_resources"`
	NumTags                int           `json:"num_tags"`
	Organization           *Organization `json:"organization"`
	Extras                 []Extra       `json:"extras"`
	Groups                 []Group       `json:"groups"`
	Resources              []Resource    `json:"resources"`
	Tags                   []Tag         `json:"tags"`
	RelationshipsAsSubject []struct{}    `json:"relationships_as_subject"`
	RelationshipsAsObject  []struct{}    `json:"relationships_as_object"`
}

// Organization is a publisher.
type Organization struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	Title          string `json:"title"`
	DisplayName    string `json:"display_name"`
	Type           string `json:"type"`
	Description    string `json:"description"`
	ImageURL       string `json:"image_url"`
	Created        string `json:"created,omitempty"`
	IsOrganization bool   `json:"is_organization"`
	ApprovalStatus string `json:"approval_status"`
	State          string `json:"state"`
	PackageCount   *int   `json:"package_count,omitempty"`
}

// Group is a theme.
type Group struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Title           string `json:"title"`
	DisplayName     string `json:"display_name"`
	Description     string `json:"description"`
	ImageDisplayURL string `json:"image_display_url"`
	Type            string `json:"type,omitempty"`
	State           string `json:"state,omitempty"`
	PackageCount    *int   `json:"package_count,omitempty"`
}

// Extra is what CKAN has no field for.
type Extra struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Tag is a keyword.
type Tag struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	DisplayName  string  `json:"display_name"`
	State        string  `json:"state"`
	VocabularyID *string `json:"vocabulary_id"`
}

// Resource is a file or a data service.
type Resource struct {
	ID                string  `json:"id"`
	PackageID         string  `json:"package_id"`
	Position          int     `json:"position"`
	Name              string  `json:"name"`
	Description       string  `json:"description"`
	URL               string  `json:"url"`
	URLType           *string `json:"url_type"`
	Format            string  `json:"format"`
	MimeType          string  `json:"mimetype"`
	MimeTypeInner     *string `json:"mimetype_inner"`
	Size              *int64  `json:"size"`
	Hash              string  `json:"hash"`
	State             string  `json:"state"`
	ResourceType      *string `json:"resource_type"`
	Created           string  `json:"created"`
	LastModified      string  `json:"last_modified"`
	MetadataModified  string  `json:"metadata_modified"`
	CacheURL          *string `json:"cache_url"`
	CacheLastModified *string `json:"cache_last_modified"`
}

const active = "active"

// Package gives a dataset as CKAN does.
func (s Site) Package(e market.Entry) Package {
	licence := licenceOf(e.Licence)
	p := Package{
		ID: UUID(e.Dataset), Name: e.Dataset.String(), Title: e.Title().In("vi"), State: active, Type: "dataset",
		LicenseID: licence.id, LicenseTitle: licence.title, LicenseURL: e.Licence, IsOpen: licence.open,
		MetadataCreated: moment(e.Issued), MetadataModified: moment(e.Modified),
		URL: s.Base + "/datasets/" + e.Dataset.String(), Version: strconv.Itoa(e.Version),
		Extras: []Extra{}, Groups: []Group{}, Resources: []Resource{}, Tags: []Tag{}, RelationshipsAsSubject: []struct{}{}, RelationshipsAsObject: []struct{}{},
	}
	org := OrganizationOf(e.Publisher)
	p.Organization, p.OwnerOrg = &org, org.ID
	if a := e.About; a != nil {
		p.Notes = a.Summary.In("vi")
		if a.Contact != nil {
			p.Maintainer, p.MaintainerEmail = a.Contact.Name, a.Contact.Email
		}
		for _, code := range a.Themes {
			if g, known := GroupOf(code); known {
				p.Groups = append(p.Groups, g)
			}
		}
		for _, name := range tagsOf(a) {
			p.Tags = append(p.Tags, Tag{ID: uuidOf("tag/" + name), Name: name, DisplayName: name, State: active})
		}
	}
	p.Extras = extrasOf(e)
	p.Resources = s.resources(e)
	p.NumResources, p.NumTags = len(p.Resources), len(p.Tags)
	return p
}

func (s Site) resources(e market.Entry) []Resource {
	list := []Resource{}
	page := s.Base + "/datasets/" + e.Dataset.String()
	add := func(r Resource) {
		r.Position, r.PackageID, r.State = len(list), UUID(e.Dataset), active
		r.Created, r.LastModified, r.MetadataModified = moment(e.Issued), moment(e.Modified), moment(e.Modified)
		list = append(list, r)
	}
	for _, f := range e.Files {
		r := Resource{
			ID: uuidOf("file/" + e.Dataset.String() + "/" + f.Name), Name: f.Name, URL: page,
			Format: FormatOf(f.Media), MimeType: f.Media, Size: &f.Bytes,
		}
		if e.Access == market.Open {
			r.URL = s.Base + "/ipfs/" + f.CID
		}
		add(r)
	}
	if e.Kind == market.API && e.About != nil && e.About.Endpoint != "" {
		add(Resource{ID: uuidOf("api/" + e.Dataset.String()), Name: e.Title().In("vi"), URL: e.About.Endpoint, Format: "API"})
	}
	return list
}

func extrasOf(e market.Entry) []Extra {
	list := []Extra{}
	add := func(key, value string) {
		if value != "" {
			list = append(list, Extra{key, value})
		}
	}
	access := "public"
	if e.Access != market.Open {
		access = string(e.Access)
	}
	add("access", access)
	if a := e.About; a != nil {
		add("title_en", a.Title.EN)
		add("notes_en", a.Summary.EN)
		add("frequency", a.Frequency)
		if !a.From.IsZero() {
			add("temporal_start", a.From.Time().Format("2006-01-02"))
		}
		if !a.Until.IsZero() {
			add("temporal_end", a.Until.Time().Format("2006-01-02"))
		}
		add("conditions", a.Conditions.In("vi"))
		add("quality", a.Quality.In("vi"))
	}
	if e.Place != nil {
		add("spatial_code", e.Place.Code)
		add("spatial_text", e.Place.Name.In("vi"))
	}
	return list
}

// OrganizationOf gives a publisher as CKAN does.
func OrganizationOf(p market.Publisher) Organization {
	return Organization{
		ID: UUID(p.ID), Name: p.ID.String(), Title: p.Name, DisplayName: p.Name, Type: "organization",
		IsOrganization: true, ApprovalStatus: "approved", State: active,
	}
}

// GroupOf gives a theme as CKAN does, by its code in letters of any size.
func GroupOf(code string) (Group, bool) {
	code = strings.ToUpper(code)
	label, known := market.ThemeNames[code]
	name := strings.ToLower(code)
	return Group{ID: uuidOf("theme/" + name), Name: name, Title: label.VI, DisplayName: label.VI}, known
}

// tagsOf are keywords in the letters that CKAN lets a tag have.
func tagsOf(a *market.Description) (list []string) {
	seen := map[string]bool{}
	for _, k := range a.Keywords {
		name := strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || strings.ContainsRune(" -_.", r) {
				return r
			}
			return '-'
		}, k))
		if n := len([]rune(name)); n >= 2 && n <= 100 && !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	return list
}

// FormatOf is what CKAN calls a media type.
func FormatOf(media string) string {
	media, _, _ = strings.Cut(media, ";")
	if code := market.FileTypes[media]; code != "" {
		return code
	}
	_, sub, _ := strings.Cut(media, "/")
	return strings.ToUpper(sub)
}

type licence struct {
	id, title string
	open      bool
}

var licences = map[string]licence{
	"creativecommons.org/licenses/by/4.0":       {"cc-by", "Creative Commons Attribution", true},
	"creativecommons.org/licenses/by-sa/4.0":    {"cc-by-sa", "Creative Commons Attribution Share-Alike", true},
	"creativecommons.org/publicdomain/zero/1.0": {"cc-zero", "Creative Commons CCZero", true},
	"opendatacommons.org/licenses/by/1-0":       {"odc-by", "Open Data Commons Attribution License", true},
	"opendatacommons.org/licenses/odbl/1-0":     {"odc-odbl", "Open Data Commons Open Database License (ODbL)", true},
	"opendatacommons.org/licenses/pddl/1-0":     {"odc-pddl", "Open Data Commons Public Domain Dedication and License (PDDL)", true},
	"creativecommons.org/licenses/by-nc/4.0":    {"cc-nc", "Creative Commons Non-Commercial", false},
}

func licenceOf(uri string) licence {
	_, rest, _ := strings.Cut(uri, "://")
	if l, known := licences[strings.TrimSuffix(rest, "/")]; known {
		return l
	}
	return licence{"notspecified", uri, false}
}

// UUID writes an id as CKAN's are.
func UUID(id ledger.ID) string { return dashed([16]byte(id)) }

// ParseID reads the id or the name of a dataset or an organisation.
func ParseID(s string) (ledger.ID, error) {
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		s = strings.ReplaceAll(s, "-", "")
	}
	return ledger.ParseID(s)
}

// uuidOf is an id for what has none.
func uuidOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return dashed([16]byte(sum[:16]))
}

func dashed(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func moment(t ledger.Time) string { return t.Time().Format("2006-01-02T15:04:05.000000") }
