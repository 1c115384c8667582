package account

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

func TestPasses(t *testing.T) {
	s := reopen(t, t.TempDir(), &clock{at: time.Date(2026, 6, 3, 9, 0, 0, 0, time.UTC)})
	ctx, from := t.Context(), netip.MustParseAddr("192.0.2.1")
	org, agreement := ledger.NewID(), ledger.NewID()
	one, made, err := s.MakePass(ctx, org, agreement, "Máy chủ báo cáo")
	must(t, err)
	other, _, err := s.MakePass(ctx, org, agreement, "Máy thử")
	must(t, err)
	must(t, s.CheckPass(ctx, org, agreement, one, from))
	s = s.restart(t)
	must(t, s.CheckPass(ctx, org, agreement, one, from))
	list, err := s.Passes(ctx, org, agreement)
	if err != nil || len(list) != 2 || list[0].Used == nil && list[1].Used == nil || list[0].Name == list[1].Name {
		t.Errorf("%+v, %v", list, err)
	}
	for name, try := range map[string]func() error{
		"of another agreement": func() error { return s.CheckPass(ctx, org, ledger.NewID(), one, from) },
		"of another consumer":  func() error { return s.CheckPass(ctx, ledger.NewID(), agreement, one, from) },
		"by its name":          func() error { return s.CheckPass(ctx, org, agreement, made.ID, from) },
		"none":                 func() error { return s.CheckPass(ctx, org, agreement, "", from) },
	} {
		if err := try(); ledger.CodeOf(err) != ledger.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = s.Identify(ctx, one)
	fails(t, err, ledger.Unauthenticated, one)
	must(t, s.RevokePass(ctx, org, agreement, made.ID))
	fails(t, s.RevokePass(ctx, org, agreement, made.ID), ledger.NotFound)
	fails(t, s.CheckPass(ctx, org, agreement, one, from), ledger.Unauthenticated, one)
	must(t, s.CheckPass(ctx, org, agreement, other, from))
	for range MaxPasses - 1 {
		_, _, err = s.MakePass(ctx, org, agreement, "x")
		must(t, err)
	}
	_, _, err = s.MakePass(ctx, org, agreement, "x")
	fails(t, err, ledger.TooLarge)
	for range 10_000 {
		if err := s.CheckPass(ctx, org, agreement, "sgd_x", from); ledger.CodeOf(err) == ledger.Unavailable {
			must(t, s.CheckPass(ctx, org, agreement, other, from)) // who has one does not wait
			return
		}
	}
	t.Error("an address may guess without end")
}

func TestUpstream(t *testing.T) {
	s := reopen(t, t.TempDir(), &clock{at: time.Now()})
	ctx, org, dataset := t.Context(), ledger.NewID(), ledger.NewID()
	_, err := s.Upstream(ctx, org, dataset)
	fails(t, err, ledger.NotFound)
	want := Upstream{Base: "https://data.example.vn", Header: "X-Key", Secret: "s3cret"}
	must(t, s.SetUpstream(ctx, org, dataset, want))
	s = s.restart(t)
	if got, err := s.Upstream(ctx, org, dataset); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	transfer := ledger.NewID()
	hash, err := s.OpenService(ctx, org, transfer)
	must(t, err)
	if again, err := s.OpenService(ctx, org, transfer); err != nil || again != hash {
		t.Errorf("opened again it is %v, %v", again, err)
	}
	for _, c := range []struct {
		transfer ledger.ID
		hash     ledger.Hash
		want     bool
	}{{transfer, hash, true}, {transfer, ledger.Hash{1}, false}, {ledger.NewID(), hash, false}} {
		if got, err := s.Opened(ctx, org, c.transfer, c.hash); err != nil || got != c.want {
			t.Errorf("%v, %v", got, err)
		}
	}
	must(t, s.SetUpstream(ctx, org, dataset, Upstream{}))
	_, err = s.Upstream(ctx, org, dataset)
	fails(t, err, ledger.NotFound)
}

// TestMeter: a day has as many calls as were agreed, whoever calls at the same time and
// however the store was left.
func TestMeter(t *testing.T) {
	const limit = 640
	c := &clock{at: time.Date(2026, 6, 3, 16, 0, 0, 0, time.UTC)} // an hour before midnight in Vietnam
	dir := t.TempDir()
	s := reopen(t, dir, c)
	ctx, org, agreement := t.Context(), ledger.NewID(), ledger.NewID()
	call := func(limit int) (Usage, bool) {
		u, ok, err := s.CountCall(ctx, org, agreement, limit)
		must(t, err)
		return u, ok
	}
	if u, ok := call(limit); !ok || u.N != 1 || u.Resets != time.Hour {
		t.Fatalf("%+v", u)
	}
	s = s.restart(t)
	u, ok := call(limit)
	if !ok || u.N != 2 {
		t.Errorf("after the store was closed a call is the %dth", u.N)
	}
	s.Uncount(agreement, u)
	if u, ok := call(limit); !ok || u.N != 2 {
		t.Errorf("after a call was taken back the next is the %dth", u.N)
	}
	s.Uncount(agreement, Usage{Day: "2026-06-02"})
	must(t, s.vault.Close()) // as in a crash: nothing is settled
	s = reopen(t, dir, c)
	if u, _ := call(limit); u.N <= 3 || u.N > 3+limit/64 {
		t.Errorf("after a crash a call is the %dth", u.N)
	}
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range limit {
				if _, ok, err := s.CountCall(ctx, org, agreement, limit); ok && err == nil {
					passed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := passed.Load(); n+3 > limit || n+3 < limit-2*limit/64 {
		t.Errorf("%d calls passed of %d", n+3, limit)
	}
	must(t, s.vault.Close())
	s = reopen(t, dir, c)
	if u, ok := call(limit); ok || u.N != limit {
		t.Errorf("a used up day is %d after a crash, and a call passes: %v", u.N, ok)
	}
	c.pass(2 * time.Hour)
	if u, ok := call(limit); !ok || u.N != 1 || u.Day != "2026-06-04" {
		t.Errorf("the next day begins with %+v", u)
	}
	for range 200 {
		call(0)
	}
	days, err := s.CallDays(ctx, org, agreement)
	if got := fmt.Sprint(days); err != nil || got != "[{2026-06-04 201} {2026-06-03 640}]" {
		t.Errorf("%s, %v", got, err)
	}
}
