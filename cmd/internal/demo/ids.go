package demo

import (
	"fmt"
	"strings"

	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/gs1"
)

// webBase is the host that the sample labels carry before a register-issued code.
const webBase = "https://sogoc.example"

// glnOf, gtinOf and ssccOf number an organisation's GS1 keys below its prefix of
// seven digits.
func glnOf(prefix string, n int) string  { return checked(fmt.Sprintf("%s%05d", prefix, n)) }
func gtinOf(prefix string, n int) string { return checked(fmt.Sprintf("0%s%05d", prefix, n)) }
func ssccOf(prefix string, n int) string { return checked(fmt.Sprintf("3%s%09d", prefix, n)) }

func checked(digits string) string { return digits + string(gs1.CheckDigit(digits)) }

// key is the identifier of a GS1 key; the values are the package's own
// and cannot be wrong.
func key(ai, value string) trace.ID { return trace.MustID("https://id.gs1.org/" + ai + "/" + value) }

func code(issuer string, n int) trace.ID {
	c, err := trace.NewCode(issuer, fmt.Sprintf("%05d", n))
	if err != nil {
		panic(err)
	}
	return trace.MustID("/t/" + string(c))
}

// lot and piece qualify a product.
func lot(product trace.ID, name string) trace.ID {
	id, err := product.WithLot(name)
	if err != nil {
		panic(err)
	}
	return id
}

func piece(lot trace.ID, n int) trace.ID {
	id, err := lot.WithSerial(fmt.Sprintf("%04d", n))
	if err != nil {
		panic(err)
	}
	return id
}

func pieces(lot trace.ID, from, to int) []trace.ID {
	var ids []trace.ID
	for n := from; n <= to; n++ {
		ids = append(ids, piece(lot, n))
	}
	return ids
}

// written spells an identifier the way an organisation's software does: some
// write EPC URNs where one exists, others Digital Links.
func written(id trace.ID, urns bool) string {
	if k, ok := id.Key(); ok && urns {
		if urn, err := k.URN(prefixLength); err == nil && !strings.Contains(urn, ":idpat:") {
			return urn
		}
	}
	return id.Link(linkBase(id))
}

// prefixLength is the length of every company prefix of the province.
const prefixLength = 7

func linkBase(id trace.ID) string {
	if _, ok := id.Code(); ok {
		return webBase
	}
	return "https://id.gs1.org"
}
