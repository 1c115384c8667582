package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
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
	inBrowsers(t, renderAll(t), func(t *testing.T, ctx context.Context, public string, r rendered) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := chromedp.Do(ctx, chromedp.Navigate(public+r.path())); err != nil {
			t.Fatal(err)
		}
		looks := axetest.Looks
		if r.lang != Vietnamese {
			looks = looks[:1] // other words, in the same places and colours
		}
		axe.Check(t, ctx, r.path(), looks...)
	})
}

// inBrowsers looks at every page, in as many browsers at a time as there are cores. Short
// runs look at every fifth, of each language.
func inBrowsers(t *testing.T, all []rendered, look func(t *testing.T, ctx context.Context, public string, r rendered)) {
	if testing.Short() {
		var some []rendered
		for i := 0; i < len(all); i += 5 {
			some = append(some, all[i])
		}
		all = some
	}
	public, browsers := serve(t, all), runtime.GOMAXPROCS(0)
	for first := range browsers {
		t.Run(strconv.Itoa(first), func(t *testing.T) {
			t.Parallel()
			ctx := axetest.Browser(t)
			for i := first; i < len(all); i += browsers {
				look(t, ctx, public, all[i])
			}
		})
	}
}
