package table

// batchBytes is how much a batch holds before it is handed on.
const batchBytes = 256 << 10

// Batch is a run of rows in one piece of memory, so that a table of any size is read
// with little of it. The zero Batch is empty.
type Batch struct {
	Faults []Fault // of these rows

	text  []byte // cells one after another, each followed by a zero byte
	ends  []int  // where each cell ends
	rows  []int  // which of ends is the first of each row; one more at the end
	lines []int64
}

// Fault is a row that is not as it should be, and still could be read.
type Fault struct {
	Line int64
	What string // ends a text key: ragged, quote
}

// Len is how many rows a batch holds.
func (b *Batch) Len() int { return len(b.lines) }

// Line is where a row starts, counted from 1.
func (b *Batch) Line(row int) int64 { return b.lines[row] }

// Width is how many cells a row has. Cells that the row has not are missing.
func (b *Batch) Width(row int) int { return b.next(row) - b.rows[row] }

// Cell is the text of one cell, nil beyond the row's last. It is the batch's memory.
func (b *Batch) Cell(row, field int) []byte {
	i := b.rows[row] + field
	if i >= b.next(row) {
		return nil
	}
	return b.text[b.start(i):b.ends[i]]
}

// Row is all of a row's text with a zero byte after each cell: two rows are equal where
// it is.
func (b *Batch) Row(row int) []byte {
	first, last := b.rows[row], b.next(row)
	if first == last {
		return nil
	}
	return b.text[b.start(first) : b.ends[last-1]+1]
}

func (b *Batch) start(cell int) int {
	if cell == 0 {
		return 0
	}
	return b.ends[cell-1] + 1
}

func (b *Batch) next(row int) int {
	if row+1 < len(b.rows) {
		return b.rows[row+1]
	}
	return len(b.ends)
}

func (b *Batch) reset() {
	b.Faults, b.text, b.ends, b.rows, b.lines = b.Faults[:0], b.text[:0], b.ends[:0], b.rows[:0], b.lines[:0]
}

func (b *Batch) full() bool { return len(b.text) >= batchBytes || len(b.ends) >= batchBytes/4 }

// begin starts a row, to which cells are then added.
func (b *Batch) begin(line int64) {
	b.rows = append(b.rows, len(b.ends))
	b.lines = append(b.lines, line)
}

func (b *Batch) add(cell []byte) {
	b.text = append(append(b.text, cell...), 0)
	b.ends = append(b.ends, len(b.text)-1)
}

func (b *Batch) addText(cell string) {
	b.text = append(append(b.text, cell...), 0)
	b.ends = append(b.ends, len(b.text)-1)
}
