package account

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// Later is beneath an Unavailable error that says when to try again.
type Later struct{ After time.Duration }

func (l *Later) Error() string { return fmt.Sprintf("try again in %v", l.After) }

func later(after time.Duration, message string) error {
	return ledger.Wrap(&Later{max(after, time.Second).Round(time.Second)}, ledger.Unavailable, message)
}

// RetryAfter returns when to try again; ok is false when err does not say.
func RetryAfter(err error) (after time.Duration, ok bool) {
	var l *Later
	if errors.As(err, &l) {
		return l.After, true
	}
	return 0, false
}

// rule says how failures slow down what follows: some are free, then each doubles
// the wait, up to the longest; after stop in a row nothing is tried any more until
// they are forgotten. (NIST SP 800-63B-4, section 3.2.2, allows 100.)
type rule struct {
	free       int
	base, most time.Duration
	stop       int
}

// What is limited.
type limited string

const (
	signInLimit    limited = "sign-in"   // password of an account, or of an identifier that is none
	codeLimit      limited = "code"      // second factor of an account
	resetLimit     limited = "reset"     // reset links asked for
	linkLimit      limited = "link"      // answers to one invitation
	contactLimit   limited = "contact"   // other numbers and addresses of an account
	pinLimit       limited = "pin"       // by address alone: a device counts for itself
	tokenLimit     limited = "token"     // by address alone
	beginLimit     limited = "begin"     // by address alone: ceremonies begun
	signUpLimit    limited = "sign-up"   // by address alone: accounts made
	complaintLimit limited = "complaint" // complaints about a code
	lookLimit      limited = "look"      // codes tried for a complaint
	scanLimit      limited = "scan"      // by address alone: scans counted
)

var rules = map[limited]rule{
	signInLimit: {free: 5, base: time.Second, most: time.Hour, stop: 100},
	codeLimit:   {free: 5, base: time.Second, most: time.Hour, stop: 100},
	resetLimit:  {free: 2, base: time.Minute, most: time.Hour, stop: math.MaxInt},
	linkLimit:   {free: 5, base: time.Second, most: time.Hour, stop: 100},
	lookLimit:   {free: 5, base: time.Second, most: time.Hour, stop: 100},
	// Many may be taken ill by one lot, so it never stops.
	complaintLimit: {free: 60, base: time.Second, most: 5 * time.Minute, stop: math.MaxInt},
	contactLimit:   {free: 5, base: time.Second, most: time.Hour, stop: 100},
}

// Failures are forgotten a month after the last.
const forget = 30 * 24 * time.Hour

// wait is how long after n failures nothing is tried.
func (r rule) wait(n int) time.Duration {
	if n >= r.stop {
		return forget
	}
	over := n - r.free
	if over <= 0 {
		return 0
	}
	if over > 30 {
		return r.most
	}
	return min(r.base<<(over-1), r.most)
}

// failures is a bucket of the persistent counters. There is a fixed number of
// buckets, and who falls into which is known to this node only; so the counters
// are bounded, survive a restart, and treat who exists as who does not.
type failures struct {
	N     int       `json:"n"`
	Last  time.Time `json:"last"`
	Until time.Time `json:"until"`
}

const bucketBits = 18

// bucket is where the failures of a subject are counted.
func (s *Store) bucket(what limited, subject string) []byte {
	h := s.vault.Hide(string(what), subject)
	return nodeKey(limitKind, h[0]&(1<<(bucketBits-16)-1), h[1], h[2])
}

const tooMany = "too many attempts; try again later"

// attempt is one try, counted as a failure from the beginning, so that many at once
// are not all free. A success takes it back.
type attempt struct {
	s       *Store
	what    limited
	subject string
	address netip.Addr
}

// attempt counts a try, or refuses it with a Later.
func (s *Store) attempt(what limited, subject string, from From) (*attempt, error) {
	a := &attempt{s: s, what: what, subject: subject, address: from.Address}
	now := s.time()
	if wait := s.addresses.add(what, from.Address, now); wait > 0 {
		return nil, later(wait, tooMany)
	}
	if subject == "" {
		return a, nil
	}
	key := s.bucket(what, subject)
	err := s.vault.Update(func(t *vault.Tx) error {
		f, _, err := get[failures](t, key)
		if err != nil {
			return err
		}
		if now.Sub(f.Last) > forget {
			f = failures{}
		}
		if wait := f.Until.Sub(now); wait > 0 {
			return later(wait, tooMany)
		}
		f.N++
		f.Last = now
		f.Until = time.Time{}
		if wait := rules[what].wait(f.N); wait > 0 {
			f.Until = now.Add(wait)
		}
		return t.PutUntil(key, f, now.Add(forget))
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// forgive forgets the subject's failures, as part of a change.
func (a *attempt) forgive(t *vault.Tx) error {
	if a.subject == "" {
		return nil
	}
	return t.Delete(a.s.bucket(a.what, a.subject))
}

// succeeded takes the try back from the address. It takes back no other: one's own
// account must not be a way to try everybody's.
func (a *attempt) succeeded() { a.s.addresses.undo(a.what, a.address) }

// pardon forgets the failures of an account, as part of a change.
func (s *Store) pardon(t *vault.Tx, id ledger.ID) error {
	return errors.Join(t.Delete(s.bucket(signInLimit, id.String())), t.Delete(s.bucket(codeLimit, id.String())))
}

// By address: many people share one (mobile networks), so much is free, and a
// failure is forgotten every few seconds.
const (
	maxAddresses = 1 << 16 // remembered at a time
	addressFree  = 100
	addressEvery = 6 * time.Second
	addressMost  = time.Minute
)

// costs are what weighs more than one try.
var costs = map[limited]float64{complaintLimit: 20}

// counters are failures by network address, in memory, in two generations: when the
// young are many, the old are forgotten.
type counters struct {
	mu         sync.Mutex
	most       int
	young, old map[counted]*counter
}

type counted struct {
	what limited
	from netip.Prefix
}

type counter struct {
	n     float64
	last  time.Time
	until time.Time
}

func newCounters(most int) *counters { return &counters{most: most, young: map[counted]*counter{}} }

// network is whose failures are counted together: one IPv4 address, and the 64 bits
// that one household has of IPv6.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all such count together
	}
	return p
}

func (c *counters) get(what limited, from netip.Addr) *counter {
	k := counted{what, network(from)}
	if n := c.young[k]; n != nil {
		return n
	}
	n := c.old[k]
	if n == nil {
		n = &counter{}
	}
	if len(c.young) >= c.most/2 {
		c.young, c.old = map[counted]*counter{}, c.young
	}
	c.young[k] = n
	return n
}

// add counts a try, or returns how long to wait.
func (c *counters) add(what limited, from netip.Addr, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.get(what, from)
	if wait := n.until.Sub(now); wait > 0 {
		return wait
	}
	n.n = max(0, n.n-float64(now.Sub(n.last))/float64(addressEvery)) + max(1, costs[what])
	n.last = now
	if over := int(n.n) - addressFree; over > 0 {
		n.until = now.Add(min(time.Second<<min(over-1, 10), addressMost))
	}
	return 0
}

// undo takes one try back.
func (c *counters) undo(what limited, from netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.get(what, from)
	n.n = max(0, n.n-1)
}
