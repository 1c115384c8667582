package fabric

import (
	"context"
	"testing"
)

func (t *turn) isCalled() bool {
	select {
	case <-t.called:
		return true
	default:
		return false
	}
}

// TestClaims: those that read what another is about to change get it one after the
// other, in the order of arrival; everybody else goes on at once.
func TestClaims(t *testing.T) {
	var c claims
	var first, second, third, other, reader turn
	k, l := []string{"k"}, []string{"l"}
	if !c.take(&first, k, k) || !c.take(&other, l, l) {
		t.Fatal("what is free cannot be claimed")
	}
	if c.take(&second, k, k) || c.take(&third, k, k) {
		t.Fatal("what is claimed can be claimed again")
	}
	if c.take(&reader, []string{"m", "l"}, []string{"m"}) {
		t.Fatal("what another changes can be read")
	}
	if !c.take(&turn{}, nil, k) {
		t.Error("one that has not read a thing waits for it")
	}
	c.leave(&first)
	if !second.isCalled() || third.isCalled() || reader.isCalled() {
		t.Fatal("the next in turn is not the next to arrive")
	}
	if !c.take(&second, k, k) {
		t.Error("who was called may not go on")
	}
	c.leave(&second)
	c.leave(&other)
	if !third.isCalled() || !reader.isCalled() {
		t.Error("nobody is called when a thing is free again")
	}
	c.leave(&third)
	c.leave(&reader)
	if len(c.keys) != 0 {
		t.Errorf("%d claims are left", len(c.keys))
	}
}

// TestClaimsCross: two that hold what the other needs do not wait for each other.
func TestClaimsCross(t *testing.T) {
	var c claims
	var a, b turn
	if !c.take(&a, []string{"k"}, []string{"k"}) || !c.take(&b, []string{"l"}, []string{"l"}) {
		t.Fatal("what is free cannot be claimed")
	}
	both := []string{"k", "l"}
	if c.take(&a, both, both) {
		t.Fatal("what is claimed can be claimed again")
	}
	if !c.take(&b, both, both) {
		t.Fatal("who waits keeps what the other needs")
	}
	c.leave(&b)
	if !a.isCalled() || !c.take(&a, both, both) {
		t.Error("who waited does not get what is free")
	}
	c.leave(&a)
	if len(c.keys) != 0 {
		t.Errorf("%d claims are left", len(c.keys))
	}
}

// TestClaimsGiveUp: who stops waiting holds nobody up.
func TestClaimsGiveUp(t *testing.T) {
	var c claims
	var first, second, third turn
	k := []string{"k"}
	c.take(&first, k, k)
	c.take(&second, k, k)
	c.take(&third, k, k)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if c.wait(ctx, &second) {
		t.Error("it is told that it is its turn")
	}
	c.leave(&second)
	c.leave(&first)
	if !third.isCalled() {
		t.Error("the one behind is not called")
	}
	c.leave(&third)
	if len(c.keys) != 0 {
		t.Errorf("%d claims are left", len(c.keys))
	}
}

// TestClaimsOpen: a key that the first does not write after all holds nobody up.
func TestClaimsOpen(t *testing.T) {
	var c claims
	var first, second, third, fourth turn
	k := []string{"k"}
	c.take(&first, k, k)
	c.take(&second, k, k)
	c.take(&third, k, k)
	c.take(&fourth, k, k)
	c.leave(&first)
	if !c.take(&second, k, nil) {
		t.Error("who was called may not go on")
	}
	if !third.isCalled() || !fourth.isCalled() || !c.take(&third, k, nil) || !c.take(&fourth, k, nil) {
		t.Error("those that only read wait for each other")
	}
	if len(c.keys) != 0 {
		t.Errorf("%d claims are left", len(c.keys))
	}
}

// TestClaimsReaders: those that only read a key are called together.
func TestClaimsReaders(t *testing.T) {
	var c claims
	var first, second, third, writer, last turn
	k := []string{"k"}
	c.take(&first, k, k)
	c.take(&second, k, nil)
	c.take(&third, k, nil)
	c.take(&writer, k, k)
	c.take(&last, k, nil)
	c.leave(&first)
	if !second.isCalled() || !third.isCalled() || !writer.isCalled() || last.isCalled() {
		t.Error("not those up to the one that writes are called")
	}
	c.leave(&writer)
	if !last.isCalled() || len(c.keys) != 0 {
		t.Error("the last is not called")
	}
}
