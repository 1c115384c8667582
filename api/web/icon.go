package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"strings"
)

// Icons are drawn once a page and referred to from where they stand.

//go:embed icons
var iconFiles embed.FS

// symbols are the icons as SVG symbols, by name.
var symbols = loadSymbols()

const (
	iconHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">`
	iconTail = `</svg>`
)

func loadSymbols() map[string]string {
	m := map[string]string{}
	for file, svg := range readAll(iconFiles, "icons") {
		name := strings.TrimSuffix(file, ".svg")
		body, ok := strings.CutPrefix(strings.TrimSpace(svg), iconHead)
		body, ok2 := strings.CutSuffix(body, iconTail)
		if !ok || !ok2 {
			panic("web: icon " + name + " is not a 24 by 24 drawing")
		}
		m[name] = `<symbol id="i-` + name + `" viewBox="0 0 24 24">` + body + `</symbol>`
	}
	return m
}

// icon refers to a drawing of the package's own set, hidden from screen readers.
func icon(name string) (template.HTML, error) {
	if _, ok := symbols[name]; !ok {
		return "", fmt.Errorf("no icon %q", name)
	}
	return template.HTML(`<svg class="i" aria-hidden="true">` + iconUse + name + `"/></svg>`), nil
}

const (
	iconUse = `<use href="#i-`
	bodyEnd = "</body>"
)

// drawIcons puts the symbols that a page refers to at its end.
func drawIcons(page *bytes.Buffer) {
	b := page.Bytes()
	end := bytes.LastIndex(b, []byte(bodyEnd))
	if end < 0 {
		return
	}
	var sheet strings.Builder
	seen := map[string]bool{}
	for rest := b[:end]; ; {
		_, after, found := bytes.Cut(rest, []byte(iconUse))
		if !found {
			break
		}
		name, after, _ := bytes.Cut(after, []byte{'"'})
		if !seen[string(name)] {
			seen[string(name)] = true
			sheet.WriteString(symbols[string(name)])
		}
		rest = after
	}
	tail := string(b[end:])
	page.Truncate(end)
	page.WriteString(`<svg hidden aria-hidden="true">` + sheet.String() + "</svg>\n" + tail)
}
