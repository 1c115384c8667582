package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/sogoc/sogoc/api/web/axetest"
)

// serve serves pages at their paths, under the policy that a node sends with them.
func serve(t *testing.T, all []rendered) string {
	t.Helper()
	pages := map[string][]byte{}
	for _, r := range all {
		pages[r.path()] = r.page
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", ContentSecurityPolicy)
		if body, kind, _ := site.Asset(r.URL.Path); body != nil {
			w.Header().Set("Content-Type", kind)
			w.Write(body)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(pages[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Every page can be used with a keyboard and a screen reader, as far as axe-core can
// tell.
func TestAccess(t *testing.T) {
	axe := axetest.Load(t)
	ctx := browser(t)
	all, looks := renderAll(t), axetest.Looks
	if testing.Short() {
		looks = looks[:2]
	}
	public := serve(t, all)
	look := func(path string) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := chromedp.Do(ctx, chromedp.Navigate(public+path)); err != nil {
			t.Fatal(err)
		}
		axe.Check(t, ctx, path, looks...)
	}
	for _, r := range all {
		if !testing.Short() || r.lang == Vietnamese {
			look(r.path())
		}
	}
}
