// Package gs1 reads and writes the identifiers of the GS1 system: GS1 keys with
// their check digits, application identifiers (AIs), bracketed element strings,
// GS1 Digital Link URIs and EPC URNs.
//
// One thing in the world has one [Key], whichever way it was written:
//
//	https://id.gs1.org/01/09521234543213/21/7      GS1 Digital Link URI, any host
//	urn:epc:id:sgtin:9521234.054321.7              EPC pure identity URN
//	(01)09521234543213(21)7                        element string
//
// all parse to Keys that are equal with ==. Standards followed: GS1 General
// Specifications (keys, AIs, character sets, dates), GS1 Digital Link Standard:
// URI Syntax 1.4 (uncompressed), EPC Tag Data Standard 1.13 (URNs).
//
// Numeric code lists of other bodies (ISO countries and currencies, UN/ECE
// package types, IBAN, coupon structures) are checked for format, not for
// membership.
package gs1

// MaxLength is the longest input, in bytes, that this package reads.
const MaxLength = 2048
