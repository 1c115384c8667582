// Package web renders the pages that people see: the passport that a scanned
// code opens, the home page, a dataset, a lineage graph, and what is said when
// something is not there. It knows no routes and no stores: whoever serves a
// page fills a view (a plain struct of typed values, e.g. [Passport]) and hands
// it to the method of [Pages] that writes it.
//
// A view says what is known and leaves the rest at its zero value; the page then
// says "not recorded" where the law asks for the item, and nothing elsewhere.
// Numbers, dates and units are written the way the page's language writes them.
// Dates are days as they were declared ([Date]); moments ([ledger.Time]) are
// shown in Vietnam's time unless the view names another zone.
//
// Pages work without scripts, ask nothing of third parties, and hold no inline
// script or style: they are meant to be served under [ContentSecurityPolicy].
// Every string of a view may come from anybody; it is escaped, and control
// characters that could reorder text (Unicode's bidirectional overrides) are
// dropped.
package web
