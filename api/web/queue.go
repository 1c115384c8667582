package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// Queue says that what is recorded may wait on the phone until there is a signal.
type Queue struct {
	As string // the member in whose name it is recorded
}

func (q *Queue) scripts() []string {
	if q == nil {
		return nil
	}
	return []string{"queue.js", "record.js"}
}

// Offline writes the page of an address that was not taken along.
func (p *Pages) Offline(w io.Writer, r Reader) error { return p.desk(w, r, "offline", nil) }

// Wrong says in words what is wrong with a field of a form, or with all of it.
func (p *Pages) Wrong(l Lang, field, what string) string {
	return words{lang: l, texts: texts[l]}.wrong(Form{Wrong: map[string]string{field: what}}, field)
}

// keptAssets are what the pages need that a phone takes along.
var keptAssets = []string{"web.css", "more.css", "desk.css", "icon.svg", "icon-192.png", "queue.js", "record.js", "spray.js"}

// Worker is the script by which a phone opens the logbook without a signal. It changes
// when anything that it keeps does.
func (p *Pages) Worker() []byte {
	var kept []string
	for _, name := range keptAssets {
		kept = append(kept, p.AssetPath(name))
	}
	list, err := json.Marshal(kept)
	if err != nil {
		panic(err) // strings are always written
	}
	script := bytes.Join([][]byte{p.script("queue.js"), p.script("worker.js")}, []byte("\n"))
	sum := sha256.Sum256(append(list, script...))
	head := fmt.Sprintf("const version = %q, assets = %s;\n", hex.EncodeToString(sum[:8]), list)
	return append([]byte(head), script...)
}

func (p *Pages) script(name string) []byte { return p.assets.byPath[p.AssetPath(name)].body }

// Manifest describes the site as an app (W3C, Web Application Manifest).
func (p *Pages) Manifest() ([]byte, error) {
	type icon struct {
		Source  string `json:"src"`
		Sizes   string `json:"sizes"`
		Type    string `json:"type"`
		Purpose string `json:"purpose,omitempty"`
	}
	t := texts[Vietnamese]
	return json.Marshal(map[string]any{
		"id": "/record", "start_url": "/record", "scope": "/", "display": "standalone", "lang": "vi", "dir": "ltr",
		"name": p.options.RegisterName + " · " + t["app.name"], "short_name": t["app.short"], "description": t["app.about"],
		"background_color": "#FBFAF6", "theme_color": "#1F6B3A",
		"icons": []icon{
			{p.AssetPath("icon-192.png"), "192x192", "image/png", "any"},
			{p.AssetPath("icon-512.png"), "512x512", "image/png", "any"},
			{p.AssetPath("maskable-512.png"), "512x512", "image/png", "maskable"},
			{p.AssetPath("icon.svg"), "any", "image/svg+xml", "any"},
		},
	})
}
