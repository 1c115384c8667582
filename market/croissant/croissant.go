// Package croissant describes a dataset as MLCommons Croissant 1.0 in JSON-LD, which is
// a schema.org Dataset, too: what search engines for data read from a page, and what
// loaders for machine learning open files by.
//
// A file of an open release is a cr:FileObject, and a CSV file whose columns are described
// a cr:RecordSet besides. Of what is not open there is the description with its
// conditions alone. Croissant asks for a file's SHA-256: it is stated where it is known
// without reading the file, which is where the content identifier is that of one block
// (at most 256 KiB, package content).
//
// The document can stand within a page as <script type="application/ld+json">: it has
// no <, > or &. Such a block is data, which no content security policy keeps out.
package croissant

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/market"
)

// context is that of Croissant 1.0, section "Appendix 1: JSON-LD context".
var context = json.RawMessage(`{"@language":"vi","@vocab":"https://schema.org/","citeAs":"cr:citeAs","column":"cr:column","conformsTo":"dct:conformsTo","cr":"http://mlcommons.org/croissant/","rai":"http://mlcommons.org/croissant/RAI/","data":{"@id":"cr:data","@type":"@json"},"dataType":{"@id":"cr:dataType","@type":"@vocab"},"dct":"http://purl.org/dc/terms/","examples":{"@id":"cr:examples","@type":"@json"},"extract":"cr:extract","field":"cr:field","fileProperty":"cr:fileProperty","fileObject":"cr:fileObject","fileSet":"cr:fileSet","format":"cr:format","includes":"cr:includes","isLiveDataset":"cr:isLiveDataset","jsonPath":"cr:jsonPath","key":"cr:key","md5":"cr:md5","parentField":"cr:parentField","path":"cr:path","recordSet":"cr:recordSet","references":"cr:references","regex":"cr:regex","repeated":"cr:repeated","replace":"cr:replace","sc":"https://schema.org/","separator":"cr:separator","source":"cr:source","subField":"cr:subField","transform":"cr:transform"}`)

// conformsTo names the version of Croissant.
const conformsTo = "http://mlcommons.org/croissant/1.0"

type dataset struct {
	Context       json.RawMessage `json:"@context"`
	Type          string          `json:"@type"`
	ID            string          `json:"@id"`
	ConformsTo    string          `json:"conformsTo"`
	Name          string          `json:"name"`
	AlternateName string          `json:"alternateName,omitempty"`
	Description   string          `json:"description"`
	URL           string          `json:"url"`
	Identifier    string          `json:"identifier"`
	Version       string          `json:"version"`
	License       string          `json:"license"`
	Creator       organization    `json:"creator"`
	Publisher     organization    `json:"publisher"`
	Published     string          `json:"datePublished"`
	Modified      string          `json:"dateModified"`
	Keywords      []string        `json:"keywords,omitempty"`
	Language      []string        `json:"inLanguage,omitempty"`
	Period        string          `json:"temporalCoverage,omitempty"`
	Place         *place          `json:"spatialCoverage,omitempty"`
	Free          bool            `json:"isAccessibleForFree"`
	Conditions    string          `json:"conditionsOfAccess,omitempty"`
	Technique     string          `json:"measurementTechnique,omitempty"`
	BasedOn       []string        `json:"isBasedOn,omitempty"`
	Catalog       catalog         `json:"includedInDataCatalog"`
	Variables     []variable      `json:"variableMeasured,omitempty"`
	Distribution  []file          `json:"distribution,omitempty"`
	RecordSets    []recordSet     `json:"recordSet,omitempty"`
}

type organization struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type place struct {
	Type       string `json:"@type"`
	Name       string `json:"name,omitempty"`
	Identifier string `json:"identifier"`
}

type catalog struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

type variable struct {
	Type     string `json:"@type"`
	Name     string `json:"name"`
	Title    string `json:"description,omitempty"`
	UnitCode string `json:"unitCode,omitempty"` // UN/ECE Rec 20
}

type file struct {
	Type     string `json:"@type"`
	ID       string `json:"@id"`
	Name     string `json:"name"`
	Content  string `json:"contentUrl"`
	Encoding string `json:"encodingFormat"`
	Size     string `json:"contentSize"`
	SHA256   string `json:"sha256,omitempty"`
}

type recordSet struct {
	Type   string  `json:"@type"`
	ID     string  `json:"@id"`
	Name   string  `json:"name"`
	Fields []field `json:"field"`
}

