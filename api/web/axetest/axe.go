// Package axetest holds pages in a real browser against axe-core, which finds what
// bars people who use a keyboard, a screen reader or large type.
//
// axe-core is not part of this module. It is the file that $SOGOC_AXE names, or
// sogoc/axe/node_modules/axe-core/axe.min.js in the user's cache folder, where
//
//	npm install --no-save --prefix ~/.cache/sogoc/axe axe-core
//
// puts it. A test that finds none is skipped.
package axetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Axe is the text of axe-core.
type Axe string

// Load reads axe-core, or skips the test where there is none.
func Load(t testing.TB) Axe {
	t.Helper()
	file, named := os.LookupEnv("SOGOC_AXE")
	if !named {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Skipf("there is no axe-core here, as there is no cache folder: %v", err)
		}
		file = filepath.Join(cache, "sogoc", "axe", "node_modules", "axe-core", "axe.min.js")
	}
	b, err := os.ReadFile(file)
	switch {
	case os.IsNotExist(err) && !named:
		t.Skip("there is no axe-core here; npm install --no-save --prefix ~/.cache/sogoc/axe axe-core puts it where it is looked for")
	case err != nil:
		t.Fatalf("SOGOC_AXE: %v", err)
	}
	return Axe(b)
}

// Look is a way to look at a page.
type Look struct {
	Width  int64
	Scheme string // prefers-color-scheme: light or dark
}

// Looks are on a phone and on a desk, by day and by night.
var Looks = []Look{{360, "light"}, {360, "dark"}, {1200, "light"}, {1200, "dark"}}

// rules are axe-core's own choice and the size of targets by day; by night only the
// colours are others.
func (l Look) rules() string {
	if l.Scheme == "dark" {
		return `runOnly: ["color-contrast", "link-in-text-block"]`
	}
	return `rules: {"target-size": {enabled: true}}`
}

// violation is a rule that elements of a page break.
type violation struct {
	Rule, Impact, Help string
	Elements           []string
}

// check runs in the page. Details are opened: what is folded away is read too.
const check = `(async () => {
	for (const d of document.querySelectorAll("details")) d.open = true
	const found = await axe.run({resultTypes: ["violations"], iframes: false, preload: false, %s})
	return found.violations.map(v => ({Rule: v.id, Impact: v.impact, Help: v.help, Elements: v.nodes.map(n => n.target.join(" ") + " " + n.html.slice(0, 160) + ": " + n.failureSummary)}))
})()`

// Check says what the page that the browser is at does wrong, in each look. The page's
// Content-Security-Policy stays in force: a debugger's expressions are not under it.
func (a Axe) Check(t testing.TB, browser context.Context, page string, looks ...Look) {
	t.Helper()
	if _, err := chromedp.Run(browser, chromedp.Evaluate[chromedp.Void](string(a)+";undefined")); err != nil {
		t.Fatalf("%s: axe-core does not start: %v", page, err)
	}
	for _, look := range looks {
		if err := chromedp.Do(browser, chromedp.EmulateViewport(look.Width, 800), prefers(look.Scheme)); err != nil {
			t.Fatal(err)
		}
		found, err := chromedp.Run(browser, chromedp.Evaluate[[]violation](fmt.Sprintf(check, look.rules()), chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: axe-core: %v", page, err)
		}
		for _, v := range found {
			t.Errorf("%s, %d px, %s: %s (%s): %s\n\t%s", page, look.Width, look.Scheme, v.Rule, v.Impact, v.Help, strings.Join(v.Elements, "\n\t"))
		}
	}
}

func prefers(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		if err != nil {
			return fmt.Errorf("emulate the colour scheme %s: %w", scheme, err)
		}
		return nil
	})
}
