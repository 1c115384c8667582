package picture

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/sogoc/sogoc/ledger"
)

// corner is a picture that is red in its upper left corner and white elsewhere.
func corner(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 255, 255, 255}
			if x < w/2 && y < h/2 {
				c = color.RGBA{255, 0, 0, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t *testing.T, img image.Image, orientation byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(orientation) + "\x00\x00\x00\x00\x00\x00secret place")
	segment := append([]byte{0xFF, 0xE1, 0, byte(len(exif) + 2)}, exif...)
	return append(append([]byte{0xFF, 0xD8}, segment...), b.Bytes()[2:]...)
}

// TestUpright: where the corner ends up for each way a phone can be held, as the
// standard draws it.
func TestUpright(t *testing.T) {
	for orientation, want := range map[byte]string{1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left", 5: "top left", 6: "top right", 7: "bottom right", 8: "bottom left", 9: "top left"} {
		got, err := Clean("photo", jpegOf(t, corner(64, 32), orientation))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(got, []byte("secret")) || bytes.Contains(got, []byte("Exif")) {
			t.Errorf("%d: what the camera wrote is still there", orientation)
		}
		img, err := jpeg.Decode(bytes.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		w, h := img.Bounds().Dx(), img.Bounds().Dy()
		if (w < h) != (orientation >= 5 && orientation <= 8) {
			t.Errorf("%d: %d × %d", orientation, w, h)
		}
		where := ""
		for name, at := range map[string]image.Point{"top left": {2, 2}, "top right": {w - 3, 2}, "bottom left": {2, h - 3}, "bottom right": {w - 3, h - 3}} {
			if _, g, _, _ := img.At(at.X, at.Y).RGBA(); g < 0x8000 {
				where += name
			}
		}
		if where != want {
			t.Errorf("%d: the corner is %s, want %s", orientation, where, want)
		}
	}
}

func TestClean(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, corner(2400, 600)); err != nil {
		t.Fatal(err)
	}
	webp, err := base64.StdEncoding.DecodeString("UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAfQ//73v/+BiOh/AAA=")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		w, h int
		code ledger.Code
	}{
		"large PNG":  {b.Bytes(), Side, 400, ""},
		"small JPEG": {jpegOf(t, corner(64, 32), 1), 64, 32, ""},
		"WebP":       {webp, 1, 1, ""},
		"cut off":    {b.Bytes()[:200], 0, 0, ledger.Invalid},
		"text":       {[]byte("hello"), 0, 0, ledger.Invalid},
		"GIF":        {[]byte("GIF89a\x01\x00\x01\x00"), 0, 0, ledger.Invalid},
		"nothing":    {nil, 0, 0, ledger.Invalid},
		"too large":  {make([]byte, MaxBytes+1), 0, 0, ledger.TooLarge},
		"a bomb":     {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x00\x00\x00\x01\x00\x00\x08\x02\x00\x00\x00\xe3\xe6\xa7\xb4"), 0, 0, ledger.TooLarge},
	} {
		got, err := Clean("photo", c.data)
		if c.code != "" {
			if ledger.CodeOf(err) != c.code {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		size, kind, err2 := image.DecodeConfig(bytes.NewReader(got))
		if err != nil || err2 != nil || kind != "jpeg" || size.Width != c.w || size.Height != c.h {
			t.Errorf("%s: %s %d × %d, %v, %v", name, kind, size.Width, size.Height, err, err2)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x20Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		orientation(data)
		if got, err := Clean("photo", data); err == nil && len(got) == 0 {
			t.Error("nothing")
		}
	})
}
