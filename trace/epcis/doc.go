// Package epcis reads, checks, writes and hashes EPCIS 2.0 and CBV 2.0 documents
// in JSON-LD.
//
// [DecodeDocument] and [DecodeEvent] turn bytes into trace events, or say
// precisely what is wrong with which field of which event. [Document.Payload]
// gives each event a document of its own, which is what is stored;
// [WriteQueryDocument] and [SingleEvent] answer queries from stored events, each
// as it was written. Every event has the hash of CBV 2.0, section 8.9.
//
// The rules are those of the official JSON schema, and beyond it: check digits of
// GS1 keys, exact quantities of at most six decimals that are not negative, no
// member without a prefix that the standard does not know, in places where the
// schema looks away. In two places the schema is stricter: it has no business
// steps and the like written as urn:epcglobal:cbv:…, which are read here; and it
// has event types of one's own, which are not.
package epcis
