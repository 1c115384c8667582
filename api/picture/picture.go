// Package picture makes a picture that somebody took fit to be kept: small enough to be
// shown, upright, and without what a camera writes into it beside the picture, which
// may say where somebody lives.
package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	stddraw "image/draw"
	"image/jpeg"
	_ "image/png" // formats that are read
	"net/http"
	"slices"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"

	"github.com/sogoc/sogoc/ledger"
)

// Limits of a picture.
const (
	MaxBytes  = 8 << 20
	maxPixels = 50_000_000 // as sent
	Side      = 1600       // the longer side, as kept, in pixels
	quality   = 82
)

// Type is the media type of what Clean returns.
const Type = "image/jpeg"

// Clean reads a JPEG, PNG or WebP picture, whatever it is called, and writes it anew
// as a JPEG: upright, no side longer than Side, with nothing but the picture in it.
// Errors name the field.
func Clean(field string, data []byte) ([]byte, error) {
	if len(data) > MaxBytes {
		return nil, ledger.FieldErrorf(ledger.TooLarge, field, "has more than %d bytes", MaxBytes)
	}
	kind := http.DetectContentType(data)
	switch kind {
	case "image/jpeg", "image/png", "image/webp":
	default:
		return nil, ledger.FieldErrorf(ledger.Invalid, field, "is neither a JPEG, a PNG nor a WebP picture")
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case err != nil || c.Width < 1 || c.Height < 1:
		return nil, ledger.FieldErrorf(ledger.Invalid, field, "cannot be read as a picture")
	case c.Width > maxPixels/c.Height:
		return nil, ledger.FieldErrorf(ledger.TooLarge, field, "has %d × %d pixels", c.Width, c.Height)
	}
	from, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, ledger.FieldErrorf(ledger.Invalid, field, "cannot be read as a picture")
	}
	w, h := from.Bounds().Dx(), from.Bounds().Dy()
	if longest := max(w, h); longest > Side {
		w, h = max(w*Side/longest, 1), max(h*Side/longest, 1)
	}
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	stddraw.Draw(to, to.Bounds(), image.NewUniform(color.White), image.Point{}, stddraw.Src)
	draw.ApproxBiLinear.Scale(to, to.Bounds(), from, from.Bounds(), draw.Over, nil)
	if kind == "image/jpeg" {
		to = upright(to, orientation(data))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, to, &jpeg.Options{Quality: quality}); err != nil {
		return nil, ledger.Wrap(err, ledger.Internal, "the picture cannot be written")
	}
	return b.Bytes(), nil
}

// upright turns a picture as Exif's orientation says (Exif 2.32, tag 0x0112).
func upright(from *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	turned := orientation >= 5 // its sides change places
	flipX := slices.Contains([]int{2, 3, 7, 8}, orientation)
	flipY := slices.Contains([]int{3, 4, 6, 7}, orientation)
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if turned {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			u, v := x, y
			if turned {
				u, v = y, x
			}
			if flipX {
				u = w - 1 - u
			}
			if flipY {
				v = h - 1 - v
			}
			to.SetRGBA(x, y, from.RGBAAt(u, v))
		}
	}
	return to
}

// orientation finds the tag in a JPEG's Exif segment; 1, which is upright, where there
// is none that can be read.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xFF; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xDA || size < 2 || at+2+size > len(data) {
			break
		}
		if segment := data[at+4 : at+2+size]; marker == 0xE1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return tag(segment[6:])
		}
		at += 2 + size
	}
	return 1
}

// tag reads the orientation in the first directory of a TIFF.
func tag(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if len(tiff) < 8 {
		return 1
	}
	if tiff[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	for n := int64(order.Uint16(tiff[at:])); n > 0; n-- {
		entry := at + 2 + 12*(n-1)
		if entry+12 <= int64(len(tiff)) && order.Uint16(tiff[entry:]) == 0x0112 {
			return int(order.Uint16(tiff[entry+8:]))
		}
	}
	return 1
}
