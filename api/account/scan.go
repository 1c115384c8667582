package account

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// Scans are counted by day and, of a piece, from the first to the last. Nothing of who
// scanned is kept: no address, no browser, no time of a single scan but these two. A
// place is told by whoever scanned, as a Cell.

// Cell is a square of a tenth of a degree, by its middle: "21.3,106.6". It is about as
// large as a district.
type Cell string

// CellAt is the cell of a position.
func CellAt(lat, lon float64) (Cell, error) {
	if !(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180) {
		return "", ledger.FieldErrorf(ledger.Invalid, "place", "is no latitude and longitude in degrees")
	}
	tenths := func(v float64) float64 { return math.Round(v*10)/10 + 0 } // no -0.0
	return Cell(fmt.Sprintf("%.1f,%.1f", tenths(lat), tenths(lon))), nil
}

// ParseCell reads a position, rounded or not, as "latitude,longitude".
func ParseCell(s string) (Cell, error) {
	var lat, lon float64
	if n, err := fmt.Sscanf(s, "%g,%g", &lat, &lon); err != nil || n != 2 || len(s) > 40 {
		return "", ledger.FieldErrorf(ledger.Invalid, "place", "is no latitude and longitude in degrees")
	}
	return CellAt(lat, lon)
}

// ScanDay is how often the page of a product, a lot or a container, and those of its
// pieces, were opened on a day in Vietnam.
type ScanDay struct {
	Day   string       `json:"day"` // 2026-06-03
	N     int          `json:"n"`
	Never int          `json:"never,omitempty"` // more, of numbers that were never issued
	Cells map[Cell]int `json:"cells,omitempty"` // of those who told where
}

// PieceScans is how often the page of a piece was opened.
type PieceScans struct {
	Serial string         `json:"serial"`
	First  time.Time      `json:"first"`
	Last   time.Time      `json:"last"`
	N      int            `json:"n"`
	Days   map[string]int `json:"days,omitempty"` // the last of them
	Cells  map[Cell]int   `json:"cells,omitempty"`
}

// ImplausibleCells is in how many cells a piece was seen that has probably more than
// one label: it travels from a shop to a home, and not from district to district.
const ImplausibleCells = 4

// Implausible reports whether a piece was seen in too many places.
func (p PieceScans) Implausible() bool { return len(p.Cells) >= ImplausibleCells }

// Bounds of what is kept of scans.
const (
	maxDayCells   = 64
	maxPieceCells = 16
	maxPieceDays  = 60
	dayLife       = 400 * 24 * time.Hour
	pieceLife     = 5 * 365 * 24 * time.Hour // since the last scan
)

var vietnam = time.FixedZone("+07:00", 7*60*60)

// dayNumber is a day in Vietnam, by days since 1970.
func dayNumber(at time.Time) uint32 {
	_, offset := at.In(vietnam).Zone()
	return uint32((at.Unix() + int64(offset)) / (24 * 60 * 60))
}

func dayKey(of trace.ID, at time.Time) []byte {
	return binary.BigEndian.AppendUint32(nodeKey(scanDayKind, sum([]byte(of.String()))...), dayNumber(at))
}

func pieceKey(id trace.ID) []byte {
	return append(nodeKey(scanPieceKind, sum([]byte(id.Batch().String()))...), sum([]byte(id.Serial()))...)
}

// isPiece reports whether scans of a thing are also counted by its serial.
func isPiece(id trace.ID) bool { return id.Batch() != id }

// CountScan counts that a page was opened; the caller has made sure that the code is
// known. Of a piece it returns all its scans, this one included.
func (s *Store) CountScan(_ context.Context, id trace.ID, from From) (p PieceScans, err error) {
	now := s.time()
	if wait := s.addresses.add(scanLimit, from.Address, now); wait > 0 {
		return p, later(wait, tooMany)
	}
	err = s.vault.Update(func(t *vault.Tx) (err error) {
		if p, err = countPiece(t, id, now, func(p *PieceScans) {
			p.N++
			p.Last = now
			p.Days[now.In(vietnam).Format(time.DateOnly)]++
		}); err != nil {
			return err
		}
		return countDay(t, id.Batch(), now, func(d *ScanDay) { d.N++ })
	})
	return p, err
}

