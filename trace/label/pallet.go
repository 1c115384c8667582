package label

import (
	"slices"
	"strings"

	"github.com/sogoc/sogoc/ledger"
)

// Proportions of a logistic label.
const (
	barsPart  = 0.22 // of the label's height that its bars have
	ssccPart  = 0.055
	humanPart = 0.03
)

// pallet is the GS1 logistic label of an SSCC: what is on it above, the SSCC in
// letters and as a GS1-128 symbol below (GS1 Logistic Label Guideline).
func (p *press) pallet(on surface, l Label, sscc string, code *symbol, at box) error {
	if !p.format.TakesPallet() {
		return ledger.FieldErrorf(ledger.TooLarge, "format", "a pallet label needs %d × %d mm; this one has %s × %s mm", palletW, palletH, number(at.w), number(at.h))
	}
	bars, err := barsOf("00" + sscc)
	if err != nil {
		return err
	}
	pad := p.format.Pad
	module := 0.0
	for _, m := range modules(minBar, maxBar, p.format.Dot) {
		if float64(bars.w)*m+2*max(pad, quietBars*m) <= at.w {
			module = m
			break
		}
	}
	if module == 0 {
		return ledger.FieldErrorf(ledger.TooLarge, "format", "a label of %s mm in width is too small for the barcode", number(at.w))
	}
	w, h := float64(bars.w)*module, max(minBarHeight, barsPart*at.h)
	human, title := humanPart*at.h, ssccPart*at.h
	bottom := at.y + at.h - pad
	text := "(00)" + sscc
	size := human / lineHeight
	on.text(at.x+(at.w-p.regular.Width(text)*size)/2, bottom-(lineHeight-ascent)*size, size/point, false, text)
	top := bottom - human - h
	on.symbol(box{at.x + (at.w-w)/2, top, w, h}, bars)

	inner := at.inset(pad)
	size = title / lineHeight
	var groups []string
	for digits := range slices.Chunk([]byte(sscc), 4) {
		groups = append(groups, string(digits))
	}
	spoken := strings.Join(groups, " ")
	label := p.options.Words.SSCC
	most := inner.w / (p.regular.Width(label) + captionGap + p.bold.Width(spoken))
	size = min(size, most)
	y := top - pad/2 - title + ascent*size
	on.text(inner.x, y, size/point, false, label)
	on.text(inner.x+(p.regular.Width(label)+captionGap)*size, y, size/point, true, spoken)
	rule := top - pad/2 - title - pad/2
	on.fill(box{inner.x, rule - ruleWidth, inner.w, 2 * ruleWidth})
	upper := box{at.x, at.y, at.w, rule - at.y}
	if upper.w >= upper.h {
		return p.beside(on, l, code, upper, min(titleSize*0.75*at.w, maxTitle))
	}
	return p.stacked(on, l, code, upper, min(titleSize*0.75*at.w, maxTitle))
}
