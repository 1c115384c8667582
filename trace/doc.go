// Package trace holds traceability's types and pure rules: identifiers,
// quantities, events, the facts that go on the ledger, the outcomes that come
// back, and what a product's page says. No I/O happens here.
package trace
