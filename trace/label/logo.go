package label

import (
	"bytes"
	"image"
	"image/color"
	stddraw "image/draw"
	_ "image/jpeg" // the formats of logos
	_ "image/png"
	"net/http"

	"golang.org/x/image/draw"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of a logo.
const (
	MaxLogoBytes = 1 << 20
	maxLogoSide  = 6000 // pixels as sent
	logoSide     = 600  // pixels as printed: 22 mm at 600 dots an inch
	maxLogoRatio = 8
)

// DecodeLogo reads a PNG or JPEG picture, whatever it is called, puts it on white
// and makes it as small as labels need it.
func DecodeLogo(data []byte) (image.Image, error) {
	if len(data) > MaxLogoBytes {
		return nil, ledger.FieldErrorf(ledger.TooLarge, "logo", "has more than %d bytes", MaxLogoBytes)
	}
	if kind := http.DetectContentType(data); kind != "image/png" && kind != "image/jpeg" {
		return nil, ledger.FieldErrorf(ledger.Invalid, "logo", "is neither a PNG nor a JPEG picture")
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case err != nil:
		return nil, ledger.FieldErrorf(ledger.Invalid, "logo", "cannot be read as a picture")
	case c.Width > maxLogoSide || c.Height > maxLogoSide:
		return nil, ledger.FieldErrorf(ledger.TooLarge, "logo", "has %d × %d pixels; %d each way are enough", c.Width, c.Height, maxLogoSide)
	case c.Width < 1 || c.Height < 1 || max(c.Width, c.Height) > maxLogoRatio*min(c.Width, c.Height):
		return nil, ledger.FieldErrorf(ledger.Invalid, "logo", "is %d × %d pixels, which is too long for its width", c.Width, c.Height)
	}
	from, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, "logo", "cannot be read as a picture")
	}
	w, h := c.Width, c.Height
	if longest := max(w, h); longest > logoSide {
		w, h = max(w*logoSide/longest, 1), max(h*logoSide/longest, 1)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	stddraw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, stddraw.Src)
	draw.CatmullRom.Scale(to, to.Bounds(), from, from.Bounds(), draw.Over, nil)
	return to, nil
}