// CountNever counts that the page of a number was opened that was never issued. How
// many such numbers there are has no bound, so they are counted together.
func (s *Store) CountNever(_ context.Context, id trace.ID, from From) error {
	now := s.time()
	if wait := s.addresses.add(scanLimit, from.Address, now); wait > 0 {
		return later(wait, tooMany)
	}
	return s.vault.Update(func(t *vault.Tx) error {
		return countDay(t, id.Batch(), now, func(d *ScanDay) { d.Never++ })
	})
}

// PlaceScan notes where a scan was that was counted already.
func (s *Store) PlaceScan(_ context.Context, id trace.ID, cell Cell, from From) error {
	now := s.time()
	if wait := s.addresses.add(scanLimit, from.Address, now); wait > 0 {
		return later(wait, tooMany)
	}
	return s.vault.Update(func(t *vault.Tx) error {
		if _, err := countPiece(t, id, now, func(p *PieceScans) { addCell(&p.Cells, cell, maxPieceCells) }); err != nil {
			return err
		}
		return countDay(t, id.Batch(), now, func(d *ScanDay) { addCell(&d.Cells, cell, maxDayCells) })
	})
}

// addCell counts a cell; where there are very many, no more are told apart.
func addCell(cells *map[Cell]int, c Cell, most int) {
	if *cells == nil {
		*cells = map[Cell]int{}
	}
	if _, known := (*cells)[c]; known || len(*cells) < most {
		(*cells)[c]++
	}
}

func countDay(t *vault.Tx, of trace.ID, now time.Time, change func(*ScanDay)) error {
	key := dayKey(of, now)
	d, _, err := get[ScanDay](t, key)
	if err != nil {
		return err
	}
	d.Day = now.In(vietnam).Format(time.DateOnly)
	change(&d)
	return t.PutUntil(key, d, now.Add(dayLife))
}

// countPiece changes what is kept of a piece's scans; of anything else nothing is.
func countPiece(t *vault.Tx, id trace.ID, now time.Time, change func(*PieceScans)) (p PieceScans, err error) {
	if !isPiece(id) {
		return p, nil
	}
	key := pieceKey(id)
	p, ok, err := get[PieceScans](t, key)
	if err != nil {
		return p, err
	}
	if !ok {
		p = PieceScans{Serial: id.Serial(), First: now, Last: now}
	}
	if p.Days == nil {
		p.Days = map[string]int{}
	}
	change(&p)
	for len(p.Days) > maxPieceDays {
		oldest := ""
		for day := range p.Days {
			if oldest == "" || day < oldest {
				oldest = day
			}
		}
		delete(p.Days, oldest)
	}
	return p, t.PutUntil(key, p, now.Add(pieceLife))
}

// ScansOf is what is kept of a piece's scans; zero where it was never scanned.
func (s *Store) ScansOf(_ context.Context, id trace.ID) (PieceScans, error) {
	if !isPiece(id) {
		return PieceScans{}, nil
	}
	p, _, err := read[PieceScans](s, pieceKey(id))
	return p, err
}

// Scans lists the days on which a thing's page was opened, the newest first, and its
// pieces: those seen in the most places first, and then the most often scanned.
func (s *Store) Scans(_ context.Context, of trace.ID) (days []ScanDay, pieces []PieceScans, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		hash := sum([]byte(of.String()))
		if days, err = list[ScanDay](t, nodeKey(scanDayKind, hash...)); err != nil {
			return err
		}
		pieces, err = list[PieceScans](t, nodeKey(scanPieceKind, hash...))
		return err
	})
	slices.Reverse(days)
	slices.SortFunc(pieces, func(a, b PieceScans) int {
		return cmp.Or(cmp.Compare(len(b.Cells), len(a.Cells)), cmp.Compare(b.N, a.N), b.Last.Compare(a.Last))
	})
	return days, pieces, err
}

// ScanDays lists the days on which a thing's page was opened, the oldest first.
func (s *Store) ScanDays(_ context.Context, of trace.ID) (days []ScanDay, err error) {
	err = s.vault.View(func(t *vault.Tx) (err error) {
		days, err = list[ScanDay](t, nodeKey(scanDayKind, sum([]byte(of.String()))...))
		return err
	})
	return days, err
}

// Position is the middle of a cell, in degrees.
func (c Cell) Position() (lat, lon float64) {
	fmt.Sscanf(string(c), "%g,%g", &lat, &lon) // CellAt wrote it
	return lat, lon
}
