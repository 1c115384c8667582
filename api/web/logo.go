package web

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"golang.org/x/image/vector"
)

// The logo as phones install it, which take no SVG: icon.svg drawn at a size. Its
// strokes are lines and curves in a square of 32.

type spot struct{ x, y float64 }

// logoLines are the stem and its two leaves, each a run of cubic curves from a point.
var logoLines = [][]spot{
	{{16, 24.5}, {16, 20.3}, {16, 16.2}, {16, 12}},
	{{16, 17}, {11.5, 17}, {9, 14.5}, {9, 10}, {13.5, 10}, {16, 12.5}, {16, 17}},
	{{16, 20}, {16, 16}, {18.5, 13.5}, {23, 13.5}, {23, 18}, {20.5, 20}, {16, 20}},
}

const logoStroke = 1.75

var (
	logoGround = color.RGBA{0x1F, 0x6B, 0x3A, 0xFF}
	logoInk    = color.RGBA{0xFB, 0xFA, 0xF6, 0xFF}
)

// drawnLogos are the logo's PNG files, by name. A maskable one fills its square, and
// keeps the drawing within the middle that every mask leaves (W3C, Web Application
// Manifest, section on maskable icons: a circle of 80 %).
func drawnLogos() map[string]string {
	return map[string]string{
		"icon-192.png": drawLogo(192, false), "icon-512.png": drawLogo(512, false), "maskable-512.png": drawLogo(512, true),
	}
}

func drawLogo(size int, full bool) string {
	scale := float64(size) / 32
	to := image.NewRGBA(image.Rect(0, 0, size, size))
	if full {
		draw.Draw(to, to.Bounds(), image.NewUniform(logoGround), image.Point{}, draw.Src)
	} else {
		r := vector.NewRasterizer(size, size)
		rounded(r, 1*scale, 31*scale, 7*scale)
		r.Draw(to, to.Bounds(), image.NewUniform(logoGround), image.Point{})
	}
	r := vector.NewRasterizer(size, size)
	for _, line := range logoLines {
		var before spot
		for i, p := range flat(line) {
			p = spot{p.x * scale, p.y * scale}
			disc(r, p, logoStroke*scale/2)
			if i > 0 {
				bar(r, before, p, logoStroke*scale/2)
			}
			before = p
		}
	}
	r.Draw(to, to.Bounds(), image.NewUniform(logoInk), image.Point{})
	var b bytes.Buffer
	if err := png.Encode(&b, to); err != nil {
		panic(err) // a buffer takes everything
	}
	return b.String()
}

// flat is a run of cubic curves as short lines.
func flat(line []spot) []spot {
	const steps = 24
	out := []spot{line[0]}
	for i := 0; i+3 < len(line); i += 3 {
		a, b, c, d := line[i], line[i+1], line[i+2], line[i+3]
		for n := 1; n <= steps; n++ {
			t := float64(n) / steps
			u := 1 - t
			at := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d }
			out = append(out, spot{at(a.x, b.x, c.x, d.x), at(a.y, b.y, c.y, d.y)})
		}
	}
	return out
}

// bezier is how far the handles of a quarter of a circle are from its ends, in radii.
const bezier = 0.5523

// disc, bar and rounded are drawn clockwise, so that where they overlap they add up.
func disc(r *vector.Rasterizer, c spot, radius float64) {
	const corners = 24
	for i := range corners {
		a := 2 * math.Pi * float64(i) / corners
		x, y := float32(c.x+radius*math.Cos(a)), float32(c.y+radius*math.Sin(a))
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
}

func bar(r *vector.Rasterizer, a, b spot, half float64) {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return
	}
	nx, ny := -(b.y-a.y)/length*half, (b.x-a.x)/length*half
	r.MoveTo(float32(a.x-nx), float32(a.y-ny))
	r.LineTo(float32(b.x-nx), float32(b.y-ny))
	r.LineTo(float32(b.x+nx), float32(b.y+ny))
	r.LineTo(float32(a.x+nx), float32(a.y+ny))
	r.ClosePath()
}

func rounded(r *vector.Rasterizer, from, to, radius float64) {
	f, t, c, k := float32(from), float32(to), float32(radius), float32(radius*(1-bezier))
	r.MoveTo(f+c, f)
	r.LineTo(t-c, f)
	r.CubeTo(t-k, f, t, f+k, t, f+c)
	r.LineTo(t, t-c)
	r.CubeTo(t, t-k, t-k, t, t-c, t)
	r.LineTo(f+c, t)
	r.CubeTo(f+k, t, f, t-k, f, t-c)
	r.LineTo(f, f+c)
	r.CubeTo(f, f+k, f+k, f, f+c, f)
	r.ClosePath()
}
