package dcat

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// parseRDFXML reads the part of RDF 1.1 XML that is rdf:Description with rdf:about and
// property elements of resources and literals; anything else is an error.
func parseRDFXML(s string) (triples []triple, err error) {
	dec := xml.NewDecoder(strings.NewReader(s))
	depth := 0
	var subject, predicate, object string
	var attr map[string]string
	for {
		token, err := dec.Token()
		if err == io.EOF && depth == 0 && len(triples) > 0 {
			return triples, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			name := t.Name.Space + t.Name.Local
			attr = map[string]string{}
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" {
					attr[a.Name.Space+a.Name.Local] = a.Value
				}
			}
			depth++
			switch {
			case depth == 1 && name == rdf+"RDF" && len(attr) == 0:
			case depth == 2 && name == rdf+"Description" && len(attr) == 1 && attr[rdf+"about"] != "":
				subject = iriTerm(attr[rdf+"about"])
			case depth == 3 && len(attr) <= 1 && t.Name.Space != "":
				predicate, object = iriTerm(name), ""
			default:
				return nil, fmt.Errorf("element %s with %v, %d deep", name, attr, depth)
			}
		case xml.CharData:
			if depth == 3 {
				object += string(t)
			} else if strings.TrimSpace(string(t)) != "" {
				return nil, fmt.Errorf("the text %q, %d deep", t, depth)
			}
		case xml.EndElement:
			if depth == 3 {
				o, err := xmlObject(attr, object)
				if err != nil {
					return nil, err
				}
				triples = append(triples, triple{subject, predicate, o})
			}
			depth--
		}
	}
}

func xmlObject(attr map[string]string, text string) (string, error) {
	const lang = "http://www.w3.org/XML/1998/namespacelang"
	switch {
	case attr[rdf+"resource"] != "" && text == "":
		return iriTerm(attr[rdf+"resource"]), nil
	case attr[rdf+"datatype"] != "":
		return literalTerm(text, "", attr[rdf+"datatype"]), nil
	case attr[lang] != "":
		return literalTerm(text, attr[lang], ""), nil
	case len(attr) == 0:
		return literalTerm(text, "", ""), nil
	}
	return "", fmt.Errorf("a property with %v and %q", attr, text)
}
