package profile

import (
	"fmt"
	"math"
	"strings"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
)

// Parts of quality, with their weights.
const (
	Completeness  = "completeness"  // cells that have a value
	Uniqueness    = "uniqueness"    // rows that are not copies
	Validity      = "validity"      // values that fit the type of their field
	Consistency   = "consistency"   // values written as the others, in rows as wide as the others
	Documentation = "documentation" // fields of which the publisher says what they are
)

// grade says how good a table is from what is counted in it.
func (t *Table) grade() {
	var cells, values, fit, alike, titled int64
	for _, f := range t.Fields {
		cells += f.Values + f.Missing
		values += f.Values
		fit += f.Values - f.Invalid
		alike += f.Values - f.Mixed
		if !f.Title.IsZero() {
			titled++
		}
	}
	whole := t.Rows - min(t.Rows, t.Faults.N)
	own := t.Rows - min(t.Rows, t.Duplicates.N)
	t.Quality = Quality{Parts: []Part{
		part(Completeness, 30, share(values, cells), "%s số ô có giá trị", "%s of the cells have a value"),
		part(Uniqueness, 15, share(own, t.Rows), "%s số dòng không lặp lại dòng khác", "%s of the rows repeat no other"),
		part(Validity, 25, share(fit, values), "%s số giá trị đúng kiểu của cột", "%s of the values fit the type of their field"),
		part(Consistency, 15, share(alike, values)*share(whole, t.Rows), "%s số giá trị viết cùng một cách, trong các dòng đủ ô", "%s of the values are written alike, in rows that are whole"),
		part(Documentation, 15, share(titled, int64(len(t.Fields))), "%s số cột có lời giải thích", "%s of the fields are explained"),
	}}
	sum, weights := 0, 0
	for _, p := range t.Quality.Parts {
		sum += p.Score * p.Weight
		weights += p.Weight
	}
	t.Quality.Score = sum / weights
}

func share(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// part rounds down: who misses one has not all.
func part(key string, weight int, share float64, vi, en string) Part {
	tenths := math.Floor(share*1000) / 10
	text := strings.TrimSuffix(fmt.Sprintf("%.1f", tenths), ".0") + "%"
	return Part{Key: key, Score: int(tenths), Weight: weight, Words: ledger.Text{
		VI: fmt.Sprintf(vi, strings.Replace(text, ".", ",", 1)),
		EN: fmt.Sprintf(en, text),
	}}
}

// Describe takes what the publisher says of the fields, and grades the tables again.
// Fields that are not spoken of lose what was said before.
func (p *Profile) Describe(columns []market.Column) {
	said := map[string]market.Column{}
	for _, c := range columns {
		said[c.Name] = c
	}
	for i := range p.Tables {
		t := &p.Tables[i]
		for j := range t.Fields {
			c := said[t.Fields[j].Name]
			t.Fields[j].Title, t.Fields[j].Unit = c.Title, c.Unit
		}
		t.grade()
	}
}
