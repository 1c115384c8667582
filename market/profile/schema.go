package profile

import "github.com/sogoc/sogoc/market/profile/cell"

// Schema is a Frictionless Table Schema, version 2.0.
type Schema struct {
	Schema        string        `json:"$schema"`
	Fields        []SchemaField `json:"fields"`
	MissingValues []string      `json:"missingValues"`
}

// SchemaField is a field of a Table Schema.
type SchemaField struct {
	Name        string       `json:"name"`
	Type        Type         `json:"type"`
	Format      string       `json:"format,omitempty"`
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	DecimalChar string       `json:"decimalChar,omitempty"`
	GroupChar   string       `json:"groupChar,omitempty"`
	TrueValues  []string     `json:"trueValues,omitempty"`
	FalseValues []string     `json:"falseValues,omitempty"`
	Constraints *Constraints `json:"constraints,omitempty"`
}

// Constraints are what holds of every value of a field.
type Constraints struct {
	Required bool `json:"required,omitempty"`
	Unique   bool `json:"unique,omitempty"`
}

// Schema describes the table to programs. What is a constraint there is only what the
// whole file keeps to.
func (t *Table) Schema() Schema {
	s := Schema{Schema: "https://datapackage.org/profiles/2.0/tableschema.json", MissingValues: []string{""}}
	listed := map[string]bool{"": true}
	for _, f := range t.Fields {
		field := SchemaField{
			Name: f.Name, Type: f.Type, Format: f.Format, Title: f.Title.VI, Description: f.Title.EN,
			DecimalChar: f.Decimal, GroupChar: f.Group,
		}
		if field.Title == "" {
			field.Title, field.Description = f.Title.EN, ""
		}
		if f.Unit != "" {
			field.Title += " (" + f.Unit + ")"
		}
		if f.Type == Boolean {
			field.TrueValues, field.FalseValues = cell.TrueWords, cell.FalseWords
		}
		c := Constraints{Required: f.Missing == 0 && f.Values > 0, Unique: f.Values > 1 && f.Distinct == Count{N: f.Values}}
		if c != (Constraints{}) {
			field.Constraints = &c
		}
		for _, blank := range f.Blanks {
			if !listed[blank] {
				listed[blank] = true
				s.MissingValues = append(s.MissingValues, blank)
			}
		}
		s.Fields = append(s.Fields, field)
	}
	return s
}
