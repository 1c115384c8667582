package web

import (
	"io"

	"github.com/sogoc/sogoc/trace"
)

// WorkFile is a file of what a service came to.
type WorkFile struct {
	Name string // empty where it is not known here
	Path string
}

// TradeWork asks for the files of what a service came to.
type TradeWork struct {
	Form         Form
	Action, Back string
	Dataset      trace.Text
	MaxFiles     int
	MaxBytes     int64 // of all together
}

// TradeWork writes the page.
func (p *Pages) TradeWork(w io.Writer, r Reader, v *TradeWork) error {
	return p.desk(w, r, "trade.work", v)
}
