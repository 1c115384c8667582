package node_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	"github.com/sogoc/sogoc/api/account/wallettest"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
)

func aPhoto(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOwnProfile: an administrator changes what their organisation tells of itself.
// Everybody reads it from then on, and the history says that it changed.
func TestOwnProfile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	coop, other := s.admit("Hợp tác xã A", ledger.KindCoop), s.admit("Hợp tác xã B", ledger.KindCoop)
	_, b := s.member("hoa", coop, ledger.Roles...)
	_, clerk := s.member("an", coop, ledger.RoleRecorder)
	_, stranger := s.member("binh", other, ledger.Roles...)
	lot := s.lot(s.product(coop, 1, trace.Text{VI: "Vải thiều"}), "L1")
	s.recordEvents(coop, ledger.Public, s.commission(lot, 10))
	if page := string(s.must(s.get(lot.Path(), ""), http.StatusOK).body); !strings.Contains(page, "Hợp tác xã A") {
		t.Fatalf("the passport: %s", page)
	}
	new := []string{"name", "Hợp tác xã Vải Xanh", "name_en", "Green Lychee", "about", "Trồng vải sạch.", "commune", "07561", "address", "Thôn Xanh", "phone", "0204 388 8123", "web", ""}
	with := func(field, value string) []string {
		changed := append([]string(nil), new...)
		for i := 0; i < len(changed); i += 2 {
			if changed[i] == field {
				changed[i+1] = value
			}
		}
		return changed
	}

	size := s.Ledger.Size()
	s.must(clerk.post("/org/profile", new...), http.StatusForbidden)
	for field, value := range map[string]string{"name": " ", "phone": "abc", "about": strings.Repeat("x", 1001), "address": ""} {
		a := b.post("/org/profile", with(field, value)...)
		if a.StatusCode != http.StatusBadRequest && a.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s %q: %s", field, value, a.Status)
		}
		if page := string(a.body); !strings.Contains(page, `id="`+field+`-wrong"`) || field != "name" && !strings.Contains(page, "Hợp tác xã Vải Xanh") {
			t.Errorf("%s %q: what is wrong is not said, or what was typed is lost: %s", field, value, page)
		}
	}
	s.must(b.upload("/org/profile", "picture", "a.jpg", []byte("no picture"), new...), http.StatusBadRequest)
	if s.Ledger.Size() != size {
		t.Fatal("something was recorded")
	}
	if to := s.must(b.upload("/org/profile", "picture", "a.jpg", aPhoto(t), new...), http.StatusSeeOther).Header.Get("Location"); to != "/org?done=org_profile" {
		t.Errorf("it leads to %s", to)
	}
	s.must(b.post("/org/profile", new...), http.StatusSeeOther)
	if s.Ledger.Size() != size+1 {
		t.Errorf("%d records", s.Ledger.Size()-size)
	}
	for path, who := range map[string]*browser{"/org": clerk, lot.Path(): s.browser(), "/org/profile": b} {
		if page := string(s.must(who.get(path), http.StatusOK).body); !strings.Contains(page, "Hợp tác xã Vải Xanh") || strings.Contains(page, "Hợp tác xã A<") {
			t.Errorf("%s: %s", path, page)
		}
	}
	if page := string(s.must(b.get("/org/history"), http.StatusOK).body); !strings.Contains(page, "sửa giới thiệu của tổ chức") {
		t.Errorf("the history: %s", page)
	}
	got := s.must(clerk.get("/org/picture"), http.StatusOK)
	if _, err := jpeg.Decode(bytes.NewReader(got.body)); err != nil || got.Header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the picture: %v, %v", got.Header, err)
	}
	s.must(stranger.get("/org/picture"), http.StatusNotFound)
	o, err := s.Index.Organisation(t.Context(), operatorView, coop.org)
	if err != nil || o.Kind != ledger.KindCoop || o.Organisation.Profile.Image == "" || o.Organisation.Profile.Image != o.Profile.Image {
		t.Errorf("the organisation is %+v, %v", o, err)
	}
	s.must(b.post("/org/profile", append(new, "unpictured", "true")...), http.StatusSeeOther)
	s.must(clerk.get("/org/picture"), http.StatusNotFound)
	s.verifyAll()
}

// TestOwnProfileOfHousehold: what a household tells of itself stays sealed, its picture
// too, and goes with its account.
func TestOwnProfileOfHousehold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	h := s.household("Nguyễn Thị Kín", "kin@example.vn")
	b, wallet := s.signIn(h.email), wallettest.New(t)
	b.bindWallet(h.identity, wallet)
	new := []string{"name", "Nguyễn Thị Kín Mới", "commune", "07561", "phone", "0912 000 998", "address", "Ngõ mới của bà Kín"}
	page := s.must(b.upload("/org/profile", "picture", "a.jpg", aPhoto(t), new...), http.StatusConflict).body
	done := s.must(b.post("/sign", "transaction", fieldOf(t, page, "transaction"), "signature", wallet.Sign(t, fieldOf(t, page, "typed")), "next", fieldOf(t, page, "next")), http.StatusSeeOther)
	if to := done.Header.Get("Location"); to != "/org?done=org_profile" {
		t.Errorf("it leads to %s", to)
	}
	o, err := s.Index.Organisation(t.Context(), operatorView, h.org)
	if err != nil || o.Profile == nil || o.Profile.Address.VI != "Ngõ mới của bà Kín" || o.Profile.Image == "" {
		t.Fatalf("the household is %+v, %v", o, err)
	}
	h.secrets = append(h.secrets, "Ngõ mới của bà Kín", "0912 000 998", "+84912000998")
	h.sealed = append(h.sealed, o.Organisation.Profile.Payload, o.Profile.Image)
	s.must(b.get("/org/picture"), http.StatusOK)
	if list := s.tells(h, ""); len(list) > 2 { // the spot that it shows, and the photo of it
		t.Errorf("everybody is told: %v", list)
	}
	for _, cid := range []string{o.Profile.Image, o.Organisation.Profile.Payload} {
		s.must(s.get("/ipfs/"+cid, s.operator), http.StatusNotFound)
		c, err := content.Parse(cid)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := s.Store.Stat(t.Context(), c); err != nil || !info.Sealed {
			t.Errorf("%s is not sealed: %v", cid, err)
		}
	}
	for range 2 {
		page := s.must(b.post("/account/data/erase", "word", "XÓA"), http.StatusConflict).body
		s.must(b.post("/sign", "transaction", fieldOf(t, page, "transaction"), "signature", wallet.Sign(t, fieldOf(t, page, "typed")), "next", fieldOf(t, page, "next")), http.StatusSeeOther)
	}
	s.must(b.post("/account/data/erase", "word", "XÓA"), http.StatusSeeOther)
	for _, cid := range h.sealed {
		c, err := content.Parse(cid)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { info, err := s.Store.Stat(t.Context(), c); return err == nil && !info.Erased.IsZero() }, cid)
	}
}
