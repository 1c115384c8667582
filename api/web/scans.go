package web

import (
	"io"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// scanScript counts that a person looked at the page of a code.
const scanScript = "scan.js"

// Scans says how often a piece was scanned.
func (p *Pages) Scans(lang Lang, n int, first ledger.Time) string {
	w := p.words(lang)
	switch n {
	case 0:
		return w.must("scans.none")
	case 1:
		return w.must("scans.first", "at", w.clock(first, ""))
	}
	return w.must("scans.again", "at", w.clock(first, ""), "n", n)
}

// ScansOf is what the owner of a code sees of its scans.
type ScansOf struct {
	Name        trace.Text
	Code        string
	Back        string
	N, Never    int
	Days        []ScanDay // the newest first
	Most        int       // on one of the days
	Cells       []ScanCell
	Pieces      int // that were scanned at all
	Implausible int // of them
	List        []PieceScans
}

// ScanDay is a day's scans; Never are those of numbers that were never issued.
type ScanDay struct {
	Day      Date
	N, Never int
}

// ScanCell is a square of a tenth of a degree.
type ScanCell struct {
	Cell string
	Near trace.Text // the commune in its middle; empty where none is known
	N    int
}

// PieceScans are the scans of a piece.
type PieceScans struct {
	Serial, Link string
	N            int
	First, Last  ledger.Time
	Cells        []ScanCell
	Implausible  bool // seen in more places than one piece can be
}

// ScansOf writes the page.
func (p *Pages) ScansOf(w io.Writer, r Reader, v *ScansOf) error { return p.desk(w, r, "scans", v) }
