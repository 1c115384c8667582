package web

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/mod/sumdb/note"

	"github.com/sogoc/sogoc/api/web/axetest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/merkle"
	"github.com/sogoc/sogoc/ledger/receipt"
	"github.com/sogoc/sogoc/trace"
)

func tab(t *testing.T, browser context.Context) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// book is a register of a few entries, signed as a real one.
type book struct {
	genesis ledger.Genesis
	entries []*ledger.Entry
	signer  note.Signer
	key     string
	size    uint64 // that the checkpoint covers
	witness *merkle.Cosigner
}

const bookOrigin = "sogoc.example/test"

func newBook(t *testing.T, document []byte) *book {
	t.Helper()
	operator, author := newKey(t), newKey(t)
	secret, public, err := note.GenerateKey(nil, bookOrigin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	b := &book{
		genesis: ledger.Genesis{Format: ledger.GenesisFormat, Name: "Sổ thử", Origin: bookOrigin, Created: at("2026-06-01 08:00"), Operator: ledger.AddressOf(&operator.PublicKey), Nonce: ledger.Hash{1}},
		signer:  signer, key: public,
	}
	if b.witness, err = merkle.NewCosigner("agency.example/w1", bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	member := func(key *ecdsa.PrivateKey) []byte {
		return trace.Encode(trace.NewMember{Member: ledger.Enrolment{Member: ledger.NewID(), Org: ledger.ID{7}, Key: ledger.AddressOf(&key.PublicKey), Roles: []ledger.Role{ledger.RoleAdmin}}})
	}
	fact := func(id trace.ID) []byte {
		return trace.Encode(trace.Fact{Event: "urn:uuid:1", Payload: cidOf(document), Audience: ledger.Public, Type: trace.ObjectEvent, Action: trace.Add, Objects: []trace.Stock{{ID: id, Quantity: qty("1250.5", "KGM")}}})
	}
	other := trace.MustID("https://id.gs1.org/01/09520001000119/10/OTHER")
	b.add(t, operator, "registry", "found", member(operator))
	b.add(t, operator, "registry", "enrol", member(newKey(t)), member(author))
	b.add(t, author, "traceability", "capture", fact(other), fact(batch), fact(other), fact(other), fact(other))
	b.add(t, author, "traceability", "capture", fact(other))
	b.add(t, author, "traceability", "capture", fact(other))
	b.size = uint64(len(b.entries))
	return b
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// cidOf is the CIDv1 of a small file: raw, SHA-256.
func cidOf(document []byte) string {
	sum := sha256.Sum256(document)
	return "b" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(append([]byte{1, 0x55, 0x12, 0x20}, sum[:]...)))
}

func (b *book) add(t *testing.T, key *ecdsa.PrivateKey, contract, action string, data ...[]byte) {
	t.Helper()
	var items []ledger.Item
	for _, d := range data {
		items = append(items, ledger.NewItem(d))
	}
	tx, err := ledger.Sign(b.genesis.Register(), key, contract, action, "thử", items, 2_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	b.entries = append(b.entries, &ledger.Entry{Index: uint64(len(b.entries)), Signer: ledger.AddressOf(&key.PublicKey), Tx: tx, Time: at("2026-06-03 18:20"), Rules: 1})
}

func (b *book) tree() *merkle.Tree {
	tree := merkle.New(nil)
	for _, e := range b.entries {
		leaf := e.Leaf(b.genesis.Register())
		tree, _ = tree.Append(leaf.Hash())
	}
	return tree
}

func (b *book) Genesis() ledger.Genesis { return b.genesis }
func (b *book) Entry(_ context.Context, index uint64) (*ledger.Entry, error) {
	return b.entries[index], nil
}
func (b *book) Checkpoint(context.Context) ([]byte, error) {
	root, err := b.tree().Root(b.size)
	if err != nil {
		return nil, err
	}
	c := merkle.Checkpoint{Origin: bookOrigin, Size: b.size, Root: root}
	signed, err := merkle.SignCheckpoint(c, b.signer)
	if err != nil {
		return nil, err
	}
	line, err := b.witness.Cosign(c, at("2026-06-03 18:21"))
	return append(signed, line...), err
}
func (b *book) Inclusion(_ context.Context, index, size uint64) ([]ledger.Hash, error) {
	return b.tree().Inclusion(index, size)
}
func (b *book) EnrolmentOf(_ context.Context, key ledger.Address, _ uint64) (uint64, int, error) {
	if key == b.entries[0].Signer {
		return 0, 0, nil
	}
	return 1, 1, nil
}

// receipt is of the batch's own record.
func (b *book) receipt(t *testing.T) receipt.Receipt {
	t.Helper()
	r, err := receipt.Build(t.Context(), b, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// stand serves one passport with its receipt and document.
type stand struct {
	passport *Passport
	receipt  []byte
	document []byte // nil: not public
}

func (s *stand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", ContentSecurityPolicy)
	body, kind, _ := site.Asset(r.URL.Path)
	switch {
	case body != nil:
		w.Header().Set("Content-Type", kind)
		w.Write(body)
	case r.URL.Path == "/receipt.json":
		w.Write(s.receipt)
	case strings.HasPrefix(r.URL.Path, "/ipfs/") && s.document != nil:
		w.Write(s.document)
	case r.URL.Path == "/":
		var b bytes.Buffer
		if err := site.Passport(&b, Vietnamese, s.passport); err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(b.Bytes())
	default:
		http.NotFound(w, r)
	}
}

// outcome is what the page shows after a check.
type outcome struct {
	Who    []string          `json:"who"`
	Result string            `json:"result"`
	Lines  map[string]string `json:"lines"`
	Shown  string            `json:"shown"`
}

const readOutcome = `({
	who: [...document.querySelectorAll(".proof .by:not([hidden]) b")].map(e => e.textContent),
	result: document.querySelector("[data-receipt]").dataset.result,
	lines: Object.fromEntries([...document.querySelectorAll("[data-check]")].map(e => [e.dataset.check, e.dataset.state])),
	shown: document.querySelector(".total:not([hidden])").innerText,
})`

func checkPage(t *testing.T, ctx context.Context, url string) outcome {
	t.Helper()
	err := chromedp.Do(ctx,
		chromedp.Navigate(url),
		chromedp.Click("[data-receipt] button"),
		chromedp.WaitVisible("[data-result]"),
	)
	if err != nil {
		t.Fatal(err)
	}
	o, err := chromedp.Run(ctx, chromedp.Evaluate[outcome](readOutcome))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCheckInBrowser(t *testing.T) {
	ctx := tab(t, axetest.Browser(t))
	document := []byte(`{"type":"EPCISDocument"}`)
	b := newBook(t, document)
	good := b.receipt(t)
	other := newBook(t, document)
	if _, err := receipt.Verify(receipt.Trust{Format: receipt.TrustFormat, Register: b.genesis.Register(), Origin: bookOrigin, Keys: []string{b.key}}, good.Encode()); err != nil {
		t.Fatalf("the receipt itself is wrong: %v", err)
	}
	edit := func(f func(*receipt.Receipt)) func(*stand) {
		return func(s *stand) {
			r, err := receipt.Parse(good.Encode())
			if err != nil {
				t.Fatal(err)
			}
			f(&r)
			s.receipt = r.Encode()
		}
	}
	flip := func(b []byte) { b[len(b)/2] ^= 1 }
	tests := []struct {
		name   string
		change func(*stand)
		result string
		fails  []string // exactly these lines, or at least one when nil and the result is fail
	}{
		{"as it is", func(*stand) {}, "pass", []string{}},
		{"cosignature", edit(func(r *receipt.Receipt) { r.Checkpoint = flipSignature(t, r.Checkpoint) }), "fail", []string{"witness"}},
		{"no cosignature", edit(func(r *receipt.Receipt) { r.Checkpoint = lastLineCut(r.Checkpoint) }), "part", []string{}},
		{"a quorum of two", func(s *stand) { s.passport.Proof.Quorum = 2 }, "part", []string{}},
		{"no witness known", func(s *stand) { s.passport.Proof.Witnesses, s.passport.Proof.Quorum = nil, 0 }, "pass", []string{}},
		{"data", edit(func(r *receipt.Receipt) { flip(r.Record.Item.Data) }), "fail", nil},
		{"quantity", edit(func(r *receipt.Receipt) {
			r.Record.Item.Data = bytes.Replace(r.Record.Item.Data, []byte("1250.5"), []byte("9250.5"), 1)
		}), "fail", nil},
		{"salt", edit(func(r *receipt.Receipt) { flip(r.Record.Item.Salt) }), "fail", nil},
		{"item path", edit(func(r *receipt.Receipt) { flip(r.Record.Item.Path[0]) }), "fail", nil},
		{"item position", edit(func(r *receipt.Receipt) { r.Record.Item.Position ^= 1 }), "fail", nil},
		{"item count", edit(func(r *receipt.Receipt) { r.Record.Item.Count++ }), "fail", nil},
		{"leaf", edit(func(r *receipt.Receipt) { flip(r.Record.Leaf) }), "fail", nil},
		{"leaf's register", edit(func(r *receipt.Receipt) { r.Record.Leaf[5] ^= 1 }), "fail", []string{"leaf", "register"}},
		{"path", edit(func(r *receipt.Receipt) { flip(r.Record.Path[1]) }), "fail", []string{"leaf"}},
		{"path too short", edit(func(r *receipt.Receipt) { r.Record.Path = r.Record.Path[1:] }), "fail", []string{"leaf"}},
		{"index", edit(func(r *receipt.Receipt) { r.Record.Index++ }), "fail", []string{"leaf"}},
		{"authority", edit(func(r *receipt.Receipt) { flip(r.Authority[0].Item.Data) }), "fail", nil},
		{"founding", edit(func(r *receipt.Receipt) { flip(r.Authority[1].Path[0]) }), "fail", []string{"leaf"}},
		{"genesis", edit(func(r *receipt.Receipt) { r.Genesis = strings.Replace(r.Genesis, "thử", "thủ", 1) }), "fail", []string{"register"}},
		{"signature", edit(func(r *receipt.Receipt) { r.Checkpoint = flipSignature(t, lastLineCut(r.Checkpoint)) }), "fail", []string{"note"}},
		{"checkpoint's size", edit(func(r *receipt.Receipt) { r.Checkpoint = strings.Replace(r.Checkpoint, "\n5\n", "\n6\n", 1) }), "fail", nil},
		{"layout", func(s *stand) { s.receipt = append(s.receipt, '\n') }, "fail", nil},
		{"not JSON", func(s *stand) { s.receipt = s.receipt[:100] }, "fail", nil},
		{"forged under another key", func(s *stand) {
			r := other.receipt(t)
			s.receipt = r.Encode()
		}, "fail", []string{"note", "register"}},
		{"another code", func(s *stand) { s.passport.Proof.Code = batch.String() + "9" }, "fail", []string{"code"}},
		{"the product's code", func(s *stand) { s.passport.Proof.Code = batch.Product().String() }, "pass", []string{}},
		{"a piece's code", func(s *stand) { s.passport.Proof.Code = batch.String() + "/21/7" }, "pass", []string{}},
		{"document", func(s *stand) { s.document = []byte("{}") }, "fail", []string{"document"}},
		{"document not public", func(s *stand) { s.document = nil }, "part", []string{}},
		{"no receipt", func(s *stand) { s.passport.Proof.Receipt = "/nowhere" }, "none", []string{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &stand{passport: lycheePassport(), receipt: good.Encode(), document: document}
			s.passport.Photo = nil
			s.passport.Proof = &Proof{Index: 2, Size: b.size, Recorded: at("2026-06-03 18:20"), Receipt: "/receipt.json", Register: b.genesis.Register(), Origin: bookOrigin, Keys: []string{b.key}, Witnesses: []string{b.witness.String()}, Quorum: 1}
			tt.change(s)
			server := httptest.NewServer(s) // an origin of its own: nothing remembered
			defer server.Close()
			o := checkPage(t, ctx, server.URL)
			var fails []string
			for line, state := range o.Lines {
				if state == "fail" {
					fails = append(fails, line)
				}
			}
			slices.Sort(fails)
			if o.Result != tt.result || tt.fails != nil && !slices.Equal(fails, tt.fails) || tt.fails == nil && len(fails) == 0 || o.Lines["signer"] != "skip" {
				t.Errorf("%s: %v, failing %v, want %s failing %v", o.Result, o.Lines, fails, tt.result, tt.fails)
			}
			if tt.name == "as it is" && (len(o.Who) != 2 || o.Who[0] != bookOrigin || !strings.HasPrefix(o.Who[1], "agency.example/w1 (")) {
				t.Errorf("signed by %q", o.Who)
			}
			if want := texts[Vietnamese]["proof."+tt.result]; o.Shown != want {
				t.Errorf("the page says %q, want %q", o.Shown, want)
			}
		})
	}
}

// lastLineCut is a checkpoint without its last signature.
func lastLineCut(checkpoint string) string {
	return checkpoint[:strings.LastIndex(strings.TrimSuffix(checkpoint, "\n"), "\n")+1]
}

func flipSignature(t *testing.T, checkpoint string) string {
	t.Helper()
	i := strings.LastIndexByte(checkpoint, ' ') + 1
	sig, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(checkpoint[i:], "\n"))
	if err != nil {
		t.Fatal(err)
	}
	sig[20] ^= 1
	return checkpoint[:i] + base64.StdEncoding.EncodeToString(sig) + "\n"
}

// A register that shrinks or changes its past is noticed by who saw it before.
func TestCheckRemembers(t *testing.T) {
	ctx := tab(t, axetest.Browser(t))
	document := []byte("{}")
	b := newBook(t, document)
	s := &stand{passport: lycheePassport(), document: document}
	s.passport.Photo = nil
	server := httptest.NewServer(s)
	defer server.Close()
	look := func(name string, b *book, want string) {
		r := b.receipt(t)
		s.receipt = r.Encode()
		s.passport.Proof = &Proof{Size: b.size, Receipt: "/receipt.json", Register: b.genesis.Register(), Origin: bookOrigin, Keys: []string{b.key}}
		if o := checkPage(t, ctx, server.URL); o.Lines["memory"] != want || (o.Result == "fail") != (want == "fail") {
			t.Errorf("%s: %s, %v", name, o.Result, o.Lines)
		}
	}
	b.size = 4
	look("first seen", b, "pass")
	look("the same", b, "pass")
	b.size = 5
	look("grown", b, "pass")
	b.size = 3
	look("shorter", b, "fail")
	changed := *b
	changed.size = 5
	changed.entries = slices.Clone(b.entries)
	e := *b.entries[4]
	e.Time++
	changed.entries[4] = &e
	look("another past", &changed, "fail")
	b.size = 5
	look("as before", b, "pass")
}

func TestWithoutScripts(t *testing.T) {
	ctx := tab(t, axetest.Browser(t))
	server := httptest.NewServer(&stand{passport: lycheePassport()})
	defer server.Close()
	noScripts := func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	}
	if err := chromedp.Do(ctx,
		noScripts,
		chromedp.Navigate(server.URL),
		chromedp.WaitVisible(".noscript"),
		chromedp.WaitNotVisible("[data-receipt] button"),
		chromedp.Click(".more summary"),
		chromedp.WaitVisible("#s1"),
	); err != nil {
		t.Fatal(err)
	}
}

// No page is wider than a small phone.
func TestFitsAPhone(t *testing.T) {
	inBrowsers(t, renderAll(t), func(t *testing.T, ctx context.Context, public string, r rendered) {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		path := r.path()
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(320, 640), chromedp.Navigate(public+path)); err != nil {
			t.Fatal(err)
		}
		if wide, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); err != nil || wide > 320 {
			t.Errorf("%s is %d pixels wide, %v", path, wide, err)
		}
		small, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll("button:not([hidden]), summary, .go, .primary, .lang, .ways a, .quiet, textarea, select, input:not([type=hidden])")]
			.map(e => e.closest("label.pick") || e).filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 47.5).map(e => e.outerHTML.slice(0, 60))`))
		if err != nil || len(small) > 0 {
			t.Errorf("%s: too small to tap: %q, %v", path, small, err)
		}
	})
}
