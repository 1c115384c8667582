package password

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// cheap keeps tests quick.
var cheap = Cost{Memory: 64, Passes: 1, Lanes: 1}

func TestCheck(t *testing.T) {
	own := []string{"Trần Thị Hoa", "+84912345678", "hoa.tran@htx-lucngan.vn"}
	for _, c := range []struct {
		password string
		want     error
	}{
		{"mười bốn chữ !", ErrShort},
		{"vườn vải bà Năm", nil},
		{"vườn vải sau nhà ông Sáu", nil},
		{"tre xanh gió lộng chiều hè", nil},
		{"kxT7!pqz#Lw2vRb", nil},
		{"864209753182746", nil},
		{strings.Repeat("vườn vải ", 14) + "có", nil},
		{strings.Repeat("vườn vải ", 14) + "của", ErrLong},
		{"vườn vải bà\x00 Năm", ErrText},
		{"vườn vải bà \xff Năm", ErrText},
		{"matkhau matkhau", ErrCommon},
		{"Mật khẩu của tôi", ErrCommon},
		{"Mật-Khẩu-Của-Tôi-2026", ErrCommon},
		{"passwordpassword", ErrCommon},
		{"P@$$word12345678", ErrCommon},
		{"123456789012345", ErrCommon},
		{"098765432109876", ErrCommon},
		{"aaaaaaaaaaaaaaa", ErrCommon},
		{"qwertyuiopasdfg", ErrCommon},
		{"1q2w3e4r5t6y7u8i", ErrCommon},
		{"abcabcabcabcabc", ErrCommon},
		{"iloveyou iloveyou", ErrCommon},
		{"Anh Yêu Em 1234567", ErrCommon},
		{"anhyeuememyeuanh", ErrCommon},
		{"Correct Horse Battery Staple", ErrCommon},
		{"19900101199001011990", ErrCommon},
		{"Trần Thị Hoa 1990", ErrOwn},
		{"tranthihoa123456", ErrOwn},
		{"0912345678 Hoa Tran", ErrOwn},
		{"hoa.tran@htx-lucngan.vn", ErrOwn},
		{"Hoa trồng vải thiều chín sớm", nil},
	} {
		if err := Check(c.password, own...); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.password, err, c.want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("vườn vải bà Năm", "Trần Thị Hoa")
	f.Add("matkhaumatkhaumatkhaumatkhau", "")
	f.Add(strings.Repeat("minh", 32), "minh@minh")
	f.Fuzz(func(t *testing.T, p, own string) {
		if Check(p) != nil && !errors.Is(Check(p, own), Check(p)) {
			t.Error("knowing more of a person makes a bad password good")
		}
	})
}

func TestVerify(t *testing.T) {
	h := newHasher(cheap, 1, 10, time.Minute)
	ctx := t.Context()
	stored, err := h.Hash(ctx, "vườn vải bà Năm")
	if err != nil || !strings.HasPrefix(string(stored), "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%s, %v", stored, err)
	}
	if again, _ := h.Hash(ctx, "vườn vải bà Năm"); again == stored {
		t.Error("two hashes of one password are alike")
	}
	dearer := newHasher(Cost{Memory: 128, Passes: 1, Lanes: 1}, 1, 10, time.Minute)
	for _, c := range []struct {
		hasher    *Hasher
		stored    Hash
		password  string
		ok, stale bool
	}{
		{h, stored, "vườn vải bà Năm", true, false},
		{h, stored, "vườn vải bà Năm", true, false}, // combining marks
		{h, stored, "vườn vải bà năm", false, false},
		{h, stored, "", false, false},
		{h, "", "", false, false},
		{h, "", "vườn vải bà Năm", false, false},
		{dearer, stored, "vườn vải bà Năm", true, true},
		{dearer, stored, "vườn vải bà Nam", false, true},
	} {
		if ok, stale, err := c.hasher.Verify(ctx, c.stored, c.password); ok != c.ok || stale != c.stale || err != nil {
			t.Errorf("%q against %q: %v, %v, %v", c.password, c.stored, ok, stale, err)
		}
	}
	if _, _, err := h.Verify(ctx, "$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA", ""); !errors.Is(err, errHash) {
		t.Errorf("%v", err)
	}
}

func TestDefaultCost(t *testing.T) {
	h := NewHasher(DefaultCost)
	stored, err := h.Hash(t.Context(), "vườn vải bà Năm")
	if err != nil {
		t.Fatal(err)
	}
	if ok, stale, err := h.Verify(t.Context(), stored, "vườn vải bà Năm"); !ok || stale || err != nil {
		t.Errorf("%v, %v, %v", ok, stale, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(string(hash(cheap, "x")))
	f.Add("$argon2id$v=19$m=64,t=1,p=1$$")
	f.Add("$argon2id$v=19$m=99999999999,t=1,p=1$AAAA$AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, sum, err := decode(Hash(s))
		if err == nil && (encode(c, salt, sum) != Hash(s) || !c.valid()) {
			t.Errorf("%q has two spellings, or costs %v", s, c)
		}
	})
}

// TestFewAtATime: as many hash as there are slots, a queue waits, others are sent
// away at once, and who waits too long or gives up leaves.
func TestFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(cheap, 2, 3, 10*time.Second)
		release := make(chan struct{})
		var wg sync.WaitGroup
		done, busy := 0, 0
		var mu sync.Mutex
		enter := func(ctx context.Context) error {
			return h.turn(ctx, func() { <-release })
		}
		for range 5 {
			wg.Go(func() {
				err := enter(context.Background())
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					done++
				} else if errors.Is(err, ErrBusy) {
					busy++
				}
			})
		}
		synctest.Wait()
		if err := enter(t.Context()); !errors.Is(err, ErrBusy) {
			t.Errorf("the queue is full, and yet: %v", err)
		}
		time.Sleep(11 * time.Second) // the three that waited go
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { left <- enter(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("gave up: %v", err)
		}
		close(release)
		wg.Wait()
		if done != 2 || busy != 3 {
			t.Errorf("%d done, %d sent away", done, busy)
		}
		if err := enter(t.Context()); err != nil || h.waiting.Load() != 0 {
			t.Errorf("afterwards: %v, %d waiting", err, h.waiting.Load())
		}
	})
}
