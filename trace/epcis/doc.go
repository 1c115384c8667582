// Package epcis reads, checks, writes and hashes EPCIS 2.0 and CBV 2.0 documents
// in JSON-LD.
//
// [DecodeDocument] and [DecodeEvent] turn bytes into trace events, or say
// precisely what is wrong with which field of which event. [Document.Payload]
// gives each event a document of its own, which is what is stored;
// [WriteQueryDocument] and [SingleEvent] answer queries from stored events, each
// as it was written. Every event has the hash of CBV 2.0, section 8.9.
//
// The rules are those of the official JSON schema (EPCIS 2.0.1) and these beyond
// it: GS1 keys have their check digits right; quantities have at most six decimals
// and are not negative; an aggregation that adds or deletes has its parent, as the
// standard says; places have members of the standard or with a prefix only, as
// everything else; no name stands twice in an object, but for eventID, of which the
// last counts; the event is of one of the five types, not of one's own. More than the schema, words of the vocabulary may
// be written in full as urn:epcglobal:cbv:….
package epcis