type field struct {
	Type        string `json:"@type"`
	ID          string `json:"@id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	DataType    string `json:"dataType"`
	Source      source `json:"source"`
}

type source struct {
	FileObject reference `json:"fileObject"`
	Extract    extract   `json:"extract"`
}

type reference struct {
	ID string `json:"@id"`
}

type extract struct {
	Column string `json:"column"`
}

// Site is where the dataset's catalogue is.
type Site struct {
	Base   string // the address at which people reach it, without a slash at the end
	Title  string
	Source func(market.Source) string // the IRI of what a release derives from
}

// Describe writes a dataset down.
func (s Site) Describe(e market.Entry) []byte {
	page := s.Base + "/datasets/" + e.Dataset.String()
	publisher := organization{"sc:Organization", e.Publisher.Name, e.Publisher.Web}
	d := dataset{
		Context: context, Type: "sc:Dataset", ID: page + "#dataset", ConformsTo: conformsTo,
		Name: e.Title().In("vi"), Description: e.Title().In("vi"), URL: page, Identifier: e.Dataset.String(),
		Version: strconv.Itoa(e.Version) + ".0.0", License: e.Licence, Creator: publisher, Publisher: publisher,
		Published: e.Issued.String(), Modified: e.Modified.String(),
		Free: e.Access == market.Open, Catalog: catalog{"sc:DataCatalog", s.Title, s.Base + "/catalog"},
	}
	if other := e.Title().EN; other != d.Name {
		d.AlternateName = other
	}
	for _, src := range e.From {
		d.BasedOn = append(d.BasedOn, s.Source(src))
	}
	if p := e.Place; p != nil {
		d.Place = &place{"sc:Place", p.Name.In("vi"), p.Code}
	}
	if a := e.About; a != nil {
		if !a.Summary.IsZero() {
			d.Description = a.Summary.In("vi")
		}
		d.Keywords, d.Conditions, d.Technique, d.Period = a.Keywords, a.Conditions.In("vi"), a.Method.In("vi"), period(a)
		for _, l := range []struct{ words, code string }{{a.Title.VI, "vi"}, {a.Title.EN, "en"}} {
			if l.words != "" {
				d.Language = append(d.Language, l.code)
			}
		}
		for _, c := range a.Columns {
			d.Variables = append(d.Variables, variable{"sc:PropertyValue", c.Name, c.Title.In("vi"), c.Unit})
		}
	}
	if e.Access == market.Open {
		s.files(&d, e, page)
	}
	return encode(d)
}

func (s Site) files(d *dataset, e market.Entry, page string) {
	for i, f := range e.Files {
		n := strconv.Itoa(i + 1)
		object := page + "#file-" + n
		media, _, _ := strings.Cut(f.Media, ";")
		d.Distribution = append(d.Distribution, file{
			"cr:FileObject", object, f.Name, s.Base + "/ipfs/" + f.CID, media, strconv.FormatInt(f.Bytes, 10) + " B", sha256Of(f.CID),
		})
		if media != "text/csv" || e.About == nil || len(e.About.Columns) == 0 {
			continue
		}
		set := recordSet{Type: "cr:RecordSet", ID: page + "#records-" + n, Name: "records-" + n}
		for j, c := range e.About.Columns {
			set.Fields = append(set.Fields, field{
				"cr:Field", set.ID + "-" + strconv.Itoa(j+1), c.Name, c.Title.In("vi"), dataType(c.Type), source{reference{object}, extract{c.Name}},
			})
		}
		d.RecordSets = append(d.RecordSets, set)
	}
}

func dataType(frictionless string) string {
	switch frictionless {
	case "number":
		return "sc:Float"
	case "integer":
		return "sc:Integer"
	case "boolean":
		return "sc:Boolean"
	case "date", "datetime":
		return "sc:Date"
	}
	return "sc:Text"
}

// sha256Of is the hash of a file's bytes where its content identifier is that of one
// block, and nothing otherwise.
func sha256Of(id string) string {
	c, err := content.Parse(id)
	if err != nil || c.Prefix().Codec != cid.Raw {
		return ""
	}
	return hex.EncodeToString(c.Hash()[2:])
}

// vietnam is where days are counted.
var vietnam = time.FixedZone("+07:00", 7*60*60)

// period is an interval of ISO 8601, open where an end is not said.
func period(a *market.Description) string {
	day := func(t ledger.Time) string {
		if t.IsZero() {
			return ".."
		}
		return t.Time().In(vietnam).Format(time.DateOnly)
	}
	if a.From.IsZero() && a.Until.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s/%s", day(a.From), day(a.Until))
}

func encode(d dataset) []byte {
	b, err := json.Marshal(d) // with < > & escaped
	if err != nil {
		panic(err) // these types always encode
	}
	return bytes.TrimSpace(b)
}
