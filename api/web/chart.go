package web

import (
	"math/big"

	"github.com/sogoc/sogoc/trace"
)

// plot is a bar chart in the units of its viewBox.
type plot struct {
	Width, Height int
	Bars          []plotBar
}

type plotBar struct {
	Label, Value string
	Y, Width     int
}

const (
	plotWidth = 360
	plotRow   = 44
	plotLeast = 3 // width of a bar that is not zero
)

// drawChart draws horizontal bars: names are read on a phone without turning it.
func (w words) drawChart(c *Chart) *plot {
	if c == nil || len(c.Bars) == 0 {
		return nil
	}
	longest := new(big.Rat)
	values := make([]*big.Rat, len(c.Bars))
	for i, b := range c.Bars {
		values[i] = value(b.Value)
		if values[i].Cmp(longest) > 0 {
			longest = values[i]
		}
	}
	p := &plot{Width: plotWidth, Height: len(c.Bars) * plotRow}
	for i, b := range c.Bars {
		bar := plotBar{Label: b.Label.In(string(w.lang)), Value: w.quantity(b.Value), Y: i * plotRow}
		if longest.Sign() > 0 && values[i].Sign() > 0 {
			share, _ := new(big.Rat).Quo(values[i], longest).Float64()
			bar.Width = max(round(share*plotWidth), plotLeast)
		}
		p.Bars = append(p.Bars, bar)
	}
	return p
}

func value(q trace.Quantity) *big.Rat {
	r, ok := new(big.Rat).SetString(q.Number())
	if !ok {
		return new(big.Rat)
	}
	return r
}
