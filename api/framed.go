package api

import (
	"image"
	"image/color"
	"image/draw"
)

// framed puts white around a picture.
func framed(img image.Image, margin int) image.Image {
	size := img.Bounds().Dx() + 2*margin
	out := image.NewGray(image.Rect(0, 0, size, size))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, image.Rect(margin, margin, size-margin, size-margin), img, img.Bounds().Min, draw.Src)
	return out
}
