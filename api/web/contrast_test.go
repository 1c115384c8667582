package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var token = regexp.MustCompile(`--([a-z-]+):#([0-9A-F]{3,6})`)

// Text keeps a contrast of 4.5 to 1 on whatever it stands on (WCAG 2.2, 1.4.3).
func TestContrast(t *testing.T) {
	css := readAll(assetFiles, "assets")["web.css"]
	light, dark, ok := strings.Cut(css, "@media (prefers-color-scheme:dark)")
	if !ok {
		t.Fatal("no dark colours")
	}
	dark, _, _ = strings.Cut(dark, "}}")
	for name, part := range map[string]string{"light": light, "dark": dark} {
		colour := map[string]float64{}
		for _, m := range token.FindAllStringSubmatch(part, -1) {
			colour[m[1]] = luminance(t, m[2])
		}
		pairs := map[string][]string{
			"ink":   {"paper", "card", "leaf-soft", "amber-soft", "lychee-soft", "water-soft"},
			"muted": {"paper", "card"}, "leaf": {"paper", "card", "leaf-soft"}, "amber": {"paper", "card", "amber-soft"},
			"lychee": {"paper", "card", "lychee-soft"}, "water": {"paper", "card", "water-soft"},
			"on": {"leaf", "amber", "lychee", "water"},
		}
		for text, grounds := range pairs {
			for _, ground := range grounds {
				a, ok := colour[text]
				b, ok2 := colour[ground]
				if !ok || !ok2 {
					t.Errorf("%s: no colour %s or %s", name, text, ground)
					continue
				}
				if c := (max(a, b) + 0.05) / (min(a, b) + 0.05); c < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", name, text, ground, c)
				}
			}
		}
	}
}

// luminance is WCAG's relative luminance of an sRGB colour.
func luminance(t *testing.T, hex string) float64 {
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(v) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
