package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"maps"
	"path"
	"strings"
	"sync"
)

//go:embed assets
var assetFiles embed.FS

// AssetBase is the path that every asset is below.
const AssetBase = "/assets/"

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
}

type asset struct {
	body []byte
	hash string
}

// assets are by their address, which holds their hash.
type assets struct {
	byPath map[string]asset
	paths  map[string]string // by name
}

// embedded are the assets of this program, which is what every register has.
var embedded = sync.OnceValue(loadAssets)

func loadAssets() assets {
	a := assets{map[string]asset{}, map[string]string{}}
	files := readAll(assetFiles, "assets")
	maps.Copy(files, drawnLogos())
	for name, body := range files {
		if path.Ext(name) == ".js" {
			body = bare(body)
		}
		sum := sha256.Sum256([]byte(body))
		hash := hex.EncodeToString(sum[:8])
		ext := path.Ext(name)
		p := AssetBase + strings.TrimSuffix(name, ext) + "." + hash + ext
		a.byPath[p] = asset{[]byte(body), hash}
		a.paths[name] = p
	}
	return a
}

// Asset is what is behind an address below AssetBase. The content of an address
// never changes, so it may be kept for ever; hash is an entity tag. The body is
// nil when there is no such asset.
func (p *Pages) Asset(address string) (body []byte, contentType, hash string) {
	a, ok := p.assets.byPath[address]
	if !ok {
		return nil, "", ""
	}
	return a.body, contentTypes[path.Ext(address)], a.hash
}

// AssetPath is the address of an asset: web.css, more.css, check.js or icon.svg.
func (p *Pages) AssetPath(name string) string {
	address, ok := p.assets.paths[name]
	if !ok {
		panic("web: no asset " + name)
	}
	return address
}

func readAll(fs embed.FS, dir string) map[string]string {
	entries, err := fs.ReadDir(dir)
	if err != nil {
		panic(err) // the folder is embedded
	}
	files := map[string]string{}
	for _, e := range entries {
		b, err := fs.ReadFile(dir + "/" + e.Name())
		if err != nil {
			panic(err)
		}
		files[e.Name()] = string(b)
	}
	return files
}

// bare drops what a script's readers need and no phone does: lines that are
// comments, and indentation. No script of ours has a string of several lines.
func bare(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimLeft(line, " \t\n")
		if line != "" && !strings.HasPrefix(line, "//") {
			b.WriteString(line)
		}
	}
	return b.String()
}
