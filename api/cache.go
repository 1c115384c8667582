package api

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
	"github.com/sogoc/sogoc/trace/protection"
)

// form is a way to write a passport down.
type form string

const (
	formVI   form = "vi"
	formEN   form = "en"
	formJSON form = "json"
)

// maxPages is how many rendered passports are kept: a page has some 20 KB.
const maxPages = 4096

// maxPageAge bounds how long a page says that a certificate is valid which ended
// since.
const maxPageAge = 10 * time.Minute

// pageCache keeps what everybody sees of a thing, rendered, until something that
// it depends on changes.
type pageCache struct {
	pages *lru.Cache[pageKey, *cachedPage]

	mu       sync.RWMutex
	listCID  string
	listRows map[string]trace.ListEntry
	tableCID string
	table    *protection.Table
}

type pageKey struct {
	id   trace.ID
	form form
}

type cachedPage struct {
	body   body
	made   time.Time
	deps   []index.Dep
	height uint64
	marks  marks
}

// marks count changes that no entry of the register tells of: a page is true while
// they are what they were when it was made.
type marks struct {
	arrivals uint64 // of payloads from other nodes
	issues   uint64 // of serials
}

func newPageCache() *pageCache {
	pages, err := lru.New[pageKey, *cachedPage](maxPages)
	if err != nil {
		panic(err) // only a size below one is refused
	}
	return &pageCache{pages: pages}
}

// get returns a page that is still true.
func (c *pageCache) get(k pageKey, x *index.Index, now marks) (body, bool) {
	p, ok := c.pages.Get(k)
	if !ok || p.marks != now || time.Since(p.made) > maxPageAge || x.Changed(p.deps, p.height) {
		return body{}, false
	}
	return p.body, true
}

func (c *pageCache) put(k pageKey, p *cachedPage) { c.pages.Add(k, p) }

// communes keeps the list of communes that was read last.
func (c *pageCache) communes(cid string) (map[string]trace.ListEntry, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.listRows, c.listCID == cid
}

func (c *pageCache) keepCommunes(cid string, rows map[string]trace.ListEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listCID, c.listRows = cid, rows
}

// protection keeps the table of plant protection that was read last.
func (c *pageCache) protection(cid string) (*protection.Table, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.table, c.tableCID == cid
}

func (c *pageCache) keepProtection(cid string, table *protection.Table) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tableCID, c.table = cid, table
}
